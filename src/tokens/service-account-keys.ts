import { sql } from 'kysely'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'

/** The keys of a service account that are neither revoked nor over, and when any of its keys was last used. */
export interface AccountKeys {
  readonly keys: number
  /** Milliseconds since 1970, `null`: never. */
  readonly lastUsedAt: number | null
}

/** Counts them for several at once, by the id of the account; one without a key is left out. */
export type CountAccountKeys = (accountIds: readonly string[]) => Promise<ReadonlyMap<string, AccountKeys>>

export function createCountAccountKeys({
  database: { read },
  clock,
}: {
  readonly database: Pick<Database, 'read'>
  readonly clock: () => number
}): CountAccountKeys {
  return async (accountIds) => {
    const ids = accountIds.map(parseId).filter((id) => id !== null)
    if (ids.length === 0) return new Map()
    const now = Math.floor(clock())
    const live = sql<number>`case when revoked_at is null and (expires_at is null or expires_at > ${now}) then 1 else 0 end`
    const rows = await read
      .selectFrom('api_keys')
      .select(['service_account_id', sql<number | string | bigint>`sum(${live})`.as('keys')])
      .select((of) => of.fn.max<number | string | bigint | null>('last_used_at').as('last_used_at'))
      .where('service_account_id', 'in', ids)
      .groupBy('service_account_id')
      .execute()
    return new Map(
      rows.map(({ service_account_id: id, keys, last_used_at: at }) => [
        formatId(id ?? 0n),
        { keys: Number(keys), lastUsedAt: at === null ? null : Number(at) },
      ]),
    )
  }
}
