import { sql, type Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import { wantedId } from '../storage/wanted-id.ts'
import type { Schema } from '../storage/schema.ts'

/**
 * Throws `RequestRefused` (`conflict`) where somebody answers for as many applications as people may register for themselves. Call it
 * in a unit that holds them: see `holdOwner`.
 */
export async function checkRoom(unit: Transaction<Schema>, owner: string, most: number): Promise<void> {
  const { count } = await unit
    .selectFrom('clients')
    .select(sql<number>`cast(count(*) as integer)`.as('count'))
    .where('owner_id', '=', wantedId(owner))
    .executeTakeFirstOrThrow()
  if (count < most) return
  throw new RequestRefused(
    'conflict',
    `Nobody may register more than ${most} ${most === 1 ? 'application' : 'applications'}. Delete one that is not needed.`,
  )
}
