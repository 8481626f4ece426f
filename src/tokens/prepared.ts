import { sql } from 'kysely'
import type { Compilable, Kysely, QueryResult, RawBuilder, Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'

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
  // oxlint-disable-next-line typescript/no-explicit-any -- a value fits wherever it stands, and the database checks it
  build: (kysely: Kysely<Schema>, value: (name: Name) => RawBuilder<any>) => Compilable<Row>,
): Prepared<Name, Row> {
  const compiled = build(database.read, (name) => sql`${new Placeholder(name)}`).compile()
  return async (unit, values) => {
    const parameters = compiled.parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name as Name] : parameter,
    )
    return unit.executeQuery({ ...compiled, parameters })
  }
}

class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}
