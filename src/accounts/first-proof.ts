import type { Transaction } from 'kysely'
import type { Schema } from '../storage/schema.ts'

/**
 * Takes away what gets into an account without its password, when somebody proves for the first time that its address is theirs.
 * Whoever made the account may have been a stranger who gave that address, left a way in of their own, and waits for its owner
 * to come: "account pre-hijacking" (Sudhodanan and Paverd, USENIX Security 2022). What goes by the time of signing out
 * everywhere (sessions, opaque, refresh and access tokens) is ended by the caller. Second factors stay, passkeys among them:
 * reading somebody's mail must not be a way around those.
 */
export async function dropForeignWaysIn(unit: Transaction<Schema>, userId: bigint, now: number): Promise<void> {
  // What they allowed an application of theirs would be given it without a question, once the owner opens a link.
  const tables = ['linked_accounts', 'pending_links', 'pending_sign_ins', 'consents', 'organisation_choices'] as const
  for (const table of tables) {
    await unit.deleteFrom(table).where('user_id', '=', userId).execute()
  }
  for (const table of ['api_keys', 'client_certificates'] as const) {
    const live = unit.updateTable(table).set({ revoked_at: now }).where('user_id', '=', userId)
    await live.where('revoked_at', 'is', null).execute()
  }
}
