import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import { idBefore, type Page, pageOf, type PageOptions, pageSize } from '../storage/keyset.ts'
import type { SessionRow } from '../storage/schema.ts'
import { type Device, toDevice } from './device.ts'

/** A session as administrators see it. */
export interface SessionRecord extends Device {
  readonly userId: string
  readonly username: string
}

/** Which sessions. What is left out may be anything. */
export interface SessionFilter {
  /** The id of a user. */
  readonly userId?: string | undefined
}

/** The reading side of all sessions, for administration. Those that are over are left out. */
export interface SessionList {
  readonly read: (id: string) => Promise<SessionRecord | null>
  /** Newest first. */
  readonly page: (filter?: SessionFilter, page?: PageOptions) => Promise<Page<SessionRecord>>
}

export interface SessionListOptions {
  readonly database: Pick<Database, 'read'>
  /** Seconds after which a session that is not used is over: that of `createSessions` (two weeks). */
  readonly idle?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export function createSessionList(options: SessionListOptions): SessionList {
  const { read } = options.database
  const { idle = 1_209_600, clock = Date.now } = options

  const alive = () => {
    const now = Math.floor(clock())
    return read
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .selectAll('sessions')
      .select('users.username')
      .where('sessions.expires_at', '>', now)
      .where('sessions.last_seen_at', '>', now - idle * 1000)
  }

  return {
    read: async (id) => {
      const wanted = parseId(id)
      if (wanted === null) return null
      const row = await alive().where('sessions.id', '=', wanted).executeTakeFirst()
      return row === undefined ? null : recordOf(row)
    },
    page: async ({ userId } = {}, { after, limit } = {}) => {
      const size = pageSize(limit)
      let query = alive()
        .orderBy('sessions.id', 'desc')
        .limit(size + 1)
      if (after !== undefined) query = query.where('sessions.id', '<', idBefore(after))
      if (userId !== undefined) query = query.where('sessions.user_id', '=', idOrNone(userId))
      return pageOf(await query.execute(), size, recordOf, (row) => formatId(row.id))
    },
  }
}

function recordOf(row: SessionRow & { readonly username: string }): SessionRecord {
  return {
    ...toDevice(row),
    userId: formatId(row.user_id),
    username: row.username,
  }
}
