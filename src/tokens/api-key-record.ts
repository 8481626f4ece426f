import { formatId } from '../storage/id.ts'
import type { ApiKeyRow } from '../storage/schema.ts'
import type { TokenFormat } from './format.ts'
import { ownerOf } from './owner.ts'
import type { Owner } from './owner.ts'
import { wordsOf } from './principal.ts'

export type ApiKeyMode = 'live' | 'test'

/** An API key in a list. There is nothing in it that could be used. Times are milliseconds since 1970. */
export interface ApiKeyRecord {
  readonly id: string
  readonly owner: Owner
  readonly name: string
  /** What it is for, in the words of whoever made it; empty: they said nothing. */
  readonly purpose: string
  readonly mode: ApiKeyMode
  /** How it begins: `dw_live_0000tIxTOxc_…`. */
  readonly masked: string
  /** What it may do, at most. */
  readonly scopes: readonly string[]
  /** Where it may be used from; empty: anywhere. */
  readonly allowedAddresses: readonly string[]
  /** Its own rate, such as `100/min`; `null` takes that of the server. */
  readonly rate: string | null
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
  readonly lastUsedAddress: string | null
  /** What used it, as it called itself: its word, no proof. */
  readonly lastUsedUserAgent: string | null
  /** Off for now. */
  readonly disabledAt: number | null
  /** Whether an administrator switched it off: then only one switches it on. */
  readonly isHeld: boolean
  /** Off for good. */
  readonly revokedAt: number | null
  /** While two secrets are there: what tells when the old one is not needed any more. */
  readonly rotation: ApiKeyRotation | null
}

export interface ApiKeyRotation {
  /** When the old secret stops working by itself; `null`: not before the rotation is finished. */
  readonly endsAt: number | null
  readonly oldLastUsedAt: number | null
  readonly newLastUsedAt: number | null
}

export function apiKeyRecord(row: ApiKeyRow, format: TokenFormat): ApiKeyRecord {
  const mode = modeOf(row)
  const { last_used_at: oldLastUsedAt, next_last_used_at: newLastUsedAt } = row
  const isRotating = row.next_digest !== null
  return {
    id: formatId(row.id),
    owner: ownerOf(row),
    name: row.name,
    purpose: row.purpose,
    mode,
    masked: format.mask(mode, row.id),
    scopes: wordsOf(row.scopes),
    allowedAddresses: wordsOf(row.allowed_addresses),
    rate: row.rate,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: isRotating && (newLastUsedAt ?? 0) > (oldLastUsedAt ?? 0) ? newLastUsedAt : oldLastUsedAt,
    lastUsedAddress: row.last_used_address,
    lastUsedUserAgent: row.last_used_user_agent,
    disabledAt: row.disabled_at,
    isHeld: row.disabled_at !== null && row.held !== 0,
    revokedAt: row.revoked_at,
    rotation: isRotating ? { endsAt: row.rotation_ends_at, oldLastUsedAt, newLastUsedAt } : null,
  }
}

/** What kind of key it is. The column holds nothing else: the database sees to that. */
export function modeOf({ mode }: Pick<ApiKeyRow, 'mode'>): ApiKeyMode {
  return mode === 'test' ? 'test' : 'live'
}
