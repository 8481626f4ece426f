import { sql } from 'kysely'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import { idBefore, pageOf, placeBefore } from '../storage/keyset.ts'
import type { ClientRow } from '../storage/schema.ts'
import { clientRecord, type ClientRecord } from './client-record.ts'

export interface ClientListOptions {
  /** Only those that this user answers for (all). */
  readonly owner?: string
  /** Only those of this organisation (all). */
  readonly organisation?: string
  /** Only those of which a secret, key or certificate ends after `endsAfter` and before this, the next to end first. Milliseconds since 1970 (all). */
  readonly endsBefore?: number
  readonly endsAfter?: number
  /** `next` of the page before (none: the first page). */
  readonly after?: string
  /** How many, from 1 to 200 (50). */
  readonly limit?: number
}

/** The reading side of clients, for administration. */
export interface ClientList {
  /** By `client_id`; with `owner` or `organisation`, only if it is theirs. */
  readonly find: (id: string, of?: OwnedBy) => Promise<ClientRecord | null>
  /** Newest first. `next` is the `after` of the next page, `null` where there is none. Throws `invalid` for an `after` that is none. */
  readonly list: (
    options?: ClientListOptions,
  ) => Promise<{ readonly clients: readonly ClientRecord[]; readonly next: string | null }>
}

export interface OwnedBy {
  /** The id of a user (anybody). */
  readonly owner?: string
  /** The id of an organisation (any, and none). */
  readonly organisation?: string
}

export function createClientList({ read }: Pick<Database, 'read'>): ClientList {
  return {
    find: async (id, of = {}) => {
      // What no identifier holds is no question for the database, which may refuse it.
      if (!/^[\x20-\x7e]{1,2048}$/.test(id)) return null
      const row = await read.selectFrom('clients').selectAll().where('identifier', '=', id).executeTakeFirst()
      return row === undefined || !isTheirs(row, of) ? null : clientRecord(row)
    },
    list: async ({ owner, organisation, endsBefore, endsAfter = 0, after, limit = 50 } = {}) => {
      const size = Math.min(Math.max(Math.trunc(limit) || 1, 1), 200)
      let query = read
        .selectFrom('clients')
        .selectAll()
        .limit(size + 1)
      if (owner !== undefined) query = query.where('owner_id', '=', idOrNone(owner))
      if (organisation !== undefined) query = query.where('organisation_id', '=', idOrNone(organisation))
      if (endsBefore === undefined) {
        if (after !== undefined) query = query.where('id', '<', idBefore(after))
        query = query.orderBy('id', 'desc')
      } else {
        query = query.where('credentials_end_at', '>', endsAfter).where('credentials_end_at', '<', endsBefore)
        if (after !== undefined) {
          const { value, id } = placeBefore(after)
          query = query.where(sql<boolean>`(credentials_end_at, id) > (${value}, ${id})`)
        }
        query = query.orderBy('credentials_end_at').orderBy('id')
      }
      const place = ({ id, credentials_end_at: end }: ClientRow): string =>
        endsBefore === undefined ? formatId(id) : `${end ?? 0}.${formatId(id)}`
      const { items, next } = pageOf(await query.execute(), size, clientRecord, place)
      return { clients: items, next }
    },
  }
}

export function isTheirs({ owner_id: owner, organisation_id: organisation }: ClientRow, by: OwnedBy): boolean {
  return isSame(owner, by.owner) && isSame(organisation, by.organisation)
}

function isSame(id: bigint | null, wanted: string | undefined): boolean {
  return wanted === undefined || (id !== null && id === parseId(wanted))
}
