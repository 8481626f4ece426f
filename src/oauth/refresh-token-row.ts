import { type RawBuilder, sql } from 'kysely'
import { isOver } from '../accounts/session-finder.ts'
import type { Database, Lookup } from '../storage/database.ts'
import type { GrantTokenRow } from '../storage/schema.ts'
import { userColumns } from '../tokens/principal.ts'
import { type GrantColumns, grantColumns } from './grant-columns.ts'

/** A refresh token with its grant, its user, and the session that it may need. */
export interface FoundRefreshToken extends Omit<GrantTokenRow, 'grant_id' | 'asked_by' | 'answer'>, GrantColumns {
  readonly session_last_seen_at: number | null
  readonly session_expires_at: number | null
}

export function refreshTokenLookup({ lookup }: Pick<Database, 'lookup'>): Lookup<FoundRefreshToken> {
  return lookup<FoundRefreshToken>((read, match) =>
    read
      .selectFrom('grant_tokens')
      .innerJoin('grants', 'grants.id', 'grant_tokens.grant_id')
      .innerJoin('users', 'users.id', 'grants.user_id')
      .select([
        'grant_tokens.id',
        'grant_tokens.digest',
        'grant_tokens.confirmation',
        'grant_tokens.created_at',
        'grant_tokens.expires_at',
        'grant_tokens.spent_at',
        'grant_tokens.next_id',
        ofSession('last_seen_at').as('session_last_seen_at'),
        ofSession('expires_at').as('session_expires_at'),
      ])
      .select(grantColumns)
      .select(userColumns)
      .where(match('grant_tokens.id')),
  )
}

/** Of the sessions of the sign-in that a grant ends with. */
function ofSession(column: 'last_seen_at' | 'expires_at'): RawBuilder<number | null> {
  return sql<number | null>`case when grants.is_offline = 0 then (
    select max(${sql.ref(`sessions.${column}`)}) from sessions where sessions.sign_in_id = grants.sign_in_id
  ) end`
}

/**
 * What was granted without `offline_access` ends with its sign-in (OpenID Connect Back-Channel Logout 1.0, section 2.7).
 * `sessionIdle`: the seconds after which a session that is not used is over.
 */
export function isSignInOver(row: FoundRefreshToken, sessionIdle: number, now: number): boolean {
  if (row.grant_is_offline === 1 || row.grant_sign_in_id === null) return false
  const { session_expires_at: expires_at, session_last_seen_at: last_seen_at } = row
  return expires_at === null || last_seen_at === null || isOver({ expires_at, last_seen_at }, sessionIdle, now)
}
