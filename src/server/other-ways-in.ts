import type { Kysely } from 'kysely'
import type { Schema, UserRow } from '../storage/schema.ts'
import type { Settings } from './settings.ts'

/** Whether a user gets in without a password and without another provider: by a passkey, or by a code in a mail. */
export function createOtherWaysIn(
  settings: Pick<Settings, 'emailCodes'>,
): (database: Kysely<Schema>, user: UserRow) => Promise<boolean> {
  return async (database, user) => {
    if (settings.emailCodes && user.email !== null && user.email_verified === 1) return true
    const passkeys = database.selectFrom('passkeys').select('id').where('user_id', '=', user.id).limit(1)
    return (await passkeys.executeTakeFirst()) !== undefined
  }
}
