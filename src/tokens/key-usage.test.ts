import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onEachDatabase } from './databases.contract.ts'
import { createApiKeys } from './api-keys.ts'
import { createTokenFormat } from './format.ts'
import { createKeyUsage, dayOf } from './key-usage.ts'
import { noteStatus } from './noted-status.ts'
import { formatId, parseId } from '../storage/id.ts'

onEachDatabase('createKeyUsage', (stage) => {
  it('adds up what is more than a small integer holds', async () => {
    const { database, addUser } = await stage()
    const owner = { kind: 'user', id: formatId((await addUser()).id) } as const
    const usage = createKeyUsage({ database })
    const keys = createApiKeys({ database, format: createTokenFormat(), usage })
    const { record } = await keys.create({ owner, name: 'busy' })
    const [id, key_id, many] = [parseId(record.id) ?? 0n, parseId(record.id) ?? 0n, 2 ** 31]
    await database.write(async (unit) => {
      const day = { key_id, day: 20_000, requests: many, refused: many }
      await unit
        .insertInto('key_usage_days')
        .values([
          { id, ...day },
          { id: id + 1n, ...day, day: 20_001 },
        ])
        .execute()
      await unit
        .insertInto('key_refusal_days')
        .values({ id, key_id, day: 20_000, reason: 'address', refused: many })
        .execute()
    })
    assert.deepEqual((await usage.sums([record.id], 0)).get(record.id), { requests: 2 * many, refused: 2 * many })
    assert.deepEqual(await usage.days(record.id, 20_001), [{ day: 20_001, requests: many, refused: many }])
    assert.deepEqual(await usage.refusals(record.id, 0), [{ reason: 'address', refused: many }])
    await keys.close()
    await usage.close()
  })

  it('counts the uses of a key by day, accepted and refused, and keeps the last twenty (B-KEY-18)', async () => {
    const { database, addUser } = await stage()
    const user = await addUser()
    const noon = Date.UTC(2026, 4, 1, 12)
    let now = noon
    const usage = createKeyUsage({ database })
    const keys = createApiKeys({ database, format: createTokenFormat(), clock: () => now, usage })
    const owner = { kind: 'user', id: formatId(user.id) } as const
    const { key, record } = await keys.create({ owner, name: 'nightly', allowedAddresses: ['192.0.2.0/24'] })
    const request = { method: 'GET', url: '/api/notes/?secret=1#x' }

    for (let use = 0; use < 25; use += 1) {
      assert.notEqual(await keys.find(key, { address: '192.0.2.1', request }), null)
    }
    assert.equal(await keys.find(key, { address: '198.51.100.1', request }), null)
    noteStatus(request, 401)
    noteStatus({}, 500)
    assert.deepEqual(await usage.days(record.id, 0), [])
    await usage.flush()
    now = noon + 86_400_000
    await keys.find(key, { address: '192.0.2.1' })
    await usage.flush()

    const first = dayOf(noon)
    assert.deepEqual(await usage.days(record.id, 0), [
      { day: first, requests: 26, refused: 1 },
      { day: first + 1, requests: 1, refused: 0 },
    ])
    assert.deepEqual(await usage.days(record.id, first + 1), [{ day: first + 1, requests: 1, refused: 0 }])
    await keys.find(key, { address: '198.51.100.2' })
    await keys.disable(record.id, { by: { actor: 'system' } })
    await keys.find(key, { address: '192.0.2.1' })
    await usage.flush()
    assert.deepEqual(await usage.refusals(record.id, 0), [
      { reason: 'address', refused: 2 },
      { reason: 'disabled', refused: 1 },
    ])
    assert.deepEqual(await usage.refusals(record.id, first + 2), [])
    await keys.enable(record.id, { by: { actor: 'system' } })
    const recent = (await usage.recent(record.id)).slice(2)
    assert.equal(recent.length, 18)
    assert.deepEqual(recent.slice(0, 3), [
      { at: now, outcome: 'accepted', address: '192.0.2.1', method: null, path: null, status: null },
      { at: noon, outcome: 'address', address: '198.51.100.1', method: 'GET', path: '/api/notes/', status: 401 },
      { at: noon, outcome: 'accepted', address: '192.0.2.1', method: 'GET', path: '/api/notes/', status: null },
    ])
    await keys.close()
    await usage.close()
  })

  it('adds what two processes counted, and forgets keys that are gone', async () => {
    const { database, addUser } = await stage()
    const user = await addUser()
    const keys = createApiKeys({ database, format: createTokenFormat() })
    const owner = { kind: 'user', id: formatId(user.id) } as const
    const { record } = await keys.create({ owner, name: 'nightly' })
    const [one, other] = [createKeyUsage({ database }), createKeyUsage({ database })]
    const use = { at: Date.UTC(2026, 4, 1), outcome: 'accepted', address: null, method: null, path: null, status: null }
    const id = parseId(record.id) ?? 0n
    for (const process of [one, other]) {
      for (let times = 0; times < 3; times += 1) process.count(id, use)
      process.count(database.newId(), use)
    }
    await Promise.all([one.close(), other.close()])
    assert.deepEqual(await one.daysOf([record.id, 'nonsense'], 0), [{ day: dayOf(use.at), requests: 6, refused: 0 }])
    assert.deepEqual(await one.days('nonsense', 0), [])
    assert.deepEqual([...(await one.sums([record.id, 'nonsense'], 0))], [[record.id, { requests: 6, refused: 0 }]])
    await keys.close()
  })
})
