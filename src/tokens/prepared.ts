import { sql } from 'kysely'
import type { Compilable, CompiledQuery, Kysely, QueryResult, RawBuilder, Transaction } from 'kysely'
import { columns } from '../storage/columns.ts'
import type { Database, Statement } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'

/** Stands for a value that is given by name each time: it fits wherever it stands, and the database checks it. */
// oxlint-disable-next-line typescript/no-explicit-any -- see above
export type Value<Name extends string> = (name: Name) => RawBuilder<any>

/** Runs a statement in a unit with these values. */
export type Prepared<Name extends string, Row> = (
  unit: Transaction<Schema>,
  values: Readonly<Record<Name, unknown>>,
) => Promise<QueryResult<Row>>

/**
 * Compiles a statement once, for units that are run often: building it anew would cost more than running it. `value` stands
 * for a value that is given by name each time; other values are compiled in.
 */
export function prepare<Name extends string, Row = object>(
  database: Pick<Database, 'read'>,
  build: (kysely: Kysely<Schema>, value: Value<Name>) => Compilable<Row>,
): Prepared<Name, Row> {
  const { compiled, parametersOf } = compile(database, build)
  return async (unit, values) => unit.executeQuery({ ...compiled, parameters: parametersOf(values) })
}

/** As `prepare`, for `Database.appendIf`, which runs it itself. */
export function statement<Name extends string>(
  database: Pick<Database, 'read'>,
  build: (kysely: Kysely<Schema>, value: Value<Name>) => Compilable,
): (values: Readonly<Record<Name, unknown>>) => Statement {
  const { compiled, parametersOf } = compile(database, build)
  return (values) => ({ sql: compiled.sql, parameters: parametersOf(values) })
}

function compile<Name extends string, Row>(
  database: Pick<Database, 'read'>,
  build: (kysely: Kysely<Schema>, value: Value<Name>) => Compilable<Row>,
): {
  readonly compiled: CompiledQuery<Row>
  readonly parametersOf: (values: Readonly<Record<Name, unknown>>) => readonly unknown[]
} {
  const compiled = build(database.read, (name) => sql`${new Placeholder(name)}`).compile()
  const parametersOf = (values: Readonly<Record<Name, unknown>>): readonly unknown[] =>
    compiled.parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name as Name] : parameter,
    )
  return { compiled, parametersOf }
}

/** Compiles how a row is added to a table, with all of its columns. */
export function prepareInsert<Table extends keyof Schema>(
  database: Pick<Database, 'read'>,
  table: Table,
): Prepared<keyof Schema[Table] & string, object> {
  return prepare(database, (kysely, value: Value<string>) => {
    const values = Object.keys(columns[table]).map((name) => [name, value(name)])
    return kysely.insertInto(table).values(Object.fromEntries(values) as never)
  })
}

class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}
