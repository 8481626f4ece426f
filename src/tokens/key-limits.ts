import { sql, type Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import type { ApiKeyRow, Schema } from '../storage/schema.ts'
import { ownerOf } from './owner.ts'

export interface KeyLimitOptions {
  /** How many keys a user may have that are neither revoked nor over; `null`: any number (100). */
  readonly mostPerUser?: number | null | undefined
  /** The same for a service account (100). */
  readonly mostPerServiceAccount?: number | null | undefined
}

/** What keys of one owner are bounded by together. Both throw `RequestRefused`. */
export interface KeyLimits {
  /** `conflict` where the owner has as many as they may. */
  readonly checkRoom: (reader: Reader, row: ApiKeyRow, now: number) => Promise<void>
  /** `invalid` where another key of the owner is called the same, which is neither revoked nor over. */
  readonly checkName: (reader: Reader, row: ApiKeyRow, now: number) => Promise<void>
}

type Reader = Transaction<Schema> | Database['read']

/** Call them in a unit that holds the owner: see `holdOwner`. */
export function createKeyLimits(options: KeyLimitOptions): KeyLimits {
  const { mostPerUser = 100, mostPerServiceAccount = 100 } = options

  return {
    checkRoom: async (reader, row, now) => {
      const most = row.user_id === null ? mostPerServiceAccount : mostPerUser
      if (most === null) return
      const count = sql<number>`cast(count(*) as integer)`.as('count')
      const { count: live } = await liveOf(reader, row, now).select(count).executeTakeFirstOrThrow()
      if (live < most) return
      const whose = ownerOf(row).kind === 'user' ? 'Nobody may have' : 'A service account may have no'
      throw new RequestRefused('conflict', `${whose} more than ${most} keys at a time. Revoke one that is not needed.`)
    },

    checkName: async (reader, row, now) => {
      const query = liveOf(reader, row, now).select('id').where('name', '=', row.name).where('id', '!=', row.id)
      const same = await query.limit(1).executeTakeFirst()
      if (same === undefined) return
      const message = 'Another key is called so. Choose a name by which to tell them apart.'
      throw new RequestRefused('invalid', message, { body: { name: [message] } })
    },
  }
}

/** The keys of the owner of a key that can be used, or be switched on again. */
function liveOf(reader: Reader, { user_id: user, service_account_id: account }: ApiKeyRow, now: number) {
  const [column, id] = user === null ? (['service_account_id', account] as const) : (['user_id', user] as const)
  return (reader as Database['read'])
    .selectFrom('api_keys')
    .where(column, '=', id)
    .where('revoked_at', 'is', null)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]))
}
