import type { Database } from '../storage/database.ts'

export interface CountPeopleOptions {
  readonly database: Pick<Database, 'read'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** How many people allow a client something now, up to a thousand, which stands for more. */
export type CountPeople = (clientId: string) => Promise<number>

export function createCountPeople({ database, clock = Date.now }: CountPeopleOptions): CountPeople {
  return async (clientId) => {
    const people = await database.read
      .selectFrom('grants')
      .innerJoin('clients', 'clients.id', 'grants.client_id')
      .select('grants.user_id')
      .distinct()
      .where('clients.identifier', '=', clientId)
      .where('grants.user_id', 'is not', null)
      .where('grants.revoked_at', 'is', null)
      .where('grants.expires_at', '>', Math.floor(clock()))
      .limit(1000)
      .execute()
    return people.length
  }
}
