import type { Transaction } from 'kysely'
import type { Schema } from '../storage/schema.ts'

/**
 * Takes away the ways in that were put on an account from a time on, and whatever waits to become one: for an owner who takes
 * it back from somebody who was in it. A second factor of theirs would lock the owner out, a passkey or a key let them in
 * again. What is older stays, so that nobody gets rid of a second factor by this.
 */
export async function dropRecentWaysIn(
  unit: Transaction<Schema>,
  userId: bigint,
  { since, now }: { readonly since: number; readonly now: number },
): Promise<void> {
  for (const table of ['linked_accounts', 'passkeys', 'totp_devices', 'recovery_codes'] as const) {
    await unit.deleteFrom(table).where('user_id', '=', userId).where('created_at', '>=', since).execute()
  }
  // Else an application of theirs would be given everything without a question, once the owner opens a link.
  const allowed = unit.deleteFrom('consents').where('user_id', '=', userId)
  await allowed.where('updated_at', '>=', since).execute()
  for (const table of ['pending_links', 'totp_enrolments', 'trusted_browsers', 'pending_sign_ins'] as const) {
    await unit.deleteFrom(table).where('user_id', '=', userId).execute()
  }
  for (const table of ['api_keys', 'client_certificates'] as const) {
    const recent = unit.updateTable(table).set({ revoked_at: now }).where('user_id', '=', userId)
    await recent.where('created_at', '>=', since).where('revoked_at', 'is', null).execute()
  }
}
