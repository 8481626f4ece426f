import { sql, type Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'

/**
 * Writes to a user whether there is a second factor of theirs: an authenticator app or a passkey. Whoever adds or removes one
 * calls it after that, in the same unit. It is for lists alone; a sign-in looks at the factors themselves.
 */
export async function markSecondFactor(
  unit: Transaction<Schema>,
  { dialect }: Pick<Database, 'dialect'>,
  userId: bigint,
): Promise<void> {
  const query = unit.selectFrom('users').select('id').where('id', '=', userId)
  // What is added in this moment has to be seen by the statement after this one. No stronger lock than the update takes: the rows
  // of factors hold the key of the user, and two that want it alone would wait for each other.
  if (dialect === 'postgres') await query.forNoKeyUpdate().execute()
  await sql`
    update users set has_second_factor = case
      when exists (select 1 from totp_devices where totp_devices.user_id = users.id) then 1
      when exists (select 1 from passkeys where passkeys.user_id = users.id) then 1
      else 0 end
    where id = ${userId}
  `.execute(unit)
}
