import { formatId } from '../storage/id.ts'
import type { ServiceAccountRow } from '../storage/schema.ts'
import { wordsOf } from './principal.ts'
import type { ServiceAccountRecord } from './service-accounts.ts'

/** A service account as administrators see it. */
export function serviceAccountRecord(row: ServiceAccountRow): ServiceAccountRecord {
  return {
    id: formatId(row.id),
    name: row.name,
    ownerId: row.owner_id === null ? null : formatId(row.owner_id),
    scopes: wordsOf(row.scopes),
    permissions: wordsOf(row.permissions),
    organisationId: row.organisation_id === null ? null : formatId(row.organisation_id),
    isActive: row.is_active === 1 && row.organisation_suspended === 0,
    isHeld: row.held === 1,
    createdAt: row.created_at,
  }
}
