import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { type Page, type PageOptions, pageSize } from '../storage/keyset.ts'
import type { SessionRow } from '../storage/schema.ts'
import { type Device, toDevice } from './device.ts'
import type { SessionFilter } from './session-filter.ts'
import { isOver } from './session-finder.ts'
import { createSessionWalk, type WalkedSession } from './session-walk.ts'

export type { SessionFilter } from './session-filter.ts'

/** A session as administrators see it. */
export interface SessionRecord extends Device {
  readonly userId: string
  readonly username: string
}

/** The reading side of all sessions, for administration. Those that are over are left out. */
export interface SessionList {
  readonly read: (id: string) => Promise<SessionRecord | null>
  /**
   * Newest first; those of a range of addresses address by address, those before a time by that time, those of an application by
   * the sign-in. An index has each of these orders. Where what is asked for besides leaves few of very many, a page may hold fewer
   * than were asked for and still have a `next`: it is where the search stopped. Throws `TypeError` where the filter's `network`
   * is none.
   */
  readonly page: (filter?: SessionFilter, page?: PageOptions) => Promise<Page<SessionRecord>>
}

export interface SessionListOptions {
  readonly database: Pick<Database, 'read'>
  /** Seconds after which a session that is not used is over: that of `createSessions` (two weeks). */
  readonly idle?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export function createSessionList({ database, idle = 1_209_600, clock = Date.now }: SessionListOptions): SessionList {
  const walk = createSessionWalk({ database, idle, clock })
  return {
    read: async (id) => {
      const wanted = parseId(id)
      if (wanted === null) return null
      const row = await database.read
        .selectFrom('sessions')
        .innerJoin('users', 'users.id', 'sessions.user_id')
        .selectAll('sessions')
        .select('users.username')
        .where('sessions.id', '=', wanted)
        .executeTakeFirst()
      return row === undefined || isOver(row, idle, clock()) ? null : recordOf(row)
    },
    page: async (filter = {}, { after = null, limit } = {}) => {
      const size = pageSize(limit)
      const found: SessionRecord[] = []
      let slices = 0
      let next: string | null = null
      for await (const { rows, reached, placeOf } of walk(filter, { after, most: size + 1 })) {
        slices += 1
        for (const row of rows) {
          if (found.length === size) return { items: found, next }
          found.push(recordOf(row))
          next = placeOf(row)
        }
        if (slices === mostSlices && reached !== null) return { items: found, next: reached }
      }
      return { items: found, next: null }
    },
  }
}

/** How much of an index is looked through for one page: some 25,000 rows. */
const mostSlices = 15

function recordOf(row: Pick<WalkedSession, keyof Omit<SessionRow, 'digest'> | 'username'>): SessionRecord {
  return { ...toDevice(row), userId: formatId(row.user_id), username: row.username }
}
