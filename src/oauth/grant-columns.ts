import { boundUser } from '../tokens/bound-user.ts'
import { toUser, type UserColumns, wordsOf } from '../tokens/principal.ts'
import type { User } from '../core/identity.ts'
import type { Grant, GrantDetail } from './grants.ts'

/** A grant and its user, in the row of what hangs on it. */
export interface GrantColumns extends UserColumns {
  readonly grant_id: bigint
  readonly grant_client_id: bigint
  readonly grant_sign_in_id: bigint | null
  readonly grant_scopes: string
  readonly grant_resources: string
  readonly grant_is_offline: number
  readonly grant_created_at: number
  readonly grant_expires_at: number
  readonly grant_revoked_at: number | null
  readonly grant_detail: string
  readonly grant_organisation_id: bigint | null
  readonly grant_last_used_at: number | null
}

/** For a query that has `grants` in it, beside `userColumns`. */
export const grantColumns = [
  'grants.id as grant_id',
  'grants.client_id as grant_client_id',
  'grants.sign_in_id as grant_sign_in_id',
  'grants.scopes as grant_scopes',
  'grants.resources as grant_resources',
  'grants.is_offline as grant_is_offline',
  'grants.created_at as grant_created_at',
  'grants.expires_at as grant_expires_at',
  'grants.revoked_at as grant_revoked_at',
  'grants.detail as grant_detail',
  'grants.organisation_id as grant_organisation_id',
  'grants.last_used_at as grant_last_used_at',
] as const

/** Reads the grant from such a row. */
export function grantIn(row: GrantColumns): Grant {
  return {
    id: row.grant_id,
    clientKey: row.grant_client_id,
    userId: row.user_id ?? 0n,
    signInId: row.grant_sign_in_id,
    scopes: wordsOf(row.grant_scopes),
    resources: wordsOf(row.grant_resources),
    isOffline: row.grant_is_offline === 1,
    createdAt: row.grant_created_at,
    expiresAt: row.grant_expires_at,
    detail: JSON.parse(row.grant_detail) as GrantDetail,
    organisationId: row.grant_organisation_id,
    lastUsedAt: row.grant_last_used_at,
  }
}

/** The user of the grant, `null` where they may not any more, or are not in its organisation. */
export function grantUserIn(row: GrantColumns, now: number): User | null {
  return boundUser(toUser(row, row.grant_created_at, now), row.grant_organisation_id)
}

/** Whether the grant in such a row has neither been ended nor run out. */
export function isGrantAlive(row: GrantColumns, now: number): boolean {
  return row.grant_revoked_at === null && now < row.grant_expires_at
}
