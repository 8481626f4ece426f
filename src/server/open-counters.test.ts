import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openSqlite } from '../storage/sqlite.ts'
import type { Database } from '../storage/database.ts'
import { parseRate } from '../throttling/rate.ts'
import { startRedis, type RedisServer } from '../../test/services/redis.ts'
import { eventually } from '../../test/services/server-process.ts'
import { createLog } from './log.ts'
import { createThrottleCounterList } from '../storage/throttle-counter-list.ts'
import { listedCounters } from './listed-counters.ts'
import { openCounters } from './open-counters.ts'

const rate = parseRate('3/hour')
const log = createLog({ level: 'silent' })

describe('openCounters', () => {
  let database: Database
  let redis: RedisServer

  before(async () => {
    database = await openSqlite({ path: ':memory:' })
    await database.migrate()
    redis = await startRedis()
  })
  after(async () => {
    await redis.close()
    await database.close()
  })

  it('counts in the database without Redis', async () => {
    const { counters, close } = await openCounters(null, database, log)
    const taken = []
    for (let count = 0; count < 4; count++) taken.push((await counters.take('a', rate, Date.now())).allowed)
    assert.deepEqual(taken, [true, true, true, false])
    await close()
  })

  it('counts in Redis where there is one, and in the database while it is away: no limit is lifted', async () => {
    const { counters, close } = await openCounters(redis.url, database, log)
    // The connection takes a moment; until then the database counts.
    await eventually(async () => {
      const key = `b${Math.random()}`
      await counters.take(key, rate, Date.now())
      const rows = database.read.selectFrom('throttle_counters').select('key').where('key', '=', key)
      assert.deepEqual(await rows.execute(), [])
    })
    await redis.stop()
    const answers = []
    for (let count = 0; count < 5; count++) answers.push((await counters.take('c', rate, Date.now())).allowed)
    assert.deepEqual(answers, [true, true, true, false, false])
    await close()
  })

  it('lists what Redis counts, and while it is away what the database does, and says so (A23)', async () => {
    await redis.restart()
    const { counters, inRedis, close } = await openCounters(redis.url, database, log)
    try {
      const list = listedCounters(createThrottleCounterList({ database }), inRedis, log)
      await eventually(async () => {
        await counters.take('listed', rate, Date.now())
        const { items, isComplete } = await list.page({ prefix: 'listed' })
        assert.deepEqual([items.map(({ key }) => key), isComplete], [['listed'], true])
      })
      assert.equal((await list.top(1)).items.length, 1)
      await redis.stop()
      await counters.take('meanwhile', rate, Date.now())
      const page = await list.page({ prefix: 'meanwhile' })
      assert.deepEqual([page.items.map(({ key }) => key), page.isComplete], [['meanwhile'], false])
      assert.equal((await list.top(1)).isComplete, false)
      assert.equal(await list.clear('meanwhile'), 1)
    } finally {
      await close()
    }
  })

  it('starts without Redis, and counts all the same', async () => {
    const { counters, close } = await openCounters('redis://127.0.0.1:1', database, log)
    assert.equal((await counters.take('d', rate, Date.now())).allowed, true)
    await close()
  })
})
