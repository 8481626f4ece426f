import type { SQLInputValue } from 'node:sqlite'
import { valuesByTable } from './append-rows.ts'
import type { AppendTable } from './append-rows.ts'
import type { Rows } from './database.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/** Inserts rows in the open transaction, by one prepared statement for each table. */
export function insertRows(connection: SqliteConnection, rows: Rows): void {
  for (const [table, list] of valuesByTable(rows)) {
    const statement = connection.prepare(insertInto(table))
    for (const values of list) statement.run(...(values as SQLInputValue[]))
  }
}

const inserts = new Map<AppendTable, string>()

function insertInto(table: AppendTable): string {
  const known = inserts.get(table)
  if (known !== undefined) return known
  const names = table.columns.map((column) => `"${column}"`).join(', ')
  const sql = `insert into "${table.name}" (${names}) values (${table.columns.map(() => '?').join(', ')})`
  inserts.set(table, sql)
  return sql
}
