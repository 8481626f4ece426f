import type { Database, Lookup } from '../storage/database.ts'
import type { DeviceCodeRow } from '../storage/schema.ts'
import { boundUser } from '../tokens/bound-user.ts'
import { toUser, type UserColumns, userColumns } from '../tokens/principal.ts'
import type { User } from '../core/identity.ts'
import { type Grant, grantOf } from './grants.ts'

/** A device code with the grant and the user that it may have got. */
export interface FoundDeviceCode extends DeviceCodeRow, UserColumns {
  readonly grant_user_id: bigint | null
  readonly grant_created_at: number | null
  readonly grant_expires_at: number | null
  readonly grant_revoked_at: number | null
  readonly grant_is_offline: number | null
  /** What was allowed of what the device asked for. */
  readonly grant_scopes: string | null
  readonly grant_detail: string | null
  readonly grant_organisation_id: bigint | null
  readonly grant_last_used_at: number | null
}

export function deviceCodeLookup({ lookup }: Pick<Database, 'lookup'>): Lookup<FoundDeviceCode> {
  return lookup<FoundDeviceCode>((read, match) =>
    read
      .selectFrom('device_codes')
      .leftJoin('grants', 'grants.id', 'device_codes.grant_id')
      .leftJoin('users', 'users.id', 'grants.user_id')
      .selectAll('device_codes')
      .select([
        'grants.user_id as grant_user_id',
        'grants.created_at as grant_created_at',
        'grants.expires_at as grant_expires_at',
        'grants.revoked_at as grant_revoked_at',
        'grants.is_offline as grant_is_offline',
        'grants.scopes as grant_scopes',
        'grants.detail as grant_detail',
        'grants.organisation_id as grant_organisation_id',
        'grants.last_used_at as grant_last_used_at',
      ])
      .select(userColumns)
      .where(match('device_codes.id')),
  )
}

/** Who has allowed the device, and what came of it: `null` unless both are still good. */
export function approvalOf(row: FoundDeviceCode): { readonly user: User; readonly grant: Grant } | null {
  const { grant_id: id, grant_user_id, grant_created_at, grant_expires_at, grant_detail: detail } = row
  if (id === null || grant_user_id === null || grant_created_at === null || grant_expires_at === null) return null
  const user = boundUser(toUser(row, grant_created_at), row.grant_organisation_id)
  if (user === null || row.grant_revoked_at !== null || detail === null) return null
  const grant = grantOf({
    id,
    client_id: row.client_id,
    user_id: grant_user_id,
    sign_in_id: null,
    scopes: row.grant_scopes ?? '',
    resources: row.resources,
    is_offline: row.grant_is_offline ?? 0,
    created_at: grant_created_at,
    expires_at: grant_expires_at,
    revoked_at: null,
    revoked_for: null,
    detail,
    organisation_id: row.grant_organisation_id,
    last_used_at: row.grant_last_used_at,
  })
  return { user, grant }
}
