import { type SelectQueryBuilder, sql } from 'kysely'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { idBefore, type Page, pageOf, type PageOptions, pageSize, placeBefore } from '../storage/keyset.ts'
import type { ApiKeyRow, Schema } from '../storage/schema.ts'
import { apiKeyRecord, type ApiKeyRecord } from './api-key-record.ts'
import type { TokenFormat } from './format.ts'
import { ownedBy, type Owner } from './owner.ts'

/** Which keys. What is left out may be anything. */
export interface ApiKeyFilter {
  readonly owner?: Owner | undefined
  /** `on`: neither switched off nor revoked, whether or not it has expired. */
  readonly state?: 'on' | 'disabled' | 'revoked' | undefined
  /** Only those that end (`true`) or never end (`false`) by themselves, and are not revoked. */
  readonly expires?: boolean | undefined
  /** Only those that end before this time, and are not revoked: the next to end first. Milliseconds since 1970. */
  readonly expiresBefore?: number | undefined
  /** With `expiresBefore`: those that have ended by this time are left out. */
  readonly expiresAfter?: number | undefined
  /** Only those not used since this time, nor made since, and not revoked: the longest unused first. */
  readonly unusedSince?: number | undefined
  /** Only those that may do much (the scope `admin`, or ten scopes and more) and are not revoked. */
  readonly isBroad?: boolean | undefined
}

/** The reading side of API keys, for administration. */
export interface ApiKeyList {
  readonly read: (id: string) => Promise<ApiKeyRecord | null>
  /** Newest first, unless the filter says otherwise. Each page costs the same, however many keys there are. */
  readonly page: (filter?: ApiKeyFilter, page?: PageOptions) => Promise<Page<ApiKeyRecord>>
}

export interface ApiKeyListOptions {
  readonly database: Pick<Database, 'read'>
  readonly format: TokenFormat
}

export function createApiKeyList({ database: { read }, format }: ApiKeyListOptions): ApiKeyList {
  const item = (row: ApiKeyRow): ApiKeyRecord => apiKeyRecord(row, format)

  return {
    read: async (id) => {
      const wanted = parseId(id)
      if (wanted === null) return null
      const row = await read.selectFrom('api_keys').selectAll().where('id', '=', wanted).executeTakeFirst()
      return row === undefined ? null : item(row)
    },
    page: async (filter = {}, { after, limit } = {}) => {
      const size = pageSize(limit)
      const order = orderOf(filter)
      const rows = await order
        .of(filtered(read.selectFrom('api_keys').selectAll(), filter), after)
        .limit(size + 1)
        .execute()
      return pageOf(rows, size, item, order.place)
    },
  }
}

type Rows = SelectQueryBuilder<Schema, 'api_keys', ApiKeyRow>

function filtered(
  query: Rows,
  { owner, state, expires, expiresBefore, expiresAfter, unusedSince, isBroad }: ApiKeyFilter,
): Rows {
  let rows = query
  if (owner !== undefined) rows = rows.where(...ownedBy(owner))
  if (state === 'revoked') rows = rows.where('revoked_at', 'is not', null)
  else if (state !== undefined) {
    rows = rows.where('revoked_at', 'is', null).where('disabled_at', state === 'on' ? 'is' : 'is not', null)
  }
  if (expires !== undefined || expiresBefore !== undefined || expiresAfter !== undefined) {
    rows = rows.where('revoked_at', 'is', null).where('expires_at', expires === false ? 'is' : 'is not', null)
  }
  if (expiresBefore !== undefined) rows = rows.where('expires_at', '<', expiresBefore)
  if (expiresAfter !== undefined) rows = rows.where('expires_at', '>=', expiresAfter)
  if (unusedSince !== undefined)
    rows = rows.where('revoked_at', 'is', null).where(sql<boolean>`${lastUse} < ${unusedSince}`)
  if (isBroad === true) rows = rows.where('revoked_at', 'is', null).where(broad)
  return rows
}

/** In these words in the migration too. */
const broad = sql<boolean>`(' ' || scopes || ' ' like '% admin %' or length(scopes) - length(replace(scopes, ' ', '')) >= 9)`

/** When a key was used last, or was made where it never was. In these words in the migration too. */
const lastUse = sql<number>`coalesce(next_last_used_at, last_used_at, created_at)`

interface Order {
  readonly of: (rows: Rows, after: string | undefined) => Rows
  readonly place: (row: ApiKeyRow) => string
}

function orderOf({ expiresBefore, unusedSince }: ApiKeyFilter): Order {
  if (unusedSince !== undefined) return { of: by(lastUse), place: (row) => placeOf(row, lastUseOf(row)) }
  if (expiresBefore !== undefined)
    return { of: by(sql<number>`expires_at`), place: (row) => placeOf(row, row.expires_at ?? 0) }
  return {
    of: (rows, after) => (after === undefined ? rows : rows.where('id', '<', idBefore(after))).orderBy('id', 'desc'),
    place: ({ id }) => formatId(id),
  }
}

function by(value: typeof lastUse): Order['of'] {
  return (rows, after) => {
    const ordered = rows.orderBy(value).orderBy('id')
    if (after === undefined) return ordered
    const place = placeBefore(after)
    return ordered.where(sql<boolean>`(${value}, id) > (${place.value}, ${place.id})`)
  }
}

function lastUseOf(row: ApiKeyRow): number {
  return row.next_last_used_at ?? row.last_used_at ?? row.created_at
}

function placeOf({ id }: ApiKeyRow, value: number): string {
  return `${value}.${formatId(id)}`
}
