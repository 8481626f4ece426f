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
    ${dialect === 'postgres' ? sql`for share of users` : sql``}
  )`
}
