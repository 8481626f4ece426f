import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { type Page, type PageOptions, pageSize } from '../storage/keyset.ts'
import type { SessionRow } from '../storage/schema.ts'
import { slicedPage } from '../storage/sliced-list.ts'
import { type Device, toDevice } from './device.ts'
import type { SessionFilter } from './session-filter.ts'
import { isOver } from './session-finder.ts'
import { createSessionQuery, type WalkedSession } from './session-walk.ts'

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
  const query = createSessionQuery({ database, idle, clock })
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
    page: async (filter = {}, { after, limit } = {}) =>
      slicedPage({ ...(await query(filter)), after }, pageSize(limit), recordOf),
  }
}

function recordOf(row: Pick<WalkedSession, keyof Omit<SessionRow, 'digest'> | 'username'>): SessionRecord {
  return { ...toDevice(row), userId: formatId(row.user_id), username: row.username }
}
