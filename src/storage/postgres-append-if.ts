import { CompiledQuery } from 'kysely'
import { eventsIn, valuesByTable } from './append-rows.ts'
import type { AppendTable } from './append-rows.ts'
import type { Database } from './database.ts'

/** `Database.appendIf` as a transaction of its own: what it waits for is held by others of its kind. */
export function postgresAppendIf({ write, audit }: Pick<Database, 'write' | 'audit'>): Database['appendIf'] {
  return async ({ guard, rows }) =>
    write(async (unit) => {
      const { numAffectedRows = 0n } = await unit.executeQuery(CompiledQuery.raw(guard.sql, [...guard.parameters]))
      if (numAffectedRows === 0n) return false
      for (const [table, list] of valuesByTable(rows)) {
        for (const values of list) await unit.executeQuery(CompiledQuery.raw(insertInto(table), [...values]))
      }
      for (const event of eventsIn(rows)) await audit(unit, event)
      return true
    })
}

const inserts = new Map<AppendTable, string>()

function insertInto(table: AppendTable): string {
  const known = inserts.get(table)
  if (known !== undefined) return known
  const names = table.columns.map((column) => `"${column}"`).join(', ')
  const values = table.columns.map((_, index) => `$${index + 1}`).join(', ')
  const sql = `insert into "${table.name}" (${names}) values (${values})`
  inserts.set(table, sql)
  return sql
}
