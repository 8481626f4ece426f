import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { idBefore, type Page, type PageOptions, pageSize } from '../storage/keyset.ts'
import { type Device, toDevice } from './device.ts'
import type { SessionFilter } from './session-filter.ts'
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
   * Newest first. Where few of very many match, a page may hold fewer than were asked for and still have a `next`: it is where the
   * search stopped. Throws `TypeError` where the filter's `network` is none.
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
      for await (const { rows } of walk({}, { before: wanted + 1n, most: 1 })) {
        const [row] = rows
        return row?.id === wanted ? recordOf(row) : null
      }
      return null
    },
    page: async (filter = {}, { after, limit } = {}) => {
      const size = pageSize(limit)
      const before = after === undefined ? null : idBefore(after)
      const found: WalkedSession[] = []
      let slices = 0
      for await (const { rows, reached } of walk(filter, { before, most: size + 1 })) {
        found.push(...rows)
        slices += 1
        if (found.length > size) break
        if (slices === mostSlices && reached !== null) return { items: found.map(recordOf), next: formatId(reached) }
      }
      const items = found.slice(0, size)
      const last = items.at(-1)
      const next = found.length > size && last !== undefined ? formatId(last.id) : null
      return { items: items.map(recordOf), next }
    },
  }
}

/** How much of the table is looked through for one page: a hundred thousand rows. */
const mostSlices = 50

function recordOf(row: WalkedSession): SessionRecord {
  return { ...toDevice(row), userId: formatId(row.user_id), username: row.username }
}
