import { formatId } from '../storage/id.ts'
import type { ClientRow } from '../storage/schema.ts'
import { clientOf, type OAuthClient } from './client.ts'

/** A client as administrators see it: everything that is registered, and nothing that could be used. Times are milliseconds since 1970. */
export interface ClientRecord extends Omit<OAuthClient, 'key' | 'row'> {
  /** The user who answers for it. */
  readonly ownerId: string | null
  readonly organisationId: string | null
  /** Whether an administrator switched it off: then only one switches it on. */
  readonly isHeld: boolean
  readonly hasSecret: boolean
  readonly secretLastUsedAt: number | null
  /** While two secrets are there: what tells when the old one is not needed any more. */
  readonly rotation: SecretRotation | null
  /** When the first of its secrets, keys and certificates ends: see `credentialsEnd`. */
  readonly credentialsEndAt: number | null
  readonly createdAt: number
  readonly updatedAt: number
}

export interface SecretRotation {
  /** When the old secret stops working by itself; `null`: not before the rotation is finished. */
  readonly endsAt: number | null
  readonly oldLastUsedAt: number | null
  readonly newLastUsedAt: number | null
}

export function clientRecord(row: ClientRow): ClientRecord {
  const { key: _key, row: _row, ...client } = clientOf(row)
  const { secret_last_used_at: oldLastUsedAt, next_secret_last_used_at: newLastUsedAt } = row
  const isRotating = row.next_secret_digest !== null
  return {
    ...client,
    ownerId: row.owner_id === null ? null : formatId(row.owner_id),
    organisationId: row.organisation_id === null ? null : formatId(row.organisation_id),
    isHeld: row.is_active === 0 && row.held !== 0,
    hasSecret: row.secret_digest !== null || row.imported_secret_hash !== null,
    secretLastUsedAt: isRotating && (newLastUsedAt ?? 0) > (oldLastUsedAt ?? 0) ? newLastUsedAt : oldLastUsedAt,
    rotation: isRotating ? { endsAt: row.rotation_ends_at, oldLastUsedAt, newLastUsedAt } : null,
    credentialsEndAt: row.credentials_end_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
