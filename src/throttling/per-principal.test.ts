import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Identity, Principal } from '../core/identity.ts'
import type { Throttle } from '../core/throttle.ts'
import { byKind } from './by-kind.ts'
import { memoryCounters } from './memory-counters.ts'
import { perKey } from './per-key.ts'
import { perPrincipal } from './per-principal.ts'
import { scoped } from './scoped.ts'

const ada = identity({ kind: 'user', id: '1', name: 'ada' })
const bob = identity({ kind: 'user', id: '2', name: 'bob' })
const reports = identity({ kind: 'client', id: '1', name: 'reports' })
const billing = identity({ kind: 'client', id: '2', name: 'billing' })
const job = identity({ kind: 'service_account', id: '1', name: 'job', ownerId: null, scopes: [] })

describe('perPrincipal', () => {
  it('counts each user apart [B-THR-02]', async () => {
    const throttle = perPrincipal('1/hour')
    assert.equal(throttle.stage, 'after')
    assert.equal(await goesAhead(throttle, ada), true)
    assert.equal(await goesAhead(throttle, ada), false)
    assert.equal(await goesAhead(throttle, bob), true)
  })

  it('counts a user, a client and a service account of the same id apart [B-THR-13]', async () => {
    const throttle = perPrincipal('1/hour')
    for (const who of [ada, reports, job]) assert.equal(await goesAhead(throttle, who), true)
    for (const who of [ada, reports, job]) assert.equal(await goesAhead(throttle, who), false)
  })

  it('counts clients behind one address apart [B-THR-11]', async () => {
    const throttle = perPrincipal('1/hour')
    assert.equal(await goesAhead(throttle, reports, '192.0.2.1'), true)
    assert.equal(await goesAhead(throttle, billing, '192.0.2.1'), true)
  })

  it('counts on when the same principal comes with another credential or from elsewhere [B-THR-12]', async () => {
    const throttle = perPrincipal('1/hour')
    assert.equal(await goesAhead(throttle, { ...ada, auth: { id: 'old' } }, '192.0.2.1'), true)
    assert.equal(await goesAhead(throttle, { ...ada, auth: { id: 'new' }, via: 'jwt' }, '192.0.2.2'), false)
  })

  it('counts strangers by network [TH06]', async () => {
    const throttle = perPrincipal('1/hour')
    assert.equal(await goesAhead(throttle, null, '192.0.2.1'), true)
    assert.equal(await goesAhead(throttle, null, '192.0.2.1'), false)
    assert.equal(await goesAhead(throttle, null, '192.0.2.2'), true)
  })

  it('never takes a principal for an address, whatever their id', async () => {
    const throttle = perPrincipal('1/hour')
    assert.equal(await goesAhead(throttle, null, '192.0.2.1'), true)
    const odd = identity({ kind: 'user', id: '192.0.2.1', name: 'odd' })
    assert.equal(await goesAhead(throttle, odd), true)
  })
})

describe('scoped', () => {
  it('is one bucket for each principal over all routes of the scope [B-THR-07]', async () => {
    const counters = memoryCounters()
    const photos = scoped('uploads', '2/hour', { counters })
    const films = scoped('uploads', '2/hour', { counters })
    const exports = scoped('exports', '2/hour', { counters })
    assert.equal(await goesAhead(photos, ada), true)
    assert.equal(await goesAhead(films, ada), true)
    assert.equal(await goesAhead(photos, ada), false)
    assert.equal(await goesAhead(films, ada), false)
    assert.equal(await goesAhead(exports, ada), true)
    assert.equal(await goesAhead(films, bob), true)
  })

  it('keeps to itself on counters that other throttles use', async () => {
    const counters = memoryCounters()
    assert.equal(await goesAhead(perPrincipal('1/hour', { counters }), ada), true)
    assert.equal(await goesAhead(scoped('uploads', '1/hour', { counters }), ada), true)
  })

  it('refuses to be made without a scope, a rate or counters [B-THR-08]', () => {
    const counters = memoryCounters()
    assert.throws(() => scoped('', '1/hour', { counters }), /name/)
    assert.throws(() => scoped('uploads', '', { counters }), /rate/)
    assert.throws(() => scoped('uploads', '1/hour', {} as { counters: typeof counters }), /'uploads' needs counters/)
    assert.throws(() => scoped('uploads', '1/hour', undefined as never), /'uploads' needs counters/)
  })
})

describe('perKey', () => {
  const key = (id: string, rate?: string | null) => ({ ...ada, via: 'apiKey', auth: { id, rate } })

  it('limits each key by its own rate, or by the usual one [AK04 TH06]', async () => {
    const throttle = perKey('1/hour')
    assert.equal(await goesAhead(throttle, key('a')), true)
    assert.equal(await goesAhead(throttle, key('a')), false)
    assert.equal(await goesAhead(throttle, key('b', null)), true)
    assert.equal(await goesAhead(throttle, key('b', null)), false)
    for (let turn = 0; turn < 3; turn += 1) assert.equal(await goesAhead(throttle, key('c', '3/min')), true)
    assert.equal(await goesAhead(throttle, key('c', '3/min')), false)
    assert.equal((await throttle.peek(check(key('c', '3/min'))))?.limit, 3)
  })

  it('still refuses a key whose rate is lowered at run time [B-THR-04]', async () => {
    const throttle = perKey('1/hour')
    for (let turn = 0; turn < 20; turn += 1) await throttle.take(check(key('a', '20/hour')))
    const quota = await throttle.take(check(key('a', '2/hour')))
    assert.ok(Number(quota?.wait) > 0)
    assert.equal(quota?.remaining, 0)
  })

  it('lets other credentials and strangers go free', async () => {
    const throttle = perKey('1/hour')
    assert.equal(await throttle.take(check(ada)), null)
    assert.equal(await throttle.take(check(null)), null)
  })

  it('counts the credentials of the authenticators that it is told are keys', async () => {
    const throttle = perKey('1/hour', { via: ['partnerKey'] })
    assert.equal(await throttle.take(check(key('a'))), null)
    assert.equal((await throttle.take(check({ ...key('a'), via: 'partnerKey' })))?.wait, null)
  })

  it('fails, and lets nobody go ahead, where a key has no id or a rate that cannot be read', async () => {
    const throttle = perKey('1/hour')
    await assert.rejects(throttle.take(check(key('a', 'often'))), /"often"/)
    for (const auth of [null, undefined, {}, { id: 7 }, 'key']) {
      await assert.rejects(throttle.take(check({ ...key('a'), auth })), /no id to count by/)
    }
  })
})

describe('byKind', () => {
  it('limits each kind of caller at its own rate', async () => {
    const throttle = byKind({ user: '2/hour', client: '1/hour', anonymous: '1/hour' })
    assert.equal(await goesAhead(throttle, ada), true)
    assert.equal(await goesAhead(throttle, ada), true)
    assert.equal(await goesAhead(throttle, ada), false)
    assert.equal(await goesAhead(throttle, reports), true)
    assert.equal(await goesAhead(throttle, reports), false)
    assert.equal(await goesAhead(throttle, null), true)
    assert.equal(await goesAhead(throttle, null), false)
    assert.equal(await goesAhead(throttle, bob), true)
  })

  it('lets a kind that is left out go free', async () => {
    assert.equal(await byKind({ user: '1/hour' }).take(check(job)), null)
    assert.equal(await byKind({ user: '1/hour' }).take(check(null)), null)
  })

  it('refuses kinds that do not exist, and none at all, at construction [B-THR-08]', () => {
    assert.throws(() => byKind({ robot: '1/hour' } as object), /no kind of caller "robot"/)
    assert.throws(() => byKind({}), /at least one of user/)
    assert.throws(() => byKind({ user: 'often' }), /"often"/)
  })
})

function identity(principal: Principal): Identity {
  return { via: 'session', principal, auth: null }
}

function check(who: Identity | null, address: string | null = '192.0.2.1') {
  return { request: { method: 'GET', url: '/', headers: { get: () => null } }, identity: who, address }
}

async function goesAhead(throttle: Throttle, who: Identity | null, address?: string): Promise<boolean> {
  return (await throttle.take(check(who, address)))?.wait === null
}
