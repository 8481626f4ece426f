import { sql } from 'kysely'
import type { Found } from '../core/authenticator.ts'
import type { User } from '../core/identity.ts'
import { equalBytes } from '../crypto/compare.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { SessionRow } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { toUser, type UserColumns, userColumns, wordsOf } from '../tokens/principal.ts'
import { createTouches } from '../tokens/touches.ts'

export interface SessionFinderOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** Seconds after which a session that is not used is over. */
  readonly idle: number
  /** Hears of `last seen` that could not be written (nothing). */
  readonly onError?: ((error: unknown) => void) | undefined
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** A browser sign-in, as `identity.auth`. Times are milliseconds since 1970. */
export interface SessionAuth {
  readonly id: string
  readonly createdAt: number
  /** When the person last proved who they are. */
  readonly authenticatedAt: number
  /** The end of it, whatever happens. */
  readonly expiresAt: number
  /** How they proved it, in the names of RFC 8176: `pwd`, `otp`. */
  readonly amr: readonly string[]
  /** The sign-in that it goes back to: it stays when the session gets a new id, or its user proves again who they are. */
  readonly signInId: string
}

export interface SessionFinder {
  readonly find: (value: string) => Promise<Found<User, SessionAuth> | null>
  readonly close: () => Promise<void>
}

/** The reading side of sessions: one look-up joined with its user, and `last seen` that is written down later. */
export function createSessionFinder(options: SessionFinderOptions): SessionFinder {
  const { database, format, idle, clock } = options

  const lookup = database.lookup<Row>((read, match) =>
    read
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select([
        'sessions.id',
        'sessions.digest',
        'sessions.created_at',
        'sessions.last_seen_at',
        'sessions.expires_at',
        'sessions.authenticated_at',
        'sessions.amr',
        'sessions.sign_in_id',
      ])
      .select(userColumns)
      .where(match('sessions.id')),
  )

  const touches = createTouches<number>({
    database,
    interval: 2000,
    ...(options.onError === undefined ? {} : { onError: options.onError }),
    write: async (unit, rows) => {
      const values = rows.map(([id, at]) => sql`(cast(${id} as bigint), cast(${at} as bigint))`)
      await sql`
        with touched (id, at) as (values ${sql.join(values)})
        update sessions set last_seen_at = touched.at from touched
        where sessions.id = touched.id and sessions.last_seen_at < touched.at
      `.execute(unit)
    },
  })

  return {
    find: async (value) => {
      const token = format.parse(value)
      if (token?.kind !== 'ses') return null
      const row = await lookup(token.id)
      if (row === null || !equalBytes(row.digest, token.digest)) return null
      const now = clock()
      const principal = isOver(row, idle, now) ? null : toUser(row, row.created_at, now)
      if (principal === null) return null
      if (now - row.last_seen_at >= precision) touches.touch(row.id, Math.floor(now))
      return { principal, auth: authOf(row) }
    },
    close: async () => touches.close(),
  }
}

/** Whether a session has reached one of its two ends. `idle` in seconds. */
export function isOver(row: Pick<SessionRow, 'expires_at' | 'last_seen_at'>, idle: number, now: number): boolean {
  return now >= row.expires_at || now >= row.last_seen_at + idle * 1000
}

export function authOf(
  row: Pick<SessionRow, 'id' | 'created_at' | 'authenticated_at' | 'expires_at' | 'amr' | 'sign_in_id'>,
): SessionAuth {
  return {
    id: formatId(row.id),
    createdAt: row.created_at,
    authenticatedAt: row.authenticated_at,
    expiresAt: row.expires_at,
    amr: wordsOf(row.amr),
    signInId: formatId(row.sign_in_id),
  }
}

/** With the two seconds until a batch is written, an idle end is never wrong by more than four. In milliseconds. */
const precision = 2000

type Row = Omit<SessionRow, 'user_id' | 'address' | 'user_agent'> & UserColumns
