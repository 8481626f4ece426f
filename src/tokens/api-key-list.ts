import { type Expression, expressionBuilder, sql, type SqlBool } from 'kysely'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import { inIndex, type InIndexOptions } from '../storage/index-order.ts'
import { type Page, type PageOptions, pageSize } from '../storage/keyset.ts'
import type { ApiKeyRow, Schema } from '../storage/schema.ts'
import { type FilterPart, slicedPage } from '../storage/sliced-list.ts'
import { apiKeyRecord, type ApiKeyRecord } from './api-key-record.ts'
import type { TokenFormat } from './format.ts'
import { ownedBy, type Owner } from './owner.ts'

/** Which keys. What is left out may be anything. */
export interface ApiKeyFilter {
  readonly owner?: Owner | undefined
  /** `on`: neither switched off nor revoked, whether or not it has expired. */
  readonly state?: 'on' | 'disabled' | 'revoked' | undefined
  /** Only those that end (`true`: the next to end first) or never end (`false`) by themselves, and are not revoked. */
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
  /**
   * Newest first, unless the filter says otherwise, and where it says several things, that does not leave far fewer.
   * Where few of very many match, a page may hold fewer than were asked for and still have a `next`: see `slicedPage`.
   */
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
    page: async (filter = {}, { after, limit } = {}) =>
      slicedPage(
        {
          parts: partsOf(read, filter),
          all: inIndex(read, { table: 'api_keys' }),
          after,
          read: async ({ rows, others, by, wanted }) => {
            let query = read.selectFrom(rows.selectAll('api_keys').as('api_keys')).selectAll('api_keys')
            for (const other of others) query = query.where(other)
            for (const one of by) query = query.orderBy(one)
            return query.limit(wanted).execute()
          },
        },
        pageSize(limit),
        item,
      ),
  }
}

/** Times come first: in the order of ids, keys from long ago are found after all others. */
function partsOf(read: Database['read'], filter: ApiKeyFilter): readonly FilterPart<'api_keys', ApiKeyRow>[] {
  const { owner, state, expires, expiresBefore, expiresAfter, unusedSince, isBroad } = filter
  const is = expressionBuilder<Schema, 'api_keys'>()
  const isAlive = is('revoked_at', 'is', null)
  const parts: FilterPart<'api_keys', ApiKeyRow>[] = []
  const add = (
    condition: Expression<SqlBool>,
    order: Omit<InIndexOptions<'api_keys', ApiKeyRow>, 'table'> = { condition },
  ) => void parts.push({ condition, order: inIndex(read, { table: 'api_keys', ...order }) })

  if (unusedSince !== undefined) {
    const value = { name: 'unused', of: lastUse, ofRow: lastUseOf, isAscending: true, end: unusedSince - 1 }
    add(is.and([isAlive, sql<SqlBool>`${lastUse} < ${unusedSince}`]), { condition: isAlive, value })
  }
  if (expires === false) add(is.and([isAlive, is('expires_at', 'is', null)]))
  else if (expires === true || expiresBefore !== undefined || expiresAfter !== undefined) {
    const [start, end] = [expiresAfter ?? 0, (expiresBefore ?? farAway) - 1]
    const of = sql<number | null>`api_keys.expires_at`
    const value = { name: 'end', of, ofRow: (row: ApiKeyRow) => row.expires_at, isAscending: true, start, end }
    const ends = is.and([isAlive, is('expires_at', 'is not', null)])
    add(is.and([ends, is.between('expires_at', start, end)]), { condition: ends, value })
  }
  if (owner !== undefined) add(is(...ownedBy(owner)))
  if (state === 'revoked') add(is('revoked_at', 'is not', null))
  else if (state !== undefined) add(is.and([isAlive, is('disabled_at', state === 'on' ? 'is' : 'is not', null)]))
  if (isBroad === true) add(is.and([isAlive, broad]))
  return parts
}

/** After all times: milliseconds since 1970, as large as a number gets. */
const farAway = Number.MAX_SAFE_INTEGER

/** In these words in the migration too. */
const broad = sql<boolean>`(' ' || scopes || ' ' like '% admin %' or length(scopes) - length(replace(scopes, ' ', '')) >= 9)`

/** When a key was used last, or was made where it never was. In these words in the migration too. */
const lastUse = sql<number>`coalesce(next_last_used_at, last_used_at, created_at)`

function lastUseOf(row: ApiKeyRow): number {
  return row.next_last_used_at ?? row.last_used_at ?? row.created_at
}
