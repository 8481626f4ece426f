import { sql, type Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'

/**
 * Says of a user that there are roles or memberships to look for. Whoever gives one calls it in the same unit, so that
 * requests of all others need not look.
 */
export async function markRoles(unit: Transaction<Schema>, userId: bigint): Promise<void> {
  // Also where the mark is there: it may be taken away in this moment, and that has to come before.
  await unit.updateTable('users').set({ has_roles: 1 }).where('id', '=', userId).execute()
}

/** Takes the mark away where there is nothing left. Whoever takes a role or a membership away calls it after that. */
export async function unmarkRoles(
  unit: Transaction<Schema>,
  { dialect }: Pick<Database, 'dialect'>,
  userId: bigint,
): Promise<void> {
  const query = unit.selectFrom('users').select('id').where('id', '=', userId)
  // What is given in this moment has to be seen by the statement after this one.
  if (dialect === 'postgres') await query.forUpdate().execute()
  await sql`
    update users set has_roles = 0 where id = ${userId}
    and not exists (select 1 from role_grants where role_grants.user_id = users.id)
    and not exists (select 1 from organisation_members where organisation_members.user_id = users.id)
  `.execute(unit)
}
