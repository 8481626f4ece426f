import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'

/**
 * Throws `RequestRefused` (`conflict`) where a user is the only active owner of an organisation, which would have none without them.
 * To be called first in the unit: organisations are held before users, wherever both are, so that two owners who go at once do
 * not both succeed.
 */
export async function keepOwners(
  unit: Transaction<Schema>,
  dialect: Database['dialect'],
  userId: bigint,
): Promise<void> {
  const query = unit
    .selectFrom('organisations')
    .select(['organisations.id', 'organisations.name'])
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('organisation_members')
          .select('user_id')
          .whereRef('organisation_members.organisation_id', '=', 'organisations.id')
          .where('organisation_members.user_id', '=', userId)
          .where('organisation_members.standing', '=', 'owner'),
      ),
    )
    // In one order, so that none waits for another in a circle.
    .orderBy('organisations.id')
  // SQLite runs one unit after the other anyway, and has no such clause.
  for (const { id, name } of await (dialect === 'postgres' ? query.forUpdate() : query).execute()) {
    const other = await unit
      .selectFrom('organisation_members')
      .innerJoin('users', 'users.id', 'organisation_members.user_id')
      .select('user_id')
      // Who cannot sign in looks after nothing.
      .where('users.is_active', '=', 1)
      .where('organisation_id', '=', id)
      .where('standing', '=', 'owner')
      .where('user_id', '!=', userId)
      .limit(1)
      .executeTakeFirst()
    if (other !== undefined) continue
    throw new RequestRefused(
      'conflict',
      `They are the only active owner of ${name}. Make somebody else an owner first, or delete that organisation.`,
    )
  }
}
