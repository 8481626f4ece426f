import type { Transaction } from 'kysely'
import type { Schema } from '../storage/schema.ts'

/**
 * Ends what was granted for one organisation alone, to one of its members or to all: it does not come back with somebody who
 * is invited again. The access tokens that nobody looks up end with `endAccess.claims`. How many there were.
 */
export async function endBoundGrants(
  unit: Transaction<Schema>,
  organisationId: bigint,
  { userId, now }: { readonly userId?: bigint; readonly now: number },
): Promise<number> {
  let query = unit
    .updateTable('grants')
    .set({ revoked_at: now, revoked_for: 'left_organisation' })
    .where('organisation_id', '=', organisationId)
    .where('revoked_at', 'is', null)
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  const ended = await query.returning('id').execute()
  return ended.length
}
