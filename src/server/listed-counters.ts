import type { ThrottleCounterList } from '../storage/throttle-counter-list.ts'
import type { RedisCounterList } from '../throttling/redis-counter-list.ts'
import type { Logger } from './log.ts'

/**
 * The buckets where they are counted: in Redis where there is one. While that does not answer, those of the database are
 * listed, which counts meanwhile, and the list says that it is not all.
 */
export function listedCounters(
  inDatabase: ThrottleCounterList,
  redis: RedisCounterList | null,
  log: Pick<Logger, 'warn'>,
): ThrottleCounterList {
  if (redis === null) return inDatabase

  async function orDatabase<Result>(asked: Promise<Result>, otherwise: () => Promise<Result>): Promise<Result> {
    try {
      return await within(asked)
    } catch (error) {
      // What the request did wrong is no failure of Redis.
      if (error instanceof Error && 'status' in error) throw error
      log.warn({ err: error }, 'the counters in Redis could not be listed')
      return otherwise()
    }
  }

  return {
    page: async (filter = {}, page = {}) =>
      orDatabase(
        redis.page(filter, page).then((found) => ({ ...found, isComplete: true })),
        async () => ({ ...(await inDatabase.page(filter, {})), next: null, isComplete: false }),
      ),
    top: async (limit) =>
      orDatabase(redis.top(limit), async () => ({ ...(await inDatabase.top(limit)), isComplete: false })),
    clear: async (prefix) => {
      const there = await orDatabase(redis.clear(prefix), async () => 0)
      return there + (await inDatabase.clear(prefix))
    },
  }
}

/** A page of the console waits no longer for Redis than this, in milliseconds. */
const patience = 2000

async function within<Result>(asked: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis did not answer within ${patience} ms.`)), patience)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}
