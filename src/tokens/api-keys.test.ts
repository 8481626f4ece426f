import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inspect } from 'node:util'
import { AuthError } from '../core/errors.ts'
import { formatId } from '../storage/id.ts'
import { createApiKeys } from './api-keys.ts'
import type { ApiKeys, ApiKeysOptions, NewApiKey } from './api-keys.ts'
import { onEachDatabase } from './databases.contract.ts'
import type { Stage } from './databases.contract.ts'
import { createTokenFormat } from './format.ts'
import type { Owner } from './owner.ts'

const format = createTokenFormat()
const by = { actor: 'user:admin', address: '192.0.2.7' }
const anywhere = { address: '192.0.2.1' }

onEachDatabase('createApiKeys', (stage) => {
  async function open(options: Partial<ApiKeysOptions> = {}): Promise<Opened> {
    const set = await stage()
    const reasons: string[] = []
    const { id } = await set.addUser({ username: 'ann', permissions: 'notes.add' })
    const keys = createApiKeys({
      database: set.database,
      clock: set.clock,
      format,
      onRefused: ({ reason }) => reasons.push(reason),
      ...options,
    })
    return { stage: set, keys, owner: { kind: 'user', id: formatId(id) }, userId: id, reasons }
  }

  it('finds the owner of a key, and the key itself as auth [B-KEY-02 B-KEY-20 AK04]', async () => {
    const { keys, owner, stage } = await open()
    const expiresAt = stage.time.now + 1000
    const { key, record } = await keys.create({
      owner,
      name: 'ci',
      scopes: ['read', 'write'],
      rate: '5/min',
      expiresAt,
    })
    assert.match(key, format.pattern)
    assert.match(key, /^dw_live_/)
    const found = await keys.find(key, anywhere)
    assert.deepEqual(found?.auth, {
      id: record.id,
      name: 'ci',
      scopes: ['read', 'write'],
      mode: 'live',
      rate: '5/min',
      expiresAt,
    })
    assert.equal(found?.principal.id, owner.id)
    assert.deepEqual(found?.principal.permissions, new Set(['notes.add']))
  })

  it('keeps only a digest, and shows nothing that could be used [B-KEY-01 B-KEY-12 AK04]', async () => {
    const { keys, owner, stage } = await open()
    const { key, record } = await keys.create({ owner, name: 'ci' })
    const rotated = await keys.startRotation(record.id, { by })
    const rows = await stage.database.read.selectFrom('api_keys').selectAll().execute()
    const log = await stage.database.read.selectFrom('audit_events').selectAll().execute()
    const shown = inspect([rows, log, record, rotated.record, await keys.list(owner), await keys.find(key, anywhere)], {
      depth: 9,
    })
    for (const secret of [key.slice(-49), rotated.key.slice(-49)]) {
      for (let at = 0; at + 6 <= secret.length; at += 1) assert.ok(!shown.includes(secret.slice(at, at + 6)))
    }
    assert.equal(record.masked, `${key.slice(0, 20)}…`)
  })

  it('lets a key without scopes do nothing that asks for one [B-KEY-15]', async () => {
    const { keys, owner } = await open()
    const { key } = await keys.create({ owner, name: 'ci' })
    assert.deepEqual((await keys.find(key, anywhere))?.auth.scopes, [])
  })

  it('makes test keys that say so, and are not taken for live ones', async () => {
    const { keys, owner, stage, reasons } = await open()
    const { key, record } = await keys.create({ owner, name: 'ci', mode: 'test' })
    assert.match(key, /^dw_test_/)
    assert.equal((await keys.find(key, anywhere))?.auth.mode, 'test')
    await stage.database.write(async (unit) => {
      const { digest } = format.make('live', format.parse(key)?.id ?? 0n)
      await unit.updateTable('api_keys').set({ digest }).execute()
    })
    assert.equal(await keys.find(format.make('live', format.parse(key)?.id ?? 0n).text, anywhere), null)
    assert.deepEqual(reasons, ['unknown'])
    assert.equal(record.mode, 'test')
  })

  it('finds nothing for what is no key, one with a made-up secret included, and says why only to the log [B-KEY-03 B-KEY-16]', async () => {
    const { keys, owner, stage, reasons } = await open()
    const { key, record } = await keys.create({ owner, name: 'ci' })
    const id = format.parse(key)?.id ?? 0n
    const bad: readonly [string, string][] = [
      ['', 'malformed'],
      [`${key}x`, 'malformed'],
      [key.replace('live', 'test'), 'malformed'],
      ['\0'.repeat(70_000), 'malformed'],
      [format.make('pat', id).text, 'malformed'],
      [format.make('live', stage.database.newId()).text, 'unknown'],
      [format.make('test', id).text, 'unknown'],
      [format.make('live', id).text, 'wrong'],
    ]
    for (const [text, reason] of bad) {
      assert.equal(await keys.find(text, anywhere), null)
      assert.equal(reasons.pop(), reason)
    }
    assert.equal((await keys.find(key, anywhere))?.auth.id, record.id)
  })

  it('refuses a key from the moment at which it expires [B-KEY-04]', async () => {
    const { keys, owner, stage, reasons } = await open()
    const { key } = await keys.create({ owner, name: 'ci', expiresAt: stage.time.now + 1000 })
    stage.time.now += 999
    assert.notEqual(await keys.find(key, anywhere), null)
    stage.time.now += 1
    assert.equal(await keys.find(key, anywhere), null)
    assert.deepEqual(reasons, ['expired'])
  })

  it('switches a key off and on, and off for good [B-KEY-04 B-KEY-05 B-KEY-12]', async () => {
    const { keys, owner, reasons } = await open()
    const { key, record } = await keys.create({ owner, name: 'ci' })
    await keys.disable(record.id, { by })
    assert.equal(await keys.find(key, anywhere), null)
    await keys.enable(record.id, { by })
    assert.notEqual(await keys.find(key, anywhere), null)
    const revoked = await keys.revoke(record.id, { by })
    assert.equal(await keys.find(key, anywhere), null)
    assert.deepEqual(await keys.revoke(record.id, { by }), revoked)
    const late = { by, name: 'x' }
    for (const change of [keys.enable, keys.disable, keys.startRotation, keys.finishRotation, keys.cancelRotation]) {
      await assert.rejects(change(record.id, late), refused(409, 'conflict'))
    }
    await assert.rejects(keys.update(record.id, { name: 'x' }, { by }), refused(409, 'conflict'))
    assert.equal(await keys.find(key, anywhere), null)
    assert.deepEqual(reasons, ['disabled', 'revoked', 'revoked'])
  })

  it('refuses the key of an inactive or deleted owner, and goes on when they sign out everywhere [B-KEY-19]', async () => {
    const { keys, owner, userId, stage, reasons } = await open()
    const { key } = await keys.create({ owner, name: 'ci' })
    await stage.setUser(userId, { signed_out_at: stage.time.now + 1 })
    assert.notEqual(await keys.find(key, anywhere), null)
    await stage.setUser(userId, { is_active: 0 })
    assert.equal(await keys.find(key, anywhere), null)
    await stage.database.write(async (unit) => void (await unit.deleteFrom('users').execute()))
    assert.equal(await keys.find(key, anywhere), null)
    assert.deepEqual(reasons, ['owner', 'unknown'])
  })

  it('never gives a key more scopes than its service account has', async () => {
    const { keys, stage } = await open()
    const { id } = await stage.addServiceAccount({ scopes: 'read write' })
    const owner = { kind: 'service_account', id: formatId(id) } as const
    await assert.rejects(keys.create({ owner, name: 'ci', scopes: ['read', 'admin'] }), refused(400, 'invalid'))
    const { key, record } = await keys.create({ owner, name: 'ci', scopes: ['read', 'write'] })
    await assert.rejects(keys.update(record.id, { scopes: ['admin'] }, { by }), refused(400, 'invalid'))
    await stage.database.write(async (unit) => {
      await unit.updateTable('service_accounts').set({ scopes: 'write' }).execute()
    })
    assert.deepEqual((await keys.find(key, anywhere))?.auth.scopes, ['write'])
  })

  it('takes a key from allowed addresses only, of both families [B-KEY-14 B-KEY-21]', async () => {
    const { keys, owner, reasons } = await open()
    const allowedAddresses = ['10.0.0.0/8', '2001:db8::/32', '192.0.2.9']
    const { key } = await keys.create({ owner, name: 'ci', allowedAddresses })
    for (const address of ['10.1.2.3', '2001:db8::1', '192.0.2.9', '::ffff:10.0.0.1']) {
      assert.notEqual(await keys.find(key, { address }), null, address)
    }
    const refusedFrom = ['11.0.0.1', '2001:db9::1', '192.0.2.8', '', 'localhost', null]
    for (const address of refusedFrom) assert.equal(await keys.find(key, { address }), null, String(address))
    assert.deepEqual(new Set(reasons), new Set(['address']))
    const { key: anyones } = await keys.create({ owner, name: 'ci from anywhere' })
    assert.notEqual(await keys.find(anyones, { address: null }), null)
  })

  it('asks whether a key is usable, after everything else [B-KEY-10]', async () => {
    const asked: string[] = []
    let isPaid = true
    const { keys, owner, reasons } = await open({
      usable: async ({ name }) => {
        asked.push(name)
        return isPaid
      },
    })
    const { key, record } = await keys.create({ owner, name: 'ci' })
    assert.notEqual(await keys.find(key, anywhere), null)
    isPaid = false
    assert.equal(await keys.find(key, anywhere), null)
    await keys.disable(record.id, { by })
    await keys.find(key, anywhere)
    assert.deepEqual(asked, ['ci', 'ci'])
    assert.deepEqual(reasons, ['unusable', 'disabled'])
  })

  it('rotates with an overlap in which both secrets work, under one id [B-KEY-17 AK04]', async () => {
    const { keys, owner, stage, reasons } = await open()
    const { key: old, record } = await keys.create({ owner, name: 'ci', scopes: ['read'] })
    const { key, record: rotating } = await keys.startRotation(record.id, { by, overlap: 60 })
    assert.equal(format.parse(key)?.id, format.parse(old)?.id)
    assert.notEqual(key, old)
    assert.deepEqual(rotating.rotation, { endsAt: stage.time.now + 60_000, oldLastUsedAt: null, newLastUsedAt: null })
    stage.time.now += 59_999
    for (const each of [old, key]) assert.deepEqual((await keys.find(each, anywhere))?.auth.scopes, ['read'])
    stage.time.now += 1
    assert.equal(await keys.find(old, anywhere), null)
    assert.notEqual(await keys.find(key, anywhere), null)
    assert.deepEqual(reasons, ['rotated'])
  })

  it('shows which secret was used last, as evidence that the old one is not needed any more', async () => {
    const { keys, owner, stage } = await open()
    const { key: old, record } = await keys.create({ owner, name: 'ci' })
    const { key } = await keys.startRotation(record.id, { by, overlap: null })
    await keys.find(old, anywhere)
    const oldLastUsedAt = stage.time.now
    stage.time.now += 5000
    await keys.find(key, anywhere)
    await keys.close()
    const [listed] = await keys.list(owner)
    assert.deepEqual(listed?.rotation, { endsAt: null, oldLastUsedAt, newLastUsedAt: stage.time.now })
    assert.equal(listed?.lastUsedAt, stage.time.now)
  })

  it('finishes a rotation at once, and cancels one while the old secret works [B-KEY-17]', async () => {
    const { keys, owner, stage } = await open()
    const { key: first, record } = await keys.create({ owner, name: 'ci' })
    const { key: second } = await keys.startRotation(record.id, { by, overlap: null })
    await assert.rejects(keys.startRotation(record.id, { by }), refused(409, 'conflict'))
    assert.equal((await keys.finishRotation(record.id, { by })).rotation, null)
    assert.equal(await keys.find(first, anywhere), null)
    assert.notEqual(await keys.find(second, anywhere), null)
    await assert.rejects(keys.finishRotation(record.id, { by }), refused(409, 'conflict'))
    await assert.rejects(keys.cancelRotation(record.id, { by }), refused(409, 'conflict'))

    const { key: third } = await keys.startRotation(record.id, { by, overlap: 60 })
    await keys.cancelRotation(record.id, { by })
    assert.notEqual(await keys.find(second, anywhere), null)
    assert.equal(await keys.find(third, anywhere), null)

    const { key: fourth } = await keys.startRotation(record.id, { by, overlap: 60 })
    stage.time.now += 60_000
    await assert.rejects(keys.cancelRotation(record.id, { by }), refused(409, 'conflict'))
    const { key: fifth } = await keys.startRotation(record.id, { by, overlap: 60 })
    assert.equal(await keys.find(second, anywhere), null)
    for (const each of [fourth, fifth]) assert.notEqual(await keys.find(each, anywhere), null)
  })

  it('starts one rotation when several are started at once on two nodes', async () => {
    const { keys, owner, stage } = await open()
    const other = createApiKeys({ database: stage.second, clock: stage.clock, format })
    const { record } = await keys.create({ owner, name: 'ci' })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, turn) => (turn % 2 === 0 ? keys : other).startRotation(record.id, { by })),
    )
    const started = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    assert.equal(started.length, 1)
    assert.notEqual(await keys.find(started[0]?.value.key ?? '', anywhere), null)
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert.equal(outcome.reason.status, 409)
  })

  it('writes last use, address and user agent now and then, and nothing when a key is used [B-KEY-20 AK04]', async () => {
    const { keys, owner, stage } = await open()
    const { key } = await keys.create({ owner, name: 'ci' })
    const last = async () => {
      const [listed] = await keys.list(owner)
      return [listed?.lastUsedAt, listed?.lastUsedAddress, listed?.lastUsedUserAgent]
    }
    const from = (address: string, agent: string) => ({
      address,
      request: { method: 'GET', url: '/', headers: new Headers({ 'user-agent': agent }) },
    })
    await keys.find(key, from('192.0.2.1', 'curl/8.5.0'))
    assert.deepEqual(await last(), [null, null, null])
    await keys.close()
    const first = stage.time.now
    assert.deepEqual(await last(), [first, '192.0.2.1', 'curl/8.5.0'])
    stage.time.now += 1000
    await keys.find(key, from('192.0.2.1', 'another/1'))
    await keys.close()
    assert.deepEqual(await last(), [first, '192.0.2.1', 'curl/8.5.0'])
    await keys.find(key, from('2001:db8::1', `caf\u00e9/1 ${'x'.repeat(1000)}`))
    await keys.close()
    assert.deepEqual(await last(), [stage.time.now, '2001:db8::1', `caf?/1 ${'x'.repeat(249)}`])
    stage.time.now += 60_000
    await keys.find(key, { address: '192.0.2.1' })
    await keys.close()
    assert.deepEqual(await last(), [stage.time.now, '192.0.2.1', null])
  })

  it('changes what may be changed and nothing else [AK05]', async () => {
    const { keys, owner, stage } = await open()
    const { key, record } = await keys.create({ owner, name: 'ci', scopes: ['read'] })
    const other = await stage.addUser()
    const sent = {
      name: 'cd',
      scopes: ['write'],
      rate: '1/s',
      allowedAddresses: ['::1'],
      user_id: other.id,
      owner: 'x',
      mode: 'test',
    }
    const updated = await keys.update(record.id, sent, { by, owner })
    assert.deepEqual(updated, { ...record, name: 'cd', scopes: ['write'], rate: '1/s', allowedAddresses: ['::1'] })
    assert.equal((await keys.find(key, { address: '::1' }))?.principal.id, owner.id)
    assert.deepEqual(await keys.update(record.id, {}, { by }), updated)
    assert.deepEqual(await keys.list(owner), [updated])
  })

  it('leaves the keys of others alone: they are not there [AK05]', async () => {
    const { keys, owner, stage } = await open()
    const { key, record } = await keys.create({ owner, name: 'ci' })
    const stranger = { kind: 'user', id: formatId((await stage.addUser()).id) } as const
    const changes = [
      keys.enable,
      keys.disable,
      keys.startRotation,
      keys.finishRotation,
      keys.cancelRotation,
      keys.revoke,
    ]
    for (const change of changes) {
      await assert.rejects(change(record.id, { by, owner: stranger }), refused(404, 'not_found'))
      for (const id of ['', 'nonsense', 'z'.repeat(11), '0'.repeat(11)]) {
        await assert.rejects(change(id, { by }), refused(404, 'not_found'))
      }
    }
    await assert.rejects(keys.update(record.id, { name: 'x' }, { by, owner: stranger }), refused(404, 'not_found'))
    assert.deepEqual(await keys.list(stranger), [])
    assert.notEqual(await keys.find(key, anywhere), null)
  })

  it('refuses values that make no sense, and says which field it is [B-KEY-06]', async () => {
    const { keys, owner, stage } = await open()
    const bad: readonly [string, unknown][] = [
      ['name', ''],
      ['name', undefined],
      ['name', 'x'.repeat(101)],
      ['scopes', 'read'],
      ['scopes', ['a b']],
      ['scopes', ['"']],
      ['scopes', ['']],
      ['scopes', [1]],
      ['scopes', Array(101).fill('a')],
      ['scopes', null],
      ['allowedAddresses', ['10.0.0.0/33']],
      ['allowedAddresses', ['10.0.0.0/8 11.0.0.0/8']],
      ['allowedAddresses', ['example.com']],
      ['allowedAddresses', {}],
      ['rate', 'often'],
      ['rate', '0/min'],
      ['rate', 5],
      ['expiresAt', stage.time.now],
      ['expiresAt', '2030-01-01'],
      ['expiresAt', Number.NaN],
    ]
    for (const [field, value] of bad) {
      const values = { owner, name: 'ci', [field]: value } as NewApiKey
      await assert.rejects(keys.create(values), (error: unknown) => {
        assert.ok(error instanceof AuthError && error.status === 400 && error.code === 'invalid', field)
        assert.deepEqual(Object.keys(error.body ?? {}), [field])
        return true
      })
    }
    assert.deepEqual(await keys.list(owner), [])
  })

  it('writes every change to the audit log, with who did it', async () => {
    const { keys, owner, stage } = await open()
    const { record } = await keys.create({ owner, name: 'ci' })
    await keys.update(record.id, { name: 'cd' }, { by })
    await keys.startRotation(record.id, { by })
    await keys.cancelRotation(record.id, { by })
    await keys.startRotation(record.id, { by })
    await keys.finishRotation(record.id, { by })
    await keys.disable(record.id, { by })
    await keys.enable(record.id, { by })
    await keys.revoke(record.id, { by })
    const events = await stage.database.read
      .selectFrom('audit_events')
      .select(['event', 'actor', 'address'])
      .where('subject', '=', `api_key:${record.id}`)
      .orderBy('position')
      .execute()
    assert.deepEqual(events, [
      { event: 'key.created', actor: `user:${owner.id}`, address: null },
      ...[
        'key.updated',
        'key.rotation_started',
        'key.rotation_cancelled',
        'key.rotation_started',
        'key.rotation_finished',
        'key.disabled',
        'key.enabled',
        'key.revoked',
      ].map((event) => ({ event, actor: 'user:admin', address: '192.0.2.7' })),
    ])
  })
})

interface Opened {
  readonly stage: Stage
  readonly keys: ApiKeys
  readonly owner: Owner
  readonly userId: bigint
  readonly reasons: string[]
}

function refused(status: number, code: string): (error: unknown) => boolean {
  return (error) => error instanceof AuthError && error.status === status && error.code === code
}
