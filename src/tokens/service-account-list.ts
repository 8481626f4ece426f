import { sql } from 'kysely'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone } from '../storage/id.ts'
import { idBefore, type Page, pageOf, type PageOptions, pageSize } from '../storage/keyset.ts'
import { serviceAccountRecord } from './service-account-record.ts'
import type { ServiceAccountRecord } from './service-accounts.ts'

/** Which service accounts. What is left out may be anything. */
export interface ServiceAccountFilter {
  /** The id of the user who answers for it; `null`: those for whom nobody does, and no organisation. */
  readonly ownerId?: string | null | undefined
  readonly isActive?: boolean | undefined
  /** Only those whose owner has left: nobody answers for them, or the account of whoever does is disabled (all). */
  readonly isOrphan?: boolean | undefined
}

/** Lists service accounts, newest first. */
export type ServiceAccountList = (
  filter?: ServiceAccountFilter,
  page?: PageOptions,
) => Promise<Page<ServiceAccountRecord>>

export function createServiceAccountList({ read }: Pick<Database, 'read'>): ServiceAccountList {
  return async ({ ownerId, isActive, isOrphan = false } = {}, { after, limit } = {}) => {
    const size = pageSize(limit)
    let query = read
      .selectFrom('service_accounts')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(size + 1)
    if (after !== undefined) query = query.where('id', '<', idBefore(after))
    if (ownerId === null) query = query.where('owner_id', 'is', null).where('organisation_id', 'is', null)
    else if (ownerId !== undefined) query = query.where('owner_id', '=', idOrNone(ownerId))
    if (isOrphan) query = query.where(orphan)
    if (isActive !== undefined) query = query.where('is_active', '=', isActive ? 1 : 0)
    return pageOf(await query.execute(), size, serviceAccountRecord, (row) => formatId(row.id))
  }
}

/** Of no organisation, and of nobody who is there and active. */
const orphan = sql<boolean>`service_accounts.organisation_id is null and not exists (
  select 1 from users where users.id = service_accounts.owner_id and users.is_active = 1
)`
