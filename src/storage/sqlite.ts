import { Kysely } from 'kysely'
import { eventsIn } from './append-rows.ts'
import type { AuditKey } from './audit-key.ts'
import type { Database, Lookup, LookupQuery } from './database.ts'
import { migrateToLatest, newerMigrations, pendingMigrations } from './migrations.ts'
import { createNodeIds } from './nodes.ts'
import type { Schema } from './schema.ts'
import { insertRows } from './sqlite-append.ts'
import { sqliteAudit } from './sqlite-audit.ts'
import { sqliteConnection } from './sqlite-connection.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import {
  migrationDriver,
  patiently,
  readDriver,
  reading,
  runStatement,
  sqliteDialect,
  unitDriver,
} from './sqlite-dialect.ts'
import { sqliteFailure } from './sqlite-errors.ts'
import { createGroups } from './sqlite-groups.ts'
import { createSnapshot } from './sqlite-snapshot.ts'
import { sqliteLookup } from './sqlite-lookup.ts'
import { createNotebook } from './unit-notes.ts'

export interface SqliteOptions {
  /** The file, or `:memory:` for a database that is gone after `close`. */
  readonly path: string
  /** Milliseconds since 1970, for ids and audit rows (`Date.now`). */
  readonly clock?: () => number
  /** How long to wait for the lock of another process, in milliseconds (5000). */
  readonly busyTimeout?: number
  /** How long this process's node number stays taken after it was killed, in milliseconds (60,000). */
  readonly lease?: number
  /** What the audit log is bound to from the next chain on, asked for each (nothing). */
  readonly auditKey?: () => AuditKey | null
}

/**
 * Opens a database file, and makes it where there is none. One connection writes and one reads, so readers never see what
 * is not committed and never wait. A new one needs `migrate` before anything else.
 */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  const { path, clock = Date.now, busyTimeout = 5000, lease = 60_000 } = options
  const inMemory = path === ':memory:'
  const writer = sqliteConnection(path)
  const reader = inMemory ? writer : sqliteConnection(path, { queryOnly: true, busyTimeout })

  // Look-ups have a connection of their own, for they share a look at the database for a whole turn.
  const looker = inMemory ? writer : sqliteConnection(path, { queryOnly: true, busyTimeout })
  const snapshot = inMemory ? null : createSnapshot(looker)

  const read = new Kysely<Schema>({ dialect: sqliteDialect(readDriver(reader)) })
  const notebook = createNotebook()
  const units = unitDriver(writer)
  const unitKysely = new Kysely<Schema>({ dialect: sqliteDialect(units.driver) })
  const log = sqliteAudit(writer, { newId: () => ids.newId(), clock, key: options.auditKey })
  const groups = createGroups({
    connection: writer,
    busyTimeout,
    cutOff: units.cutOff,
    remember: log.remember,
    beforeCommit: log.flush,
    onCommitted: () => snapshot?.end(),
    onBroken: () => {
      log.restart()
      snapshot?.end()
      if (!inMemory) for (const connection of [reader, looker]) connection.drop()
    },
  })

  const write: Database['write'] = async (work) => {
    const { result, afterCommit } = await groups.add({
      work: async () =>
        unitKysely.transaction().execute(async (transaction) => {
          const { events, afterCommit } = notebook.begin(transaction)
          return { result: await work(transaction), events, afterCommit }
        }),
      onDone: ({ events }) => log.add(events),
    })
    for (const action of afterCommit) action()
    return result
  }
  const ids = createNodeIds({ write, clock, lease })

  try {
    await patiently(writer, busyTimeout, () => writer.exec('select 1'))
    if (hasNodes(writer)) await ids.start()
  } catch (error) {
    writer.close()
    throw sqliteFailure(error)
  }

  return {
    dialect: 'sqlite',
    read,
    write,
    audit: async (transaction, event) => {
      notebook.of(transaction).events.push(event)
    },
    afterCommit: (transaction, action) => {
      notebook.of(transaction).afterCommit.push(action)
    },
    lookup: <Row extends object>(build: LookupQuery<Row>): Lookup<Row> =>
      sqliteLookup({ connection: looker, snapshot, read }, build),
    append: async (rows) =>
      groups.add({
        now: () => {
          insertRows(writer, rows)
          log.add(eventsIn(rows))
        },
      }),
    appendIf: async ({ guard, rows }) =>
      groups.add({
        now: () => {
          if (runStatement(writer, guard) === 0n) return false
          insertRows(writer, rows)
          log.add(eventsIn(rows))
          return true
        },
      }),
    newId: ids.newId,
    migrate: async (onProgress) => {
      // On a connection of its own, which other writers of this process can wait for as for any other process.
      const connection = inMemory ? writer : sqliteConnection(path)
      const kysely = new Kysely<Schema>({ dialect: sqliteDialect(migrationDriver(connection, migrationPatience)) })
      try {
        await migrateToLatest(kysely, 'sqlite', onProgress)
      } catch (error) {
        throw sqliteFailure(error)
      } finally {
        if (!inMemory) connection.close()
      }
      writer.forget()
      snapshot?.end()
      reader.forget()
      looker.forget()
      await ids.start()
    },
    pendingMigrations: async () => pendingMigrations(read, 'sqlite'),
    newerMigrations: async () => newerMigrations(read, 'sqlite'),
    ping: async () => {
      reading(reader, () => reader.prepare('select 1').get())
    },
    close: async () => {
      await ids.release().catch(() => undefined)
      await groups.idle()
      snapshot?.end()
      reader.close()
      looker.close()
      writer.close()
    },
  }
}

/** Milliseconds. Another node may be rewriting a large table. */
const migrationPatience = 600_000

function hasNodes(connection: SqliteConnection): boolean {
  return connection.prepare("select 1 from sqlite_master where type = 'table' and name = 'nodes'").get() !== null
}
