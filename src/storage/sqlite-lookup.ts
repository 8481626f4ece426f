import type { SQLInputValue } from 'node:sqlite'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Lookup, LookupQuery } from './database.ts'
import { compileLookup } from './lookup-query.ts'
import type { Schema } from './schema.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { reading } from './sqlite-dialect.ts'
import type { SqliteSnapshot } from './sqlite-snapshot.ts'

export interface SqliteLookupParts {
  readonly connection: SqliteConnection
  /** Lets look-ups of one turn share a transaction (`null`: each stands alone). */
  readonly snapshot: SqliteSnapshot | null
  readonly read: Kysely<Schema>
}

/**
 * A look-up by one prepared statement. SQLite answers at once, so there is nothing to put together; but what many requests
 * of a turn ask for, such as the client that they are all from, is read once.
 */
export function sqliteLookup<Row extends object>(
  { connection, snapshot, read }: SqliteLookupParts,
  build: LookupQuery<Row>,
): Lookup<Row> {
  const compiled = compileLookup(read, build, (column, wanted) => sql`${column} = ${wanted}`)
  const look = (id: bigint): Row | null => {
    const parameters = compiled.parameters(id) as SQLInputValue[]
    return connection.prepare(compiled.sql).get(...parameters) as Row | null
  }
  if (snapshot === null) return async (id) => reading(connection, () => look(id))

  const seen = new Map<bigint, Row | null>()
  let seenIn = -1
  return async (id) => {
    if (seenIn === snapshot.count()) {
      const known = seen.get(id)
      if (known !== undefined) return known
    }
    const row = reading(connection, () => snapshot.read(() => look(id)))
    if (seenIn !== snapshot.count()) {
      seen.clear()
      seenIn = snapshot.count()
    }
    seen.set(id, row)
    return row
  }
}
