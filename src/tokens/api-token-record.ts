import type { ApiTokenRow } from '../storage/schema.ts'
import { isAdoptedId } from './adopted-token.ts'
import { authOf, type ApiTokenAuth } from './api-token-finder.ts'
import type { TokenFormat } from './format.ts'
import { type Owner, ownerOf } from './owner.ts'

/** A token in a list. There is nothing in it that could be used. */
export interface ApiTokenRecord extends ApiTokenAuth {
  readonly owner: Owner
  /** How it begins: `dw_pat_0000tIxTOxc_…`; of one that was adopted nothing is known but its length. */
  readonly masked: string
  readonly lastUsedAt: number | null
}

export function apiTokenRecord(row: Omit<ApiTokenRow, 'digest'>, format: TokenFormat): ApiTokenRecord {
  return {
    ...authOf(row),
    owner: ownerOf(row),
    masked: isAdoptedId(row.id) ? '40 hex digits' : format.mask('pat', row.id),
    lastUsedAt: row.last_used_at,
  }
}
