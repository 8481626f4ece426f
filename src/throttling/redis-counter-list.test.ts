import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createClient, type RedisClientType } from 'redis'
import { type RedisServer, startRedis } from '../../test/services/redis.ts'
import { parseRate } from './rate.ts'
import { createRedisCounterList } from './redis-counter-list.ts'
import { redisCounters } from './redis-counters.ts'

describe('createRedisCounterList (A23)', () => {
  let server: RedisServer
  let client: RedisClientType
  before(async () => {
    server = await startRedis()
    client = createClient({ url: server.url }) as RedisClientType
    await client.connect()
  })
  beforeEach(async () => client.flushDb())
  after(async () => {
    client.destroy()
    await server.close()
  })

  it('lists what the counters counted, page by page, each once, and by the beginning of its key as it stands', async () => {
    const counters = redisCounters({ client, timeout: 60_000 })
    const list = createRedisCounterList({ client })
    const now = Date.now()
    for (let count = 0; count < 300; count += 1) await counters.take(`rate:${count}`, parseRate('10/hour'), now)
    await counters.take('a*b', parseRate('10/hour'), now)
    await counters.take('axb', parseRate('10/hour'), now)
    await client.set('doorward:other', 'x')
    const keys: string[] = []
    let after: string | undefined
    let pages = 0
    do {
      const page = await list.page({ prefix: 'rate:' }, { limit: 50, ...(after === undefined ? {} : { after }) })
      keys.push(...page.items.map(({ key }) => key))
      after = page.next ?? undefined
      pages += 1
    } while (after !== undefined)
    assert.equal(new Set(keys).size, 300)
    assert.ok(pages > 1)
    assert.deepEqual(
      (await list.page({ prefix: 'a*' }, { limit: 1000 })).items.map(({ key }) => key),
      ['a*b'],
    )
    const [one] = (await list.page({ prefix: 'a*b' }, {})).items
    const { reset } = await counters.peek('a*b', parseRate('10/hour'), now)
    assert.ok(Math.abs((one?.fullAt ?? 0) - (now + reset * 1000)) <= 1000)
    for (const forged of ['x', '-1', '1'.repeat(30)])
      await assert.rejects(list.page({}, { after: forged }), { code: 'invalid' })
  })

  it('finds who has to wait longest, but not what is remembered for weeks, and says where it did not look at all', async () => {
    const counters = redisCounters({ client, timeout: 60_000 })
    const now = Date.now()
    for (let taken = 1; taken <= 9; taken += 1) await counters.take(`k${taken}`, parseRate('10/hour'), now, taken)
    await counters.take('guess.known:a:b', parseRate('1/30d'), now)
    const { items, isComplete } = await createRedisCounterList({ client }).top(3)
    assert.deepEqual([items.map(({ key }) => key), isComplete], [['k9', 'k8', 'k7'], true])
    for (let count = 0; count < 3000; count += 1) await client.set(`doorward:throttle:many${count}`, String(now * 1000))
    assert.equal((await createRedisCounterList({ client, most: 100 }).top(3)).isComplete, false)
  })

  it('fills up all that begin alike, and never everything', async () => {
    const counters = redisCounters({ client, timeout: 60_000 })
    const list = createRedisCounterList({ client })
    for (const key of ['guess.pair:a:1', 'guess.pair:a:2', 'guess.pair:b:1'])
      await counters.take(key, parseRate('1/hour'), Date.now())
    assert.equal(await list.clear('guess.pair:a:'), 2)
    assert.deepEqual(
      (await list.page({}, {})).items.map(({ key }) => key),
      ['guess.pair:b:1'],
    )
    await assert.rejects(list.clear(''), { code: 'invalid' })
  })
})
