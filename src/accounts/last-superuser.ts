import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'

/**
 * Makes units that may take a superuser away run one after the other, and throws `RequestRefused` (`conflict`) where this
 * user is the only one left who is active, and one for good: somebody has to be able to open everything. To be called first in the unit, so
 * that two superusers who remove each other at once do not both succeed.
 */
export async function keepOneSuperuser(
  unit: Transaction<Schema>,
  dialect: Database['dialect'],
  userId: bigint,
): Promise<void> {
  const query = unit
    .selectFrom('users')
    .select('id')
    .where('is_superuser', '=', 1)
    .where('is_active', '=', 1)
    // Who is one until a time is none for long.
    .where('superuser_until', 'is', null)
    // In one order, so that none waits for another in a circle.
    .orderBy('id')
  // SQLite runs one unit after the other anyway, and has no such clause.
  const superusers = await (dialect === 'postgres' ? query.forNoKeyUpdate() : query).execute()
  if (superusers.length !== 1 || superusers[0]?.id !== userId) return
  throw new RequestRefused(
    'conflict',
    'This is the last active superuser. Make somebody else a superuser first, then try again.',
  )
}
