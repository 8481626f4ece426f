import type { Transaction } from 'kysely'
import type { Schema, UserRow } from '../storage/schema.ts'

/** The accounts that became part of one, and those that had become part of them. */
export async function partsOf(unit: Transaction<Schema>, whole: UserRow): Promise<readonly UserRow[]> {
  const parts = await unit.selectFrom('users').selectAll().where('merged_into_id', '=', whole.id).execute()
  const all: UserRow[] = []
  for (const part of parts) all.push(part, ...(await partsOf(unit, part)))
  return all
}
