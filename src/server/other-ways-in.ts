import type { Kysely } from 'kysely'
import type { Schema } from '../storage/schema.ts'
import { passkeyDomainOf } from './relying-party.ts'
import type { Settings } from './settings.ts'

/** Whether a user gets in in some other way, so that one can be taken from them. */
export type HasWayIn = (database: Kysely<Schema>, userId: bigint) => Promise<boolean>

/** By a passkey that was made for the domain of this site, or by a code in a mail. */
export function createByPasskeyOrMail(
  settings: Pick<Settings, 'emailCodes' | 'publicUrl' | 'passkeyDomain'>,
): HasWayIn {
  const rpId = passkeyDomainOf(settings)
  return async (database, userId) => {
    const passkeys = database.selectFrom('passkeys').select('id').where('user_id', '=', userId).limit(1)
    if ((await passkeys.where('rp_id', '=', rpId).executeTakeFirst()) !== undefined) return true
    if (!settings.emailCodes) return false
    const users = database.selectFrom('users').select('id').where('id', '=', userId).where('email_verified', '=', 1)
    return (await users.executeTakeFirst()) !== undefined
  }
}

/** By an account elsewhere, of a provider that is offered. */
export function createByProvider(settings: Pick<Settings, 'signInProviders'>): HasWayIn {
  const offered = settings.signInProviders.map(({ id }) => id)
  return async (database, userId) => {
    if (offered.length === 0) return false
    const links = database.selectFrom('linked_accounts').select('id').where('user_id', '=', userId).limit(1)
    return (await links.where('provider', 'in', offered).executeTakeFirst()) !== undefined
  }
}
