import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { it } from 'node:test'
import { describeStoredDatabases } from './databases.contract.ts'
import { purge } from './purge.ts'
import { mostOverrides, openThrottleOverrides } from './throttle-overrides.ts'
import { withDatabase } from './with-database.contract.ts'

const by = { actor: 'user:1' }
const base = { throttle: 'requestsPerAddress', subject: 'address:192.0.2.1', reason: '' }

describeStoredDatabases('openThrottleOverrides', (start) => {
  it('is known here at once, and by another process without a restart', async () => {
    await withDatabase(start, async (database, { open }) => {
      const clock = Date.now
      const here = await openThrottleOverrides({ database, clock })
      const other = await open()
      const there = await openThrottleOverrides({ database: other, clock, interval: 5 })
      const before = there.version()
      const given = await here.set({ ...base, rate: '1/min', expiresAt: Date.now() + 60_000 }, by)
      assert.deepEqual(here.live(), [given])
      while (there.live().length === 0) await sleep(5)
      assert.deepEqual(there.live(), [given])
      assert.ok(there.version() > before)
      await there.delete(given.id, by)
      while (here.live().length > 0) await sleep(5)
      await assert.rejects(there.delete(given.id, by), { code: 'not_found' })
      await assert.rejects(there.delete('nonsense', by), { code: 'not_found' })
      await Promise.all([here.close(), there.close()])
      await other.close()
    })
  })

  it('replaces what the same caller had, and one is left of several that are given at once', async () => {
    await withDatabase(start, async (database) => {
      const overrides = await openThrottleOverrides({ database, clock: Date.now })
      const expiresAt = Date.now() + 60_000
      await overrides.set({ ...base, rate: '1/min', expiresAt }, by)
      await Promise.all(['2/min', '3/min', null].map(async (rate) => overrides.set({ ...base, rate, expiresAt }, by)))
      assert.equal((await overrides.list()).length, 1)
      await overrides.close()
    })
  })

  it('ends by itself, and is purged', async () => {
    await withDatabase(start, async (database) => {
      let now = Date.now()
      const overrides = await openThrottleOverrides({ database, clock: () => now })
      await overrides.set({ ...base, rate: null, expiresAt: now + 1000 }, by)
      now += 1000
      assert.deepEqual(await overrides.list(), [])
      assert.equal((await purge(database, { now: now + 1 }))['throttle_overrides'], 1)
      await overrides.close()
    })
  })

  it('holds a thousand and no more, since every process has them in memory', async () => {
    await withDatabase(start, async (database) => {
      const expiresAt = Date.now() + 60_000
      const rest = {
        throttle: 'key',
        rate: null,
        reason: '',
        created_by: 'system',
        created_at: 1,
        expires_at: expiresAt,
      }
      await database.append({
        throttle_overrides: Array.from({ length: mostOverrides }, (_, turn) => ({
          ...rest,
          id: database.newId(),
          subject: `apiKey:${turn}`,
        })),
      })
      const overrides = await openThrottleOverrides({ database, clock: Date.now })
      assert.equal(overrides.live().length, mostOverrides)
      await assert.rejects(overrides.set({ ...base, rate: null, expiresAt }, by), { code: 'conflict' })
      await overrides.set({ ...base, throttle: 'key', subject: 'apiKey:7', rate: '1/min', expiresAt }, by)
      await overrides.close()
    })
  })
})
