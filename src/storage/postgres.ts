import { Kysely } from 'kysely'
import { Unavailable } from '../core/errors.ts'
import type { AuditKey } from './audit-key.ts'
import type { Database, Lookup, LookupQuery } from './database.ts'
import { migrateToLatest, newerMigrations, pendingMigrations } from './migrations.ts'
import { createNodeIds } from './nodes.ts'
import { addPartitions } from './partitions.ts'
import { postgresAppendIf } from './postgres-append-if.ts'
import { postgresAppender } from './postgres-append.ts'
import { newestIn, postgresAudit } from './postgres-audit.ts'
import { postgresDialect, postgresReadDialect } from './postgres-dialect.ts'
import { postgresFailure } from './postgres-errors.ts'
import { postgresListener } from './postgres-listen.ts'
import { postgresLookup } from './postgres-lookup.ts'
import { postgresPool } from './postgres-pool.ts'
import { postgresUnits } from './postgres-units.ts'
import type { Schema } from './schema.ts'
import { createNotebook } from './unit-notes.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`. */
  readonly url: string
  /** How many connections this process opens at most (10). */
  readonly poolSize?: number
  /** Milliseconds until a connection has to be there (900). */
  readonly connectTimeout?: number
  /** Milliseconds that a statement may take, except in migrations (900). */
  readonly statementTimeout?: number
  /** Milliseconds since 1970, for ids and audit rows (`Date.now`). */
  readonly clock?: () => number
  /** How long this process's node number stays taken after it was killed, in milliseconds (60,000). */
  readonly lease?: number
  /** What the audit log is bound to from the next chain on, asked for each (nothing). */
  readonly auditKey?: () => AuditKey | null
}

/** Connects to a PostgreSQL database (version 13 or newer). A new one needs `migrate` before anything else. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const { url, poolSize: size = 10, connectTimeout = 900, statementTimeout = 900, clock = Date.now } = options
  if (!Number.isInteger(size) || size < 2) throw new TypeError('openPostgres: poolSize must be a whole number from 2.')
  const pool = await postgresPool({ url, size, connectTimeout, statementTimeout })
  const read = new Kysely<Schema>({ dialect: postgresReadDialect(pool) })
  const notebook = createNotebook()
  const link = postgresAudit({ newId: () => ids.newId(), clock, key: options.auditKey })
  const write = postgresUnits(pool, notebook, link)
  const ids = createNodeIds({ write, clock, lease: options.lease ?? 60_000 })
  const listeners = new Set<() => Promise<void>>()
  const appender = postgresAppender({ pool, link, findNewest: newestIn(read) })

  try {
    const { rows } = await pool.query("select to_regclass('nodes') is not null as migrated", [])
    if (rows[0]?.['migrated'] === true) await ids.start()
  } catch (error) {
    await pool.end()
    throw error
  }

  const database: Database = {
    dialect: 'postgres',
    read,
    write,
    audit: async (transaction, event) => {
      notebook.of(transaction).events.push(event)
    },
    afterCommit: (transaction, action) => {
      notebook.of(transaction).afterCommit.push(action)
    },
    lookup: <Row extends object>(build: LookupQuery<Row>): Lookup<Row> => postgresLookup(pool, read, build),
    append: appender.append,
    appendIf: async (guarded) => appendIf(guarded),
    newId: ids.newId,
    listen: async (channel, onNotice) => {
      const stop = await postgresListener(pool, channel, onNotice)
      listeners.add(stop)
      return stop
    },
    migrate: async (onProgress) => {
      // Statements of migrations, and the wait for another node's, take as long as they take.
      const patient = await postgresPool({ url, size: 2, connectTimeout, statementTimeout: 0 })
      try {
        await migrateToLatest(new Kysely<Schema>({ dialect: postgresDialect(patient) }), 'postgres', onProgress)
      } catch (error) {
        throw postgresFailure(error)
      } finally {
        await patient.end()
      }
      await ids.start()
      await addPartitions(database, clock())
    },
    pendingMigrations: async () => pendingMigrations(read, 'postgres'),
    newerMigrations: async () => newerMigrations(read, 'postgres'),
    ping: async () => withinASecond(pool.query('select 1', [])),
    close: async () => {
      await ids.release().catch(() => undefined)
      await appender.idle()
      for (const stop of listeners) await stop()
      await pool.end()
    },
  }
  const appendIf = postgresAppendIf(database)
  return database
}

/** A crowd may wait longer than that for a connection, but whoever asks for the health of the server has to know. */
async function withinASecond(answer: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unavailable({ cause: new Error('No answer within a second.') })), 1000)
  })
  try {
    await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
