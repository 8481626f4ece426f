import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Identity } from '../core/identity.ts'
import type { Throttle } from '../core/throttle.ts'
import { anonymousPerAddress } from './anonymous-per-address.ts'
import { failuresPerAddress } from './failures-per-address.ts'
import { memoryCounters } from './memory-counters.ts'
import { perAddress } from './per-address.ts'

describe('perAddress', () => {
  it('is asked before authentication', () => {
    assert.equal(perAddress('1/s').stage, 'before')
    assert.equal(perAddress('1/s').name, 'address')
    assert.equal(perAddress('1/s', { name: 'front-door' }).name, 'front-door')
  })

  it('counts IPv4 addresses apart', async () => {
    const throttle = perAddress('1/hour')
    assert.equal(await goesAhead(throttle, '192.0.2.1'), true)
    assert.equal(await goesAhead(throttle, '192.0.2.1'), false)
    assert.equal(await goesAhead(throttle, '192.0.2.2'), true)
  })

  it('counts an IPv6 /64 as one, and an IPv4 address the same however it is written [TH06]', async () => {
    const throttle = perAddress('1/hour')
    assert.equal(await goesAhead(throttle, '2001:db8:1:2::1'), true)
    assert.equal(await goesAhead(throttle, '2001:db8:1:2:ffff:ffff:ffff:ffff'), false)
    assert.equal(await goesAhead(throttle, '2001:db8:1:3::1'), true)
    assert.equal(await goesAhead(throttle, '192.0.2.1'), true)
    assert.equal(await goesAhead(throttle, '::ffff:192.0.2.1'), false)
  })

  it('counts all whose address is not known together', async () => {
    const throttle = perAddress('2/hour')
    assert.equal(await goesAhead(throttle, null), true)
    assert.equal(await goesAhead(throttle, null), true)
    assert.equal(await goesAhead(throttle, null), false)
    assert.equal(await goesAhead(throttle, '192.0.2.1'), true)
  })

  it('shares buckets on the same counters at the same rate, and not at another', async () => {
    const counters = memoryCounters()
    assert.equal(await goesAhead(perAddress('1/hour', { counters }), '192.0.2.1'), true)
    assert.equal(await goesAhead(perAddress('1/hour', { counters }), '192.0.2.1'), false)
    assert.equal(await goesAhead(perAddress('2/hour', { counters }), '192.0.2.1'), true)
  })

  it('keeps apart what throttles of several kinds count on the same counters [B-THR-14]', async () => {
    const counters = memoryCounters()
    assert.equal(await goesAhead(perAddress('1/hour', { counters }), '192.0.2.1'), true)
    assert.equal(await goesAhead(anonymousPerAddress('1/hour', { counters }), '192.0.2.1'), true)
    assert.equal(await goesAhead(failuresPerAddress('1/hour', { counters }), '192.0.2.1'), true)
  })

  it('counts only what it is asked to', async () => {
    const throttle = perAddress('1/hour', { when: ({ request }) => request.url === '/login' })
    assert.equal(await throttle.take(check('192.0.2.1')), null)
  })

  it('refuses a rate that cannot be read, at construction', () => {
    for (const make of [perAddress, anonymousPerAddress, failuresPerAddress])
      assert.throws(() => make('5/week'), /"5\/week"/)
  })
})

describe('anonymousPerAddress', () => {
  it('limits strangers by network, and lets everyone else go free [TH06]', async () => {
    const throttle = anonymousPerAddress('1/hour')
    assert.equal(throttle.stage, 'after')
    assert.equal(await goesAhead(throttle, '192.0.2.1'), true)
    assert.equal(await goesAhead(throttle, '192.0.2.1'), false)
    const identity: Identity = { via: 'session', principal: { kind: 'user', id: '1', name: 'ada' }, auth: null }
    assert.equal(await throttle.take({ ...check('192.0.2.1'), identity }), null)
    assert.equal(await throttle.peek({ ...check('192.0.2.1'), identity }), null)
  })
})

describe('failuresPerAddress', () => {
  it('is looked at before authentication, and counts only when told of a failure [TH01]', async () => {
    const throttle = failuresPerAddress('2/hour')
    assert.equal(throttle.stage, 'failure')
    for (let turn = 0; turn < 5; turn += 1) assert.equal((await throttle.peek(check('192.0.2.1')))?.wait, null)
    await throttle.take(check('192.0.2.1'))
    await throttle.take(check('192.0.2.1'))
    assert.ok(Number((await throttle.peek(check('192.0.2.1')))?.wait) > 0)
    assert.equal((await throttle.peek(check('192.0.2.2')))?.wait, null)
  })
})

async function goesAhead(throttle: Throttle, address: string | null): Promise<boolean> {
  return (await throttle.take(check(address)))?.wait === null
}

function check(address: string | null) {
  return { request: { method: 'GET', url: '/', headers: { get: () => null } }, identity: null, address }
}
