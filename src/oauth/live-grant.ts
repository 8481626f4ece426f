import { type RawBuilder, sql, type SqlBool } from 'kysely'
import type { Database } from '../storage/database.ts'

/**
 * A condition for the statement that uses something of a grant up: the grant has not ended, and its user is active and has
 * not signed out everywhere since. On PostgreSQL, what ends a user's access at this moment is waited for, so that nothing
 * slips through beside it.
 */
export function grantIsLive(
  { dialect }: Pick<Database, 'dialect'>,
  table: 'authorization_codes' | 'device_codes' | 'grant_tokens',
): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (
    select 1 from grants join users on users.id = grants.user_id
    where grants.id = ${sql.ref(`${table}.grant_id`)} and grants.revoked_at is null
    and users.is_active = 1 and (users.signed_out_at is null or users.signed_out_at < grants.created_at)
    ${table === 'authorization_codes' ? signInGoesOn : sql``}
    ${dialect === 'postgres' ? sql`for share of users` : sql``}
  )`
}

/**
 * What lives as long as a sign-in needs one that goes on: where somebody signs out in the moment between the look at their
 * session and the code, what ends then is not there yet (OpenID Connect Back-Channel Logout 1.0, section 2.7).
 */
const signInGoesOn = sql`and (
  grants.is_offline = 1 or grants.sign_in_id is null
  or exists (select 1 from sessions where sessions.sign_in_id = grants.sign_in_id)
)`
