import { sql } from 'kysely'
import type { Found } from '../core/authenticator.ts'
import type { ServiceAccount, User } from '../core/identity.ts'
import { equalBytes } from '../crypto/compare.ts'
import { digest } from '../crypto/digest.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { ApiTokenRow } from '../storage/schema.ts'
import { adoptedId, isAdoptable } from './adopted-token.ts'
import type { TokenFormat } from './format.ts'
import { principalColumns, toPrincipal } from './principal.ts'
import type { PrincipalColumns } from './principal.ts'
import { createTouches } from './touches.ts'

export interface ApiTokenFinderOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** Seconds that a token lives; `null`: until it is revoked (null). */
  readonly lifetime?: number | null
  /**
   * Whether each use lets a token live for another `lifetime` (false). `interval`: seconds by which the end has to move
   * before it is written (60); `max`: seconds from its making that no token outlives (none).
   */
  readonly extend?: false | { readonly interval?: number; readonly max?: number }
  /** Seconds that `last used` may be behind (60). */
  readonly precision?: number
  /** Hears why a token was refused, for the log. Callers are told nothing of it (nothing). */
  readonly onRefused?: (refusal: { readonly id: string | null; readonly reason: ApiTokenRefusal }) => void
  /** Hears of `last used` that could not be written (nothing). */
  readonly onError?: (error: unknown) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** `malformed`: no token of ours; `unknown`: no row; `wrong`: the row of another secret; `owner`: inactive or signed out. */
export type ApiTokenRefusal = 'malformed' | 'unknown' | 'wrong' | 'expired' | 'owner'

/** A token, as `identity.auth`. Times are milliseconds since 1970. */
export interface ApiTokenAuth {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  /** `null`: it does not expire. */
  readonly expiresAt: number | null
}

export interface ApiTokenFinder {
  readonly find: (text: string) => Promise<Found<User | ServiceAccount, ApiTokenAuth> | null>
  readonly close: () => Promise<void>
}

/** The reading side of API tokens: one look-up joined with its owner, and uses that are written down later. */
export function createApiTokenFinder(options: ApiTokenFinderOptions): ApiTokenFinder {
  const { database, format, lifetime = null, extend = false, onRefused, clock = Date.now } = options
  const precision = (options.precision ?? 60) * 1000

  const lookup = database.lookup<Row>((read, match) =>
    read
      .selectFrom('api_tokens')
      .leftJoin('users', 'users.id', 'api_tokens.user_id')
      .leftJoin('service_accounts', 'service_accounts.id', 'api_tokens.service_account_id')
      .select([
        'api_tokens.id',
        'api_tokens.digest',
        'api_tokens.name',
        'api_tokens.created_at',
        'api_tokens.expires_at',
        'api_tokens.last_used_at',
      ])
      .select(principalColumns)
      .where(match('api_tokens.id')),
  )

  const touches = createTouches<Touch>({
    database,
    ...(options.onError === undefined ? {} : { onError: options.onError }),
    write: async (unit, rows) => {
      const values = rows.map(
        ([id, { at, until }]) => sql`(cast(${id} as bigint), cast(${at} as bigint), cast(${until} as bigint))`,
      )
      await sql`
        with touched (id, at, until) as (values ${sql.join(values)})
        update api_tokens set
          last_used_at = case when last_used_at >= touched.at then last_used_at else touched.at end,
          expires_at = case when expires_at < touched.until then touched.until else expires_at end
        from touched where api_tokens.id = touched.id
      `.execute(unit)
    },
  })

  async function find(text: string): Promise<Found<User | ServiceAccount, ApiTokenAuth> | null> {
    const token = read(text)
    if (token === null) return refuse(null, 'malformed')
    const row = await lookup(token.id)
    if (row === null) return refuse(token.id, 'unknown')
    if (!equalBytes(row.digest, token.digest)) return refuse(token.id, 'wrong')
    const now = Math.floor(clock())
    if (row.expires_at !== null && now >= row.expires_at) return refuse(token.id, 'expired')
    const principal = toPrincipal(row, row.created_at, now)
    if (principal === null) return refuse(token.id, 'owner')
    used(row, now)
    return { principal, auth: authOf(row) }
  }

  function read(text: string): { readonly id: bigint; readonly digest: Uint8Array } | null {
    if (isAdoptable(text)) return { id: adoptedId(text), digest: digest(text) }
    const parsed = format.parse(text)
    return parsed?.kind === 'pat' ? parsed : null
  }

  function refuse(id: bigint | null, reason: ApiTokenRefusal): null {
    onRefused?.({ id: id === null ? null : formatId(id), reason })
    return null
  }

  function used(row: Row, now: number): void {
    const until = extendedEnd(row, now)
    if (until === null && row.last_used_at !== null && now - row.last_used_at < precision) return
    touches.touch(row.id, { at: now, until })
  }

  /** The later end that a use brings, where it is worth writing. */
  function extendedEnd({ created_at: createdAt, expires_at: expiresAt }: Row, now: number): number | null {
    if (extend === false || lifetime === null || expiresAt === null) return null
    const { interval = 60, max = Infinity } = extend
    const until = Math.floor(Math.min(now + lifetime * 1000, createdAt + max * 1000))
    return until - expiresAt > interval * 1000 ? until : null
  }

  return { find, close: touches.close }
}

export function authOf(row: Pick<ApiTokenRow, 'id' | 'name' | 'created_at' | 'expires_at'>): ApiTokenAuth {
  return { id: formatId(row.id), name: row.name, createdAt: row.created_at, expiresAt: row.expires_at }
}

type Row = Omit<ApiTokenRow, 'user_id' | 'service_account_id'> & PrincipalColumns

interface Touch {
  readonly at: number
  /** The end that the use brings; `null` leaves it. */
  readonly until: number | null
}
