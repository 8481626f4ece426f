import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import type { ClientRow } from '../storage/schema.ts'
import { clientRecord, type ClientRecord } from './client-record.ts'

export interface ClientListOptions {
  /** Only those that this user answers for (all). */
  readonly owner?: string
  /** Only those of this organisation (all). */
  readonly organisation?: string
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
    list: async ({ owner, organisation, after, limit = 50 } = {}) => {
      const size = Math.min(Math.max(Math.trunc(limit) || 1, 1), 200)
      let query = read
        .selectFrom('clients')
        .selectAll()
        .orderBy('id', 'desc')
        .limit(size + 1)
      if (owner !== undefined) query = query.where('owner_id', '=', idOrNone(owner))
      if (organisation !== undefined) query = query.where('organisation_id', '=', idOrNone(organisation))
      if (after !== undefined) query = query.where('id', '<', cursor(after))
      const rows = await query.execute()
      const page = rows.slice(0, size)
      const last = page.at(-1)
      return { clients: page.map(clientRecord), next: rows.length > size && last ? formatId(last.id) : null }
    },
  }
}

export function isTheirs({ owner_id: owner, organisation_id: organisation }: ClientRow, by: OwnedBy): boolean {
  return isSame(owner, by.owner) && isSame(organisation, by.organisation)
}

function isSame(id: bigint | null, wanted: string | undefined): boolean {
  return wanted === undefined || (id !== null && id === parseId(wanted))
}

function cursor(after: string): bigint {
  const id = parseId(after)
  if (id !== null) return id
  throw new RequestRefused('invalid', undefined, { body: { after: ['It has to be the next of the page before.'] } })
}
