import type { Database } from '../storage/database.ts'
import { sqlCounters } from '../storage/throttle-counters.ts'
import type { Counters } from '../throttling/counters.ts'
import { createRedisCounterList, type RedisCounterList } from '../throttling/redis-counter-list.ts'
import { redisCounters } from '../throttling/redis-counters.ts'
import type { Logger } from './log.ts'
import { SettingsInvalid } from './settings.ts'

export interface OpenCounters {
  readonly counters: Counters
  /** What Redis has counted (`null`: there is none). */
  readonly inRedis: RedisCounterList | null
  readonly close: () => Promise<void>
}

/**
 * Where throttles count: in Redis where there is one, else in the database. While Redis is away the database counts, so that
 * no limit is ever lifted by its absence.
 */
export async function openCounters(redisUrl: string | null, database: Database, log: Logger): Promise<OpenCounters> {
  const inDatabase = sqlCounters(database)
  if (redisUrl === null) return { counters: inDatabase, inRedis: null, close: async () => undefined }
  const { createClient } = await import('redis').catch((error: unknown) => {
    throw new SettingsInvalid(['redisUrl is set, and the package redis is not there: npm install redis'], {
      cause: error,
    })
  })
  const client = createClient({
    url: redisUrl,
    // What waits for Redis to come back would be counted late; the database counts at once.
    disableOfflineQueue: true,
    socket: { connectTimeout: 900, reconnectStrategy: (tries) => Math.min(100 * 2 ** tries, 3000) },
  })
  client.on('error', (error: unknown) =>
    log.warn({ err: error }, 'Redis does not answer; the database counts meanwhile'),
  )
  void client.connect().catch(() => undefined)
  return {
    counters: redisCounters({ client, whenDown: inDatabase }),
    inRedis: createRedisCounterList({ client }),
    close: async () => client.destroy(),
  }
}
