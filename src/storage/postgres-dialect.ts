import { AbortedTransactionError, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { CompiledQuery, DatabaseConnection, Dialect } from 'kysely'
import type { PostgresPool, PostgresResult, PostgresSession } from './postgres-pool.ts'
import { refuseToWrite } from './read-only.ts'

/** Kysely on a pool, for `write` and for migrations. */
export function postgresDialect(pool: PostgresPool): Dialect {
  const sessions = new WeakMap<DatabaseConnection, PostgresSession>()
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createDriver: () => ({
      init: async () => undefined,
      acquireConnection: async () => {
        const session = await pool.acquire()
        const connection = connectionOf(async (query) => session.query(query.sql, query.parameters))
        sessions.set(connection, session)
        return connection
      },
      beginTransaction: async (connection) => void (await sessions.get(connection)?.query('begin', [])),
      commitTransaction: async (connection) => {
        // PostgreSQL answers a commit with ROLLBACK where a statement failed before and nobody minded.
        const result = await sessions.get(connection)?.query('commit', [])
        if (result?.command === 'ROLLBACK') throw new AbortedTransactionError()
      },
      rollbackTransaction: async (connection) => {
        // Where this fails the connection is lost and has rolled back itself: what went wrong before says more.
        await sessions
          .get(connection)
          ?.query('rollback', [])
          .catch(() => undefined)
      },
      releaseConnection: async (connection) => sessions.get(connection)?.release(),
      destroy: async () => undefined,
    }),
  }
}

/** Kysely for `Database.read`: single statements on any connection. */
export function postgresReadDialect(pool: PostgresPool): Dialect {
  const reader = connectionOf(async (query) => {
    refuseToWrite(query)
    return pool.query(query.sql, query.parameters)
  })
  const dialect = postgresDialect(pool)
  return {
    ...dialect,
    createDriver: () => ({
      init: async () => undefined,
      acquireConnection: async () => reader,
      beginTransaction: async () => {
        throw new Error('Database.read has no transactions. A unit of writing goes through write().')
      },
      commitTransaction: async () => undefined,
      rollbackTransaction: async () => undefined,
      releaseConnection: async () => undefined,
      destroy: async () => undefined,
    }),
  }
}

function connectionOf(query: (query: CompiledQuery) => Promise<PostgresResult>): DatabaseConnection {
  return {
    executeQuery: async <Result>(compiled: CompiledQuery) => {
      const { rows, command, changed } = await query(compiled)
      const result = { rows: rows as Result[] }
      return changing.has(command) ? { ...result, numAffectedRows: changed } : result
    },
    // A cursor would hold on to a connection for as long as its reader dawdles.
    streamQuery: () => {
      throw new Error('Streams are not supported: read page by page.')
    },
  }
}

const changing: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])
