import { setImmediate } from 'node:timers/promises'
import type { Database } from '../storage/database.ts'
import type { SessionRow } from '../storage/schema.ts'
import { sessionConditions, type SessionFilter } from './session-filter.ts'
import { orderFor } from './session-order.ts'
import { formatPlace, parsePlace, type SessionPlace } from './session-place.ts'

/** A session and whose it is. */
export type WalkedSession = Omit<SessionRow, 'digest'> & {
  readonly username: string
  readonly is_staff: number
  readonly is_superuser: number
  readonly staff_until: number | null
  readonly superuser_until: number | null
}

export interface SessionWalkOptions {
  readonly database: Pick<Database, 'read'>
  /** Seconds after which a session that is not used is over. */
  readonly idle: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** A part of an index that was looked through. */
export interface WalkedSlice {
  /** What the filter lets through, newest first in the order of the index. */
  readonly rows: readonly WalkedSession[]
  /** The place where it ends, `null` at the end of all. */
  readonly reached: string | null
  /** The place of a row: where the next page begins behind it. */
  readonly placeOf: (row: WalkedSession) => string
}

export type WalkSessions = (
  filter: SessionFilter,
  from: { readonly after: string | null; readonly most?: number },
) => AsyncGenerator<WalkedSlice>

/**
 * Goes through the sessions that are not over in slices of the index that has what the filter finds: however many there are and
 * however few match, no statement looks at more than a slice, and between two others get their turn. `most`: rows that are wanted
 * of each slice (all); where a slice has more, the next begins behind the last of them. Throws `TypeError` where the filter's
 * `network` is none, `RequestRefused` for an `after` that is none.
 */
export function createSessionWalk({ database: { read }, idle, clock }: SessionWalkOptions): WalkSessions {
  return async function* walk(filter, { after, most = mostOfSlice }) {
    let from = after === null ? null : parsePlace(after)
    const order = await orderFor(read, filter, from)
    const { part, by, endOfSlice, placeOf } = order
    const others = [...sessionConditions(filter)].filter(([name]) => name !== part).map(([, condition]) => condition)
    const wanted = Math.min(most, mostOfSlice)
    let size = Math.min(wanted * 4, mostOfSlice)

    async function slice(to: SessionPlace | null): Promise<readonly WalkedSession[]> {
      const now = Math.floor(clock())
      // With a limit, so that the slice is read first and the rest asked of its rows: PostgreSQL takes what is rare by itself for
      // rarer still together, and would rather go through all that one of the others lets through.
      const rows = order
        .slice(from, to)
        .select(ofSession)
        .limit(2 * mostOfSlice)
      let query = read
        .selectFrom(rows.as('sessions'))
        .innerJoin('users', 'users.id', 'sessions.user_id')
        .select([...ofSession, ...ofUser])
        .where('sessions.expires_at', '>', now)
        .where('sessions.last_seen_at', '>', now - idle * 1000)
      for (const condition of others) query = query.where(condition)
      for (const one of by) query = query.orderBy(one)
      return query.limit(wanted).execute()
    }

    for (;;) {
      const to = await endOfSlice(from, size)
      const rows = await slice(to)
      const last = rows.at(-1)
      const reached = rows.length === wanted && last !== undefined ? placeOf(last) : to
      yield {
        rows,
        reached: reached === null ? null : formatPlace(reached),
        placeOf: (row) => formatPlace(placeOf(row)),
      }
      if (reached === null) return
      from = reached
      size = Math.min(2 * size, mostOfSlice)
      await setImmediate()
    }
  }
}

/** Rows. The first slices are smaller where few are wanted: most pages are full with the first. */
const mostOfSlice = 2000

const ofSession = [
  'sessions.id',
  'sessions.user_id',
  'sessions.created_at',
  'sessions.last_seen_at',
  'sessions.expires_at',
  'sessions.authenticated_at',
  'sessions.amr',
  'sessions.address',
  'sessions.user_agent',
  'sessions.sign_in_id',
  'sessions.address_key',
] as const

const ofUser = [
  'users.username',
  'users.is_staff',
  'users.is_superuser',
  'users.staff_until',
  'users.superuser_until',
] as const
