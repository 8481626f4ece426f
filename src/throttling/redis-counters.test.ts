import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createClient, type RedisClientType } from 'redis'
import { Unavailable } from '../core/errors.ts'
import { countersContract } from './counters.contract.ts'
import { memoryCounters } from './memory-counters.ts'
import { parseRate } from './rate.ts'
import { type IoRedis, type RedisClient, redisCounters } from './redis-counters.ts'

/** No busy machine is taken for a Redis that is down. */
const patient = { timeout: 60_000 }

countersContract('redisCounters with a client of redis', async () => {
  const server = await startRedis()
  const clients = [await server.connect(), await server.connect()] as const
  return {
    counters: redisCounters({ ...patient, client: clients[0] }),
    second: redisCounters({ ...patient, client: clients[1] }),
    close: async () => {
      for (const client of clients) client.destroy()
      await server.stop()
    },
  }
})

countersContract('redisCounters with a client of the shape of ioredis', async () => {
  const server = await startRedis()
  const client = await server.connect()
  return {
    counters: redisCounters({ ...patient, client: asIoRedis(client) }),
    close: async () => {
      client.destroy()
      await server.stop()
    },
  }
})

describe('redisCounters', () => {
  let server: RedisServer
  let client: RedisClientType
  const rate = parseRate('10/hour')

  before(async () => {
    server = await startRedis()
    client = await server.connect()
  })
  after(async () => {
    client.destroy()
    await server.stop()
  })

  it('lets a key expire when its bucket is full again, and keeps none for a full one [TH06]', async () => {
    const counters = redisCounters({ ...patient, client, prefix: 'test:' })
    const now = Date.now()
    await counters.take('expires', rate, now, 5)
    const left = await client.pTTL('test:expires')
    assert.ok(left > 1_700_000 && left <= 1_800_000, `${left} ms are left`)
    await counters.take('expires', rate, now, -5)
    assert.equal(await client.exists('test:expires'), 0)
  })

  it('goes on when the server has forgotten the script', async () => {
    const counters = redisCounters({ ...patient, client })
    await counters.take('forgotten', rate, Date.now(), 9)
    await client.scriptFlush()
    assert.equal((await counters.take('forgotten', rate, Date.now())).allowed, true)
    await client.scriptFlush()
    assert.equal((await counters.take('forgotten', rate, Date.now())).allowed, false)
  })

  it('counts from nothing where the key holds no number', async () => {
    const counters = redisCounters({ ...patient, client, prefix: 'test:' })
    await client.set('test:junk', 'not a number')
    assert.deepEqual(await counters.peek('junk', rate, Date.now()), { allowed: true, wait: 0, remaining: 10, reset: 0 })
    assert.equal((await counters.take('junk', rate, Date.now())).remaining, 9)
    assert.equal((await counters.take('junk', rate, Date.now())).remaining, 8)
  })

  it('refuses options that make no sense, at construction', () => {
    assert.throws(() => redisCounters({ client, timeout: 0 }), /redisCounters: timeout/)
    assert.throws(() => redisCounters({ client, timeout: Number.NaN }), /redisCounters: timeout/)
    assert.throws(() => redisCounters({ client, pause: -1 }), /redisCounters: pause/)
    assert.throws(() => redisCounters({ client, whenDown: 'open' as 'allow' }), /redisCounters: whenDown/)
    assert.throws(() => redisCounters({ client: {} as RedisClient }), /redisCounters: client/)
  })
})

describe('redisCounters while Redis is down', () => {
  const rate = parseRate('2/hour')
  const now = Date.now()

  it('answers 503 with Retry-After, because a limit that nobody counts stops no guessing', async () => {
    await whileDown(async (client) => {
      const counters = redisCounters({ client })
      for (const ask of [counters.take('k', rate, now), counters.peek('k', rate, now), counters.clear('k')]) {
        await assert.rejects(ask, (error) => error instanceof Unavailable && error.headers?.['retry-after'] === '1')
      }
    })
  })

  it('answers 503 when Redis hangs, without waiting for it again during the pause, until it answers', async () => {
    const server = await startRedis()
    const client = await server.connect()
    const counters = redisCounters({ client, timeout: 20, clock: () => now })
    server.process.kill('SIGSTOP')
    try {
      await assert.rejects(counters.take('k', rate, now), causedBy('Redis did not answer within 20 ms.'))
      await assert.rejects(counters.take('k', rate, now), causedBy('Redis failed a moment ago.'))
    } finally {
      server.process.kill('SIGCONT')
    }
    // Redis answers in order, so the late answer is there by then.
    await client.ping()
    assert.equal((await redisCounters({ ...patient, client }).peek('k', rate, now)).remaining, 1)
    await counters
      .peek('k', rate, now)
      .catch((error) => assert.ok(causedBy('Redis did not answer within 20 ms.')(error)))
    client.destroy()
    await server.stop()
  })

  it('asks again after the pause', async () => {
    const server = await startRedis()
    const client = await server.connect()
    let broken = true
    let time = now
    const flaky: RedisClient = {
      ...asIoRedis(client),
      get: async (key) =>
        broken ? Promise.reject(new Error('READONLY You can’t write against a read only replica.')) : client.get(key),
    }
    const counters = redisCounters({ ...patient, client: flaky, clock: () => time })
    await assert.rejects(counters.peek('k', rate, now), Unavailable)
    broken = false
    time += 999
    await assert.rejects(counters.peek('k', rate, now), Unavailable)
    time += 1
    assert.equal((await counters.peek('k', rate, now)).allowed, true)
    client.destroy()
    await server.stop()
  })

  it('lets all go ahead with whenDown: allow', async () => {
    await whileDown(async (client) => {
      const counters = redisCounters({ client, whenDown: 'allow' })
      for (let turn = 0; turn < 5; turn += 1) {
        assert.deepEqual(await counters.take('k', rate, now), { allowed: true, wait: 0, remaining: 2, reset: 0 })
      }
      assert.equal((await counters.peek('k', rate, now)).allowed, true)
      await counters.clear('k')
    })
  })

  it('counts with the other counters that whenDown names', async () => {
    await whileDown(async (client) => {
      const counters = redisCounters({ client, whenDown: memoryCounters() })
      await counters.take('k', rate, now, 2)
      assert.equal((await counters.take('k', rate, now)).allowed, false)
      assert.equal((await counters.peek('k', rate, now)).allowed, false)
      await counters.clear('k')
      assert.equal((await counters.take('k', rate, now)).allowed, true)
    })
  })
})

interface RedisServer {
  readonly process: ChildProcess
  readonly connect: () => Promise<RedisClientType>
  readonly stop: () => Promise<void>
}

/** A Redis of its own on a socket in a folder of its own, which keeps nothing on disk. */
async function startRedis(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-redis-'))
  const path = join(folder, 'redis.sock')
  const server = spawn(
    'redis-server',
    ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', folder],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Error('redis-server is needed: apt-get install redis-server', { cause })),
    )
    server.once('exit', () => reject(new Error('redis-server did not start.')))
    server.stdout.on('data', (chunk) => {
      if (String(chunk).includes('ready to accept connections')) resolve()
    })
  })
  return {
    process: server,
    connect: async () => {
      const client: RedisClientType = createClient({ socket: { path, reconnectStrategy: false } })
      client.on('error', () => undefined)
      await client.connect()
      return client
    },
    stop: async () => {
      if (server.exitCode === null && server.signalCode === null) {
        server.kill('SIGKILL')
        await once(server, 'exit')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function whileDown(test: (client: RedisClientType) => Promise<void>): Promise<void> {
  const server = await startRedis()
  const client = await server.connect()
  await server.stop()
  await test(client)
  if (client.isOpen) client.destroy()
}

function causedBy(message: string) {
  return (error: unknown) =>
    error instanceof Unavailable && error.cause instanceof Error && error.cause.message === message
}

/** The calls of `ioredis`, on a connection that is there already. */
function asIoRedis(client: RedisClientType): IoRedis {
  return {
    evalsha: async (sha, keys, ...rest) => client.sendCommand(['EVALSHA', sha, String(keys), ...rest]),
    eval: async (script, keys, ...rest) => client.sendCommand(['EVAL', script, String(keys), ...rest]),
    get: async (key) => client.get(key),
    del: async (key) => client.del(key),
  }
}
