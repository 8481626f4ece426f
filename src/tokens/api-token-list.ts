import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { idBefore, type Page, pageOf, type PageOptions, pageSize } from '../storage/keyset.ts'
import { apiTokenRecord, type ApiTokenRecord } from './api-token-record.ts'
import type { TokenFormat } from './format.ts'
import { ownedBy, type Owner } from './owner.ts'

/** Which tokens. What is left out may be anything. */
export interface ApiTokenFilter {
  readonly owner?: Owner | undefined
  /** Only those that end (`true`) or never end (`false`) by themselves. */
  readonly expires?: boolean | undefined
}

/** The reading side of API tokens, for administration. */
export interface ApiTokenList {
  readonly read: (id: string) => Promise<ApiTokenRecord | null>
  /** By id: newest first, but for those that were taken over, whose ids say nothing of time. */
  readonly page: (filter?: ApiTokenFilter, page?: PageOptions) => Promise<Page<ApiTokenRecord>>
}

export interface ApiTokenListOptions {
  readonly database: Pick<Database, 'read'>
  readonly format: TokenFormat
}

export function createApiTokenList({ database: { read }, format }: ApiTokenListOptions): ApiTokenList {
  return {
    read: async (id) => {
      const wanted = parseId(id)
      if (wanted === null) return null
      const row = await read.selectFrom('api_tokens').selectAll().where('id', '=', wanted).executeTakeFirst()
      return row === undefined ? null : apiTokenRecord(row, format)
    },
    page: async ({ owner, expires } = {}, { after, limit } = {}) => {
      const size = pageSize(limit)
      let query = read
        .selectFrom('api_tokens')
        .selectAll()
        .orderBy('id', 'desc')
        .limit(size + 1)
      if (after !== undefined) query = query.where('id', '<', idBefore(after))
      if (expires !== undefined) query = query.where('expires_at', expires ? 'is not' : 'is', null)
      if (owner !== undefined) query = query.where(...ownedBy(owner))
      return pageOf(
        await query.execute(),
        size,
        (row) => apiTokenRecord(row, format),
        (row) => formatId(row.id),
      )
    },
  }
}
