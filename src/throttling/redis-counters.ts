import { createHash } from 'node:crypto'
import { Unavailable } from '../core/errors.ts'
import { type CounterAnswer, gcra, microseconds, peekGcra, type Rate, spacing } from '../core/gcra.ts'
import type { Counters } from './counters.ts'

export interface RedisCountersOptions {
  /** A connected client of the package `redis`, one of its clusters, or one of `ioredis`. Who made it closes it. */
  readonly client: RedisClient
  /** What every key begins with (`doorward:throttle:`). */
  readonly prefix?: string
  /**
   * What happens while Redis does not answer (`'refuse'`). `'refuse'`: requests under a throttle get 503, because a limit
   * that nobody counts stops no guessing; with a throttle on every route, that is the whole API. `'allow'`: all go ahead
   * uncounted, for throttles that only meter use. Other counters, such as `memoryCounters()`: those count meanwhile, each
   * process for itself, so that limits still hold, multiplied by the number of processes.
   */
  readonly whenDown?: 'refuse' | 'allow' | Counters
  /** Milliseconds until Redis counts as down for a request (500). */
  readonly timeout?: number
  /**
   * Milliseconds after a failure in which Redis is not asked again, unless the answer still comes, so that a dead one does
   * not delay each request (1,000).
   */
  readonly pause?: number
  /** Milliseconds, for `pause` (`Date.now`). */
  readonly clock?: () => number
}

/** What is used of a client: that of `redis` and its clusters, or that of `ioredis`. */
export type RedisClient = NodeRedis | IoRedis

export interface NodeRedis extends Common {
  readonly evalSha: (sha: string, call: { keys: string[]; arguments: string[] }) => Promise<unknown>
  readonly eval: (script: string, call: { keys: string[]; arguments: string[] }) => Promise<unknown>
}

export interface IoRedis extends Common {
  readonly evalsha: (sha: string, keys: number, ...rest: string[]) => Promise<unknown>
  readonly eval: (script: string, keys: number, ...rest: string[]) => Promise<unknown>
}

interface Common {
  readonly get: (key: string) => Promise<unknown>
  readonly del: (key: string) => Promise<unknown>
}

/**
 * Buckets in Redis, shared by all processes and exact among them. Their clocks have to agree to within a small part of the
 * window. Keys expire as soon as their bucket is full again.
 */
export function redisCounters(options: RedisCountersOptions): Counters {
  const { client, prefix = 'doorward:throttle:', whenDown = 'refuse', timeout = 500, pause = 1000 } = options
  const { clock = Date.now } = options
  if (!(timeout > 0)) throw new TypeError('redisCounters: timeout must be a number of milliseconds above 0.')
  if (!(pause >= 0)) throw new TypeError('redisCounters: pause must be a number of milliseconds from 0.')
  if (typeof whenDown === 'string' && whenDown !== 'refuse' && whenDown !== 'allow') {
    throw new TypeError("redisCounters: whenDown must be 'refuse', 'allow' or other counters.")
  }
  if (!('evalSha' in client) && !('evalsha' in client)) {
    throw new TypeError("redisCounters: client must be a client of the package 'redis' or of 'ioredis'.")
  }
  const run = scriptOf(client)
  let pausedUntil = -Infinity
  const resume = () => void (pausedUntil = -Infinity)

  /** Asks Redis, or does what `whenDown` says. */
  async function ask<Answer>(question: () => Promise<Answer>, otherwise: (counters: Counters) => Promise<Answer>) {
    let cause: unknown = new Error('Redis failed a moment ago.')
    if (clock() >= pausedUntil) {
      const answer = question()
      try {
        return await within(timeout, answer)
      } catch (error) {
        cause = error
        pausedUntil = clock() + pause
        // An answer that was only late says that Redis is there again.
        answer.then(resume, () => undefined)
      }
    }
    if (whenDown === 'refuse') throw new Unavailable({ cause })
    return otherwise(whenDown === 'allow' ? uncounted : whenDown)
  }

  return {
    take: async (key, rate, now, cost = 1) =>
      ask(
        async () => gcra(arrivalIn(await run(prefix + key, rate, now, cost)), rate, now, cost).answer,
        async (counters) => counters.take(key, rate, now, cost),
      ),
    peek: async (key, rate, now, cost = 1) =>
      ask(
        async () => peekGcra(arrivalIn(await client.get(prefix + key)), rate, now, cost),
        async (counters) => counters.peek(key, rate, now, cost),
      ),
    clear: async (key) =>
      ask(
        async () => void (await client.del(prefix + key)),
        async (counters) => counters.clear(key),
      ),
  }
}

/**
 * `gcra`, where the number is: keeps the new arrival and returns the one before, from which the answer is computed here.
 * Numbers go as text, because Lua would write them with 14 digits, and `%.0f` keeps all 16.
 */
const script = `local present, interval, burst, cost =
  tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local arrival = redis.call('GET', KEYS[1])
local nextone = math.max(tonumber(arrival) or present, present) + cost * interval
if cost > 0 and nextone - present > burst then return arrival end
if nextone > present then
  redis.call('SET', KEYS[1], string.format('%.0f', nextone), 'PX', math.ceil((nextone - present) / 1000))
elseif arrival then
  redis.call('DEL', KEYS[1])
end
return arrival`

const sha: string = createHash('sha1').update(script).digest('hex')

type Run = (key: string, rate: Rate, now: number, cost: number) => Promise<unknown>

/** The script on this kind of client: by its digest, and in full where the server does not know it yet or any more. */
function scriptOf(client: RedisClient): Run {
  return async (key, rate, now, cost) => {
    const { interval, burst } = spacing(rate)
    const values = [microseconds(now), interval, burst, cost].map(String)
    const nodeRedis = 'evalSha' in client
    try {
      return await (nodeRedis
        ? client.evalSha(sha, { keys: [key], arguments: values })
        : client.evalsha(sha, 1, key, ...values))
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return nodeRedis
        ? client.eval(script, { keys: [key], arguments: values })
        : client.eval(script, 1, key, ...values)
    }
  }
}

/** What is no number counts as none, as it does in the script. */
function arrivalIn(reply: unknown): number | null {
  const arrival = typeof reply === 'string' || Buffer.isBuffer(reply) ? Number(reply.toString()) : Number.NaN
  return Number.isSafeInteger(arrival) ? arrival : null
}

async function within<Answer>(timeout: number, answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const give = () => reject(new Error(`Redis did not answer within ${timeout} ms.`))
    // Not at once: after a long turn of the event loop the answer may be there, and is read before `setImmediate` runs.
    timer = setTimeout(() => setImmediate(give), timeout)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Everything goes ahead. */
const uncounted: Counters = { take: passed, peek: passed, clear: async () => undefined }

async function passed(_key: string, rate: Rate): Promise<CounterAnswer> {
  return { allowed: true, wait: 0, remaining: rate.limit, reset: 0 }
}
