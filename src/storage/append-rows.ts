import type { AuditEvent } from './audit.ts'
import { columns } from './columns.ts'
import type { ColumnType } from './columns.ts'
import type { Rows } from './database.ts'
import type { Schema } from './schema.ts'

/** A table as it is appended to. Every row brings every column, so one statement serves them all. */
export interface AppendTable {
  readonly name: keyof Schema
  readonly columns: readonly string[]
  readonly types: readonly ColumnType[]
}

/** The tables that get rows, each with the values of its rows. Throws `TypeError` where a row is incomplete. */
export function valuesByTable(rows: Rows): readonly (readonly [AppendTable, readonly (readonly unknown[])[]])[] {
  const names = Object.keys(rows).filter((name) => name !== 'audit') as (keyof Schema)[]
  if (names.length > 1) names.sort((one, other) => order.indexOf(one) - order.indexOf(other))
  return names.map((name) => {
    const table = tables.get(name)
    if (table === undefined) throw new TypeError(`append: there is no table ${name}.`)
    const given = rows[name] ?? []
    const list: readonly object[] = Array.isArray(given) ? given : [given]
    return [table, list.map((row) => valuesOf(row, table))]
  })
}

export function eventsIn({ audit }: Rows): readonly AuditEvent[] {
  if (audit === undefined) return []
  return Array.isArray(audit) ? audit : [audit as AuditEvent]
}

/** In the order of the schema, where parents stand before their children. */
export const appendTables: readonly AppendTable[] = Object.entries(columns).map(([name, types]) => ({
  name: name as keyof Schema,
  columns: Object.keys(types),
  types: Object.values<ColumnType>(types),
}))

const order: readonly string[] = Object.keys(columns)

const tables: ReadonlyMap<string, AppendTable> = new Map(appendTables.map((table) => [table.name, table]))

function valuesOf(row: object, { name, columns }: AppendTable): readonly unknown[] {
  return columns.map((column) => {
    const value = (row as Readonly<Record<string, unknown>>)[column]
    if (value === undefined) throw new TypeError(`append: a row for ${name} lacks ${column}.`)
    return value
  })
}
