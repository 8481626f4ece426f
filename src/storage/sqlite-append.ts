import type { SQLInputValue } from 'node:sqlite'
import { columns } from './columns.ts'
import type { Rows } from './database.ts'
import type { Schema } from './schema.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/** Inserts rows in the open transaction, by one prepared statement for each table. */
export function insertRows(connection: SqliteConnection, rows: Rows): void {
  for (const table of Object.keys(rows)) {
    if (table === 'audit') continue
    const insert = inserts.get(table)
    if (insert === undefined) throw new TypeError(`append: there is no table ${table}.`)
    const given = rows[table as keyof Schema] ?? []
    const statement = connection.prepare(insert.sql)
    for (const row of Array.isArray(given) ? given : [given]) statement.run(...valuesOf(row, insert))
  }
}

interface Insert {
  readonly sql: string
  readonly table: string
  readonly columns: readonly string[]
}

const inserts: ReadonlyMap<string, Insert> = new Map(
  Object.entries(columns).map(([table, types]) => {
    const names = Object.keys(types)
    const quoted = names.map((name) => `"${name}"`).join(', ')
    const sql = `insert into "${table}" (${quoted}) values (${names.map(() => '?').join(', ')})`
    return [table, { sql, table, columns: names }]
  }),
)

function valuesOf(row: object, { table, columns }: Insert): SQLInputValue[] {
  return columns.map((column) => {
    const value = (row as Readonly<Record<string, SQLInputValue | undefined>>)[column]
    if (value === undefined) throw new TypeError(`append: a row for ${table} lacks ${column}.`)
    return value
  })
}
