import type { SQLInputValue } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely'
import type { Statement } from './database.ts'
import { refuseToWrite } from './read-only.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { isBroken, isBusy, sqliteFailure } from './sqlite-errors.ts'

/** Kysely over `node:sqlite`. What the statements of its three uses have in common is here, and the driver differs. */
export function sqliteDialect(driver: Driver): Dialect {
  return {
    createDriver: () => driver,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => ({
      supportsCreateIfNotExists: true,
      supportsMultipleConnections: true,
      supportsTransactionalDdl: true,
      supportsReturning: true,
      // `begin immediate` is the lock: see `migrationDriver`.
      acquireMigrationLock: async () => undefined,
      releaseMigrationLock: async () => undefined,
    }),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  }
}

/** For `Database.read`: single statements, which see what is committed. */
export function readDriver(connection: SqliteConnection): Driver {
  const reader = statements((query) => {
    refuseToWrite(query)
    return reading(connection, () => execute(connection, query))
  })
  return {
    ...plain,
    acquireConnection: async () => reader,
    beginTransaction: async () => {
      throw new Error('Database.read has no transactions. A unit of writing goes through write().')
    },
  }
}

/** Reads, and says what is wrong as callers know it. */
export function reading<Result>(connection: SqliteConnection, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    // In memory there is nothing to go back to, and the writer may be in the middle of something.
    if (isBroken(error) && !connection.inTransaction()) connection.drop()
    throw sqliteFailure(error)
  }
}

/**
 * For the units of a group, one after the other: `begin` and `commit` are the group's business. A unit that was given up
 * on is cut off, so that it cannot write into the transaction of another.
 */
export function unitDriver(connection: SqliteConnection): { readonly driver: Driver; readonly cutOff: () => void } {
  let current = 0
  return {
    driver: {
      ...plain,
      acquireConnection: async () => {
        current += 1
        const mine = current
        return statements((query) => {
          if (mine !== current) throw new Error('This unit of writing was given up: it cannot write any more.')
          return execute(connection, query)
        })
      },
    },
    cutOff: () => {
      current += 1
    },
  }
}

/** For migrations: a transaction that holds the write lock from its start, so that one process after the other migrates. */
export function migrationDriver(connection: SqliteConnection, patience: number): Driver {
  const migrating: DatabaseConnection = {
    ...statements(() => ({ rows: [] })),
    executeQuery: async <Result>(query: CompiledQuery) =>
      patiently(connection, patience, () => execute(connection, query)) as Promise<QueryResult<Result>>,
  }
  return {
    ...plain,
    acquireConnection: async () => migrating,
    beginTransaction: async () => patiently(connection, patience, () => connection.exec('begin immediate')),
    commitTransaction: async () => connection.exec('commit'),
    rollbackTransaction: async () => connection.exec('rollback'),
  }
}

/**
 * Repeats what another process's lock is in the way of, without blocking this process, which may hold that lock itself.
 * Inside a transaction nothing is repeated.
 */
export async function patiently<Result>(
  connection: SqliteConnection,
  patience: number,
  action: () => Result,
): Promise<Result> {
  const deadline = performance.now() + patience
  for (let attempt = 1; ; attempt += 1) {
    try {
      return action()
    } catch (error) {
      if (!isBusy(error) || connection.inTransaction() || performance.now() > deadline) throw error
    }
    await sleep(Math.min(attempt, longestPause))
  }
}

/** Milliseconds. */
const longestPause = 20

const plain: Omit<Driver, 'acquireConnection'> = {
  init: async () => undefined,
  beginTransaction: async () => undefined,
  commitTransaction: async () => undefined,
  rollbackTransaction: async () => undefined,
  releaseConnection: async () => undefined,
  destroy: async () => undefined,
}

type Execute = (query: CompiledQuery) => QueryResult<unknown>

function statements(run: Execute): DatabaseConnection {
  return {
    executeQuery: async <Result>(query: CompiledQuery) => run(query) as QueryResult<Result>,
    // A cursor would hold on to a snapshot for as long as its reader dawdles.
    streamQuery: () => {
      throw new Error('Streams are not supported: read page by page.')
    },
  }
}

function execute(connection: SqliteConnection, { sql, parameters }: CompiledQuery): QueryResult<unknown> {
  const statement = connection.prepare(sql)
  const bound = parameters.map(bindable)
  if (statement.reader) return { rows: statement.all(...bound) }
  return { rows: [], numAffectedRows: statement.run(...bound) }
}

/** Runs a statement in the open transaction, and returns how many rows it has changed. */
export function runStatement(connection: SqliteConnection, { sql, parameters }: Statement): bigint {
  return connection.prepare(sql).run(...parameters.map(bindable))
}

/** A number would be bound as floating point, and then 7 / 2 were 3.5 here and 3 on PostgreSQL. */
function bindable(parameter: unknown): SQLInputValue {
  return Number.isSafeInteger(parameter) ? BigInt(parameter as number) : (parameter as SQLInputValue)
}
