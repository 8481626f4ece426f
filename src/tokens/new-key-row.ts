import type { ApiKeyRow } from '../storage/schema.ts'
import type { ApiKeyMode } from './api-key-record.ts'
import { type Owner, ownerColumns } from './owner.ts'

export interface NewKeyRow {
  readonly owner: Owner
  /** Milliseconds since 1970. */
  readonly now: number
  /** Of a key that is made (none: it is only asked whether it could be). */
  readonly id?: bigint
  readonly digest?: Uint8Array
  readonly mode?: ApiKeyMode
}

/** The row of a key that was never used. Throws `RequestRefused` (`invalid`) for an owner that is none. */
export function newKeyRow(
  columns: Partial<ApiKeyRow>,
  { owner, now, id = -1n, digest = new Uint8Array(0), mode = 'live' }: NewKeyRow,
): ApiKeyRow {
  return {
    name: '',
    next_digest: null,
    rotation_ends_at: null,
    scopes: '',
    allowed_addresses: '',
    rate: null,
    expires_at: null,
    last_used_at: null,
    last_used_address: null,
    last_used_user_agent: null,
    next_last_used_at: null,
    disabled_at: null,
    revoked_at: null,
    held: 0,
    purpose: '',
    id,
    digest,
    ...ownerColumns(owner),
    mode,
    created_at: now,
    ...columns,
  }
}
