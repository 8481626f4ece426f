import { sql } from 'kysely'
import type { Kysely, RawBuilder, SqlBool } from 'kysely'
import type { LookupQuery } from './database.ts'
import type { Schema } from './schema.ts'

/** A look-up, compiled. `parameters` returns its parameters with the wanted one put in wherever it belongs. */
export interface CompiledLookup {
  readonly sql: string
  readonly parameters: (wanted: unknown) => unknown[]
}

/** Compiles a look-up once. `condition` writes the comparison of a column with the wanted parameter. */
export function compileLookup<Row extends object>(
  read: Kysely<Schema>,
  build: LookupQuery<Row>,
  condition: (column: RawBuilder<unknown>, wanted: RawBuilder<unknown>) => RawBuilder<SqlBool>,
): CompiledLookup {
  const { sql: text, parameters } = build(read, (column) => condition(sql.ref(column), sql`${placeholder}`)).compile()
  if (!parameters.includes(placeholder))
    throw new TypeError('lookup: the query must use match() on the column of the id.')
  return {
    sql: text,
    parameters: (wanted) => parameters.map((parameter) => (parameter === placeholder ? wanted : parameter)),
  }
}

/** Stands for the wanted id while the query is built. */
const placeholder = Object.freeze({})
