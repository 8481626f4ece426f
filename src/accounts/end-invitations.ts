import type { Transaction } from 'kysely'
import type { Schema } from '../storage/schema.ts'

/** An invitation is good for as long as whoever sent it may invite: of somebody who is gone, that could not be told any more. */
export async function endInvitationsOf(unit: Transaction<Schema>, inviter: bigint, now: number): Promise<void> {
  const sent = unit.updateTable('invitations').set({ cancelled_at: now }).where('inviter_id', '=', inviter)
  await sent.where('accepted_at', 'is', null).where('cancelled_at', 'is', null).execute()
}
