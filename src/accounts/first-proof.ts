import type { Transaction } from 'kysely'
import type { Schema } from '../storage/schema.ts'

/**
 * Takes away all that signs in to an account beside its password, when somebody proves for the first time that its address is
 * theirs. Whoever made the account may have been a stranger who gave that address, left a way in of their own, and waits for
 * its owner to come: "account pre-hijacking" (Sudhodanan and Paverd, USENIX Security 2022). What goes by the time of signing
 * out everywhere (sessions, opaque, refresh and access tokens) is ended by the caller.
 */
export async function dropForeignWaysIn(unit: Transaction<Schema>, userId: bigint, now: number): Promise<void> {
  const tables = [
    'linked_accounts',
    'pending_links',
    'passkeys',
    'totp_devices',
    'totp_enrolments',
    'recovery_codes',
    'trusted_browsers',
    'pending_sign_ins',
  ] as const
  for (const table of tables) await unit.deleteFrom(table).where('user_id', '=', userId).execute()
  for (const table of ['api_keys', 'client_certificates'] as const) {
    const live = unit.updateTable(table).set({ revoked_at: now }).where('user_id', '=', userId)
    await live.where('revoked_at', 'is', null).execute()
  }
}
