import type { Database } from '../storage/database.ts'
import type { SessionRow } from '../storage/schema.ts'
import { type Slice, type SlicedRead, slicesOf } from '../storage/sliced-list.ts'
import type { SessionFilter } from './session-filter.ts'
import { everySession, sessionParts } from './session-order.ts'

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

/**
 * Goes through the sessions that are not over; see `slicesOf`. Throws `TypeError` where the filter's `network` is none,
 * `RequestRefused` for an `after` that is none.
 */
export type WalkSessions = (
  filter: SessionFilter,
  from?: Pick<SlicedRead<'sessions', WalkedSession>, 'after' | 'most'>,
) => AsyncGenerator<Slice<WalkedSession>>

export function createSessionWalk(options: SessionWalkOptions): WalkSessions {
  const query = createSessionQuery(options)
  return async function* walk(filter, from = {}) {
    yield* slicesOf({ ...(await query(filter)), ...from })
  }
}

/** How the sessions are read that a filter finds. */
export function createSessionQuery({
  database: { read },
  idle,
  clock,
}: SessionWalkOptions): (filter: SessionFilter) => Promise<SlicedRead<'sessions', WalkedSession>> {
  return async (filter) => ({
    parts: await sessionParts(read, filter),
    all: everySession(read),
    read: async ({ rows, others, by, wanted }) => {
      const now = Math.floor(clock())
      let query = read
        .selectFrom(rows.select(ofSession).as('sessions'))
        .innerJoin('users', 'users.id', 'sessions.user_id')
        .select([...ofSession, ...ofUser])
        .where('sessions.expires_at', '>', now)
        .where('sessions.last_seen_at', '>', now - idle * 1000)
      for (const other of others) query = query.where(other)
      for (const one of by) query = query.orderBy(one)
      return query.limit(wanted).execute()
    },
  })
}

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
