import type { Database } from '../storage/database.ts'

/**
 * What keeps somebody from deleting their own account, each as a sentence that says what to do: `[]` for nothing. Whether it still
 * holds is asked again, under a lock, when the account goes: see `keepOwners` and `keepOneSuperuser`.
 */
export async function reasonsToStay({ read }: Pick<Database, 'read'>, userId: bigint): Promise<readonly string[]> {
  const superusers = read
    .selectFrom('users')
    .select('id')
    .where('is_superuser', '=', 1)
    .where('is_active', '=', 1)
    // Who is one until a time is none for long: neither are they the last, nor does anybody stay because of them.
    .where('superuser_until', 'is', null)
    .orderBy('id')
    .limit(2)
  const [first, second] = await superusers.execute()
  const isLastSuperuser = first?.id === userId && second === undefined
  const owned = await read
    .selectFrom('organisation_members as own')
    .innerJoin('organisations', 'organisations.id', 'own.organisation_id')
    .select('organisations.name')
    .where('own.user_id', '=', userId)
    .where('own.standing', '=', 'owner')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('organisation_members as other')
            .innerJoin('users', 'users.id', 'other.user_id')
            .select('other.user_id')
            .where('users.is_active', '=', 1)
            .whereRef('other.organisation_id', '=', 'own.organisation_id')
            .where('other.standing', '=', 'owner')
            .where('other.user_id', '<>', userId),
        ),
      ),
    )
    .orderBy('organisations.name')
    .execute()
  return [
    ...(isLastSuperuser ? ['You are the last active superuser. Make somebody else a superuser first.'] : []),
    ...owned.map(
      ({ name }) =>
        `You are the only active owner of ${name}. Make somebody else an owner first, or delete that organisation.`,
    ),
  ]
}
