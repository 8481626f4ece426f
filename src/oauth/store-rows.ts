import type { Transaction } from 'kysely'
import type { Database, Rows } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'

/** Stores rows that belong together in a unit that changes something else too, and what the audit log says of them. */
export async function storeRows(
  database: Pick<Database, 'audit'>,
  unit: Transaction<Schema>,
  { audit = [], ...tables }: Rows,
): Promise<void> {
  for (const [table, rows] of Object.entries(tables)) {
    const all = [rows].flat()
    if (all.length > 0)
      await unit
        .insertInto(table as keyof Schema)
        .values(all)
        .execute()
  }
  for (const event of [audit].flat()) await database.audit(unit, event)
}
