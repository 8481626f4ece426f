import { setImmediate } from 'node:timers/promises'
import type { Database } from '../storage/database.ts'
import type { SessionRow } from '../storage/schema.ts'
import { networkOfFilter, sessionConditions, type SessionFilter } from './session-filter.ts'

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

/** A part of the table that was looked through. */
export interface WalkedSlice {
  /** What the filter lets through, newest first. */
  readonly rows: readonly WalkedSession[]
  /** The oldest row that was looked at, `null` at the end of the table. */
  readonly reached: bigint | null
}

export type WalkSessions = (
  filter: SessionFilter,
  from: { readonly before: bigint | null; readonly most?: number },
) => AsyncGenerator<WalkedSlice>

/**
 * Goes through the sessions that are not over, newest first, in slices of the table: however many there are and however few
 * match, no statement looks at more than a slice, and between two others get their turn. `most`: rows that are wanted of each
 * slice (all); where a slice has more, the next begins behind the last of them.
 */
export function createSessionWalk({ database: { read }, idle, clock }: SessionWalkOptions): WalkSessions {
  async function endOfSlice(before: bigint | null): Promise<bigint | null> {
    let ids = read.selectFrom('sessions').select('id').orderBy('id', 'desc')
    if (before !== null) ids = ids.where('id', '<', before)
    const row = await ids
      .offset(sliceSize - 1)
      .limit(1)
      .executeTakeFirst()
    return row?.id ?? null
  }

  async function slice(
    filter: SessionFilter,
    before: bigint | null,
    end: bigint | null,
    most: number,
  ): Promise<readonly WalkedSession[]> {
    const now = Math.floor(clock())
    let query = read
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select(columns)
      .where('sessions.expires_at', '>', now)
      .where('sessions.last_seen_at', '>', now - idle * 1000)
      .where(sessionConditions(filter))
      .orderBy('sessions.id', 'desc')
      .limit(most)
    if (before !== null) query = query.where('sessions.id', '<', before)
    if (end !== null) query = query.where('sessions.id', '>=', end)
    return query.execute()
  }

  return async function* walk(filter, { before, most = sliceSize }) {
    const isIn = networkOfFilter(filter)
    const wanted = Math.min(most, sliceSize)
    let at = before
    for (;;) {
      // Those of one user are found by an index, and are few.
      const end = filter.userId === undefined ? await endOfSlice(at) : null
      const rows = await slice(filter, at, end, isIn === null ? wanted : sliceSize)
      const isFull = rows.length === (isIn === null ? wanted : sliceSize)
      const reached = isFull ? (rows.at(-1)?.id ?? end) : end
      yield { rows: isIn === null ? rows : rows.filter(({ address }) => isIn(address)), reached }
      if (reached === null) return
      at = reached
      await setImmediate()
    }
  }
}

const sliceSize = 2000

const columns = [
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
  'users.username',
  'users.is_staff',
  'users.is_superuser',
  'users.staff_until',
  'users.superuser_until',
] as const
