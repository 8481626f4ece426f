import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { Unavailable } from '../core/errors.ts'
import type { Lookup, LookupQuery } from './database.ts'
import { compileLookup } from './lookup-query.ts'
import { isStale, losesConnection } from './postgres-errors.ts'
import type { PostgresPool } from './postgres-pool.ts'
import type { Schema } from './schema.ts'

/** A look-up that asks for all ids that were wanted in one turn of the event loop at once. */
export function postgresLookup<Row extends object>(
  pool: PostgresPool,
  read: Kysely<Schema>,
  build: LookupQuery<Row>,
): Lookup<Row> {
  const compiled = compileLookup(read, build, (column, wanted) => sql`${column} = any(${wanted}::bigint[])`)
  let waiting = new Map<bigint, Waiting<Row>[]>()

  async function ask() {
    const asked = waiting
    waiting = new Map()
    try {
      const values = compiled.parameters([...asked.keys()])
      const { rows } = await twice(async () => pool.query(compiled.sql, values))
      for (const row of rows) {
        const id = row['id'] as bigint
        for (const { resolve } of asked.get(id) ?? []) resolve(row as Row)
        asked.delete(id)
      }
      for (const callers of asked.values()) for (const { resolve } of callers) resolve(null)
    } catch (error) {
      for (const callers of asked.values()) for (const { reject } of callers) reject(error)
    }
  }

  return async (id) =>
    new Promise((resolve, reject) => {
      if (waiting.size === 0) setImmediate(() => void ask())
      const callers = waiting.get(id)
      if (callers === undefined) waiting.set(id, [{ resolve, reject }])
      else callers.push({ resolve, reject })
    })
}

interface Waiting<Row> {
  readonly resolve: (row: Row | null) => void
  readonly reject: (error: unknown) => void
}

/** A connection may have died while it was idle, and a statement while the schema changed. Reading again does no harm. */
async function twice<Result>(read: () => Promise<Result>): Promise<Result> {
  const began = performance.now()
  try {
    return await read()
  } catch (error) {
    const cause = error instanceof Unavailable ? error.cause : error
    if (performance.now() - began > soon || !(losesConnection(cause) || isStale(cause))) throw error
    return read()
  }
}

/** Milliseconds. What took longer was a time-out, and would be one again. */
const soon = 300
