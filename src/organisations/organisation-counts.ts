import { type Kysely, sql } from 'kysely'
import { formatId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'

/** How much there is of what belongs to an organisation. */
export interface OrganisationCounts {
  readonly members: number
  /** Those that wait for an answer or have run out. */
  readonly invitations: number
  readonly roles: number
  readonly serviceAccounts: number
  /** Of its service accounts, without those that were revoked. */
  readonly keys: number
  readonly clients: number
}

export async function countsOf(read: Kysely<Schema>, id: bigint): Promise<OrganisationCounts> {
  const { rows } = await sql<OrganisationCounts>`select
    (select count(*) from organisation_members where organisation_id = ${id}) as members,
    (select count(*) from invitations where organisation_id = ${id}
      and accepted_at is null and cancelled_at is null) as invitations,
    (select count(*) from roles where organisation_id = ${id}) as roles,
    (select count(*) from service_accounts where organisation_id = ${id}) as "serviceAccounts",
    (select count(*) from api_keys join service_accounts on service_accounts.id = api_keys.service_account_id
      where service_accounts.organisation_id = ${id} and api_keys.revoked_at is null) as keys,
    (select count(*) from clients where organisation_id = ${id}) as clients
  `.execute(read)
  const [counts] = rows
  if (counts === undefined) throw new Error('The database counts nothing.')
  return counts
}

/** How many members each of some organisations has. */
export async function memberCountsOf(
  read: Kysely<Schema>,
  ids: readonly bigint[],
): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map()
  const rows = await read
    .selectFrom('organisation_members')
    .select(['organisation_id', sql<number>`count(*)`.as('members')])
    .where('organisation_id', 'in', ids)
    .groupBy('organisation_id')
    .execute()
  return new Map(rows.map(({ organisation_id, members }) => [formatId(organisation_id), members]))
}
