import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { wantedId } from '../storage/wanted-id.ts'
import type { OrganisationRow, Schema } from '../storage/schema.ts'

/**
 * An organisation, which nobody else changes until the unit is over: neither it nor its members. Whoever holds more than one
 * thing holds the organisation first, then the role, then users. Throws `RequestRefused` (`not_found`).
 */
export async function heldOrganisation(
  unit: Transaction<Schema>,
  { dialect }: Pick<Database, 'dialect'>,
  id: string | bigint,
): Promise<OrganisationRow> {
  const query = unit.selectFrom('organisations').selectAll().where('id', '=', idOf(id))
  // SQLite runs one unit after the other anyway, and has no such clause.
  const row = await (dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
  if (row === undefined) throw new RequestRefused('not_found')
  return row
}

/** The number in an id as it is shown. Throws `RequestRefused` (`not_found`) for what is none. */
export function idOf(id: string | bigint): bigint {
  return typeof id === 'string' ? wantedId(id) : id
}
