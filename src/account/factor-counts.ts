import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { FactorCounts } from './overview.ts'

/** Counts what second factors somebody has, for a look at their account. */
export async function factorCounts({ read }: Pick<Database, 'read'>, userId: string): Promise<FactorCounts> {
  const user = parseId(userId)
  if (user === null) return { passkeys: 0, hasAuthenticatorApp: false, recoveryCodes: 0 }
  const [passkeys, app, codes] = await Promise.all([
    read.selectFrom('passkeys').select('id').where('user_id', '=', user).execute(),
    read.selectFrom('totp_devices').select('user_id').where('user_id', '=', user).executeTakeFirst(),
    read.selectFrom('recovery_codes').select('id').where('user_id', '=', user).where('used_at', 'is', null).execute(),
  ])
  return { passkeys: passkeys.length, hasAuthenticatorApp: app !== undefined, recoveryCodes: codes.length }
}
