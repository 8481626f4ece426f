import { sql } from 'kysely'
import type { Database } from './database.ts'
import { pageOf, type Page, type PageOptions, pageSize } from './keyset.ts'
import { RequestRefused } from '../core/errors.ts'

/** A bucket of a throttle that is not full. */
export interface ThrottleCounter {
  readonly key: string
  /** When it is full again: milliseconds since 1970. */
  readonly fullAt: number
  /** Whether it is in the memory of this process, and counts there alone (false). */
  readonly isLocal?: boolean
}

/** Some of them. `isComplete`: there are no others, but those in the memory of each process. */
export interface ThrottleCounters {
  readonly items: readonly ThrottleCounter[]
  readonly isComplete: boolean
}

/** The buckets that are in use. Those in the memory of each process are not among them. */
export interface ThrottleCounterList {
  /** By key; with `prefix`, only keys that begin so. */
  readonly page: (
    filter?: { readonly prefix?: string | undefined },
    page?: PageOptions,
  ) => Promise<Page<ThrottleCounter> & ThrottleCounters>
  /** Those that are full again last, which is who has to wait longest. */
  readonly top: (limit: number) => Promise<ThrottleCounters>
  /** Fills all up whose keys begin so, and tells how many. */
  readonly clear: (prefix: string) => Promise<number>
}

export interface ThrottleCounterListOptions {
  readonly database: Pick<Database, 'read' | 'write'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Those in the database. */
export function createThrottleCounterList(options: ThrottleCounterListOptions): ThrottleCounterList {
  const { database, clock = Date.now } = options

  return {
    page: async ({ prefix = '' } = {}, { after, limit } = {}) => {
      const size = pageSize(limit)
      let query = database.read
        .selectFrom('throttle_counters')
        .select(['key', 'expires_at'])
        .where('expires_at', '>', Math.floor(clock()))
        .orderBy('key')
        .limit(size + 1)
      if (prefix !== '') query = query.where('key', '>=', prefix).where('key', '<', endOf(prefix))
      if (after !== undefined) query = query.where('key', '>', after)
      const found = pageOf(
        await query.execute(),
        size,
        (row) => ({ key: row.key, fullAt: row.expires_at }),
        (row) => row.key,
      )
      return { ...found, isComplete: true }
    },
    top: async (limit) => {
      const rows = await database.read
        .selectFrom('throttle_counters')
        .select(['key', 'expires_at'])
        .where('expires_at', '>', Math.floor(clock()))
        // What is remembered for weeks is no limit that anybody is at: see `throttling/guessing.ts`. In the words of the index.
        .where(sql<boolean>`key not like 'guess.known:%'`)
        .orderBy('expires_at', 'desc')
        .limit(limit)
        .execute()
      return { items: rows.map((row) => ({ key: row.key, fullAt: row.expires_at })), isComplete: true }
    },
    clear: async (prefix) => {
      if (prefix === '')
        throw new RequestRefused('invalid', 'A prefix is needed: all buckets are never filled up at once.')
      return database.write(async (unit) => {
        const gone = await unit
          .deleteFrom('throttle_counters')
          .where('key', '>=', prefix)
          .where('key', '<', endOf(prefix))
          .executeTakeFirst()
        return Number(gone.numDeletedRows)
      })
    },
  }
}

function endOf(prefix: string): string {
  return `${prefix}\u{10ffff}`
}
