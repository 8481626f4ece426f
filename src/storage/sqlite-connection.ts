import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { Unavailable } from '../core/errors.ts'
import { isIdColumn } from './columns.ts'

export interface SqliteConnectionOptions {
  /** Refuses to write (no). */
  readonly queryOnly?: boolean
  /** How long a statement blocks the process for a lock of another one, in milliseconds (0). */
  readonly busyTimeout?: number
}

export type Row = Record<string, SQLOutputValue>

/** A prepared statement. Ids come as `bigint`, all other integers as `number`. */
export interface SqliteStatement {
  /** Whether it yields rows. */
  readonly reader: boolean
  readonly get: (...parameters: SQLInputValue[]) => Row | null
  readonly all: (...parameters: SQLInputValue[]) => Row[]
  /** Returns how many rows changed. */
  readonly run: (...parameters: SQLInputValue[]) => bigint
}

/** A connection that opens itself when it is first used, and again after it was dropped. Throws what SQLite throws. */
export interface SqliteConnection {
  /** Prepares a statement, or takes it from the cache. Ask each time: what it returns does not outlive `drop`. */
  readonly prepare: (sql: string) => SqliteStatement
  readonly exec: (sql: string) => void
  /** Whether a transaction is open. */
  readonly inTransaction: () => boolean
  /** Forgets the statements, since the schema has changed. */
  readonly forget: () => void
  /** Lets go of a connection that can no longer be trusted. */
  readonly drop: () => void
  readonly close: () => void
}

export function sqliteConnection(path: string, options: SqliteConnectionOptions = {}): SqliteConnection {
  const statements = new Map<string, SqliteStatement>()
  let current: DatabaseSync | null = null
  let closed = false

  function database(): DatabaseSync {
    if (closed) throw new Unavailable({ cause: new Error('The database is closed.') })
    current ??= open(path, options)
    return current
  }

  function drop() {
    statements.clear()
    const dropped = current
    current = null
    try {
      dropped?.close()
    } catch {
      // It failed before, it may fail to say good-bye.
    }
  }

  return {
    prepare: (sql) => {
      const known = statements.get(sql)
      if (known !== undefined) return known
      // Lists in conditions make ever new statements. Forgetting all at once keeps the way of a hit short.
      if (statements.size === mostStatements) statements.clear()
      const statement = wrap(database().prepare(sql))
      statements.set(sql, statement)
      return statement
    },
    exec: (sql) => database().exec(sql),
    inTransaction: () => current?.isTransaction ?? false,
    forget: () => statements.clear(),
    drop,
    close: () => {
      closed = true
      drop()
    },
  }
}

const mostStatements = 500

function open(path: string, { queryOnly = false, busyTimeout = 0 }: SqliteConnectionOptions): DatabaseSync {
  // Whoever else has an account on the machine has no business here. SQLite gives its log the mode of its database.
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { readBigInts: true, returnArrays: true, timeout: openTimeout })
  try {
    // The log grows to 16 MB, for as many pages as one of its indexes holds: what is appended goes to the file once, not each
    // time that its last page has grown.
    // FULL, because a 200 that changed state has to outlive a power cut. It is one fsync for all writes of a turn.
    database.exec(`pragma journal_mode = wal;
      pragma synchronous = full;
      pragma foreign_keys = on;
      pragma trusted_schema = off;
      pragma temp_store = memory;
      pragma cache_size = ${queryOnly ? -64_000 : -16_000};
      pragma journal_size_limit = 67108864;
      pragma wal_autocheckpoint = 4000;
      pragma query_only = ${queryOnly ? 'on' : 'off'};
      pragma busy_timeout = ${busyTimeout}`)
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

/** Milliseconds. Another process may be replaying the log after a crash just now. */
const openTimeout = 5000

function wrap(statement: StatementSync): SqliteStatement {
  let names: readonly string[] = []
  let numbers: readonly boolean[] = []

  function learn() {
    names = statement.columns().map(({ name }) => name)
    numbers = names.map((name) => !isIdColumn(name))
  }

  function toRow(values: readonly SQLOutputValue[]): Row {
    // `select *` yields more columns once another process has added some.
    if (values.length !== names.length) learn()
    const row: Row = {}
    for (let index = 0; index < names.length; index += 1) {
      const value = values[index] as SQLOutputValue
      row[names[index] as string] = typeof value === 'bigint' && numbers[index] === true ? Number(value) : value
    }
    return row
  }

  learn()
  return {
    reader: names.length > 0,
    get: (...parameters) => {
      const values = statement.get(...parameters) as readonly SQLOutputValue[] | undefined
      return values === undefined ? null : toRow(values)
    },
    all: (...parameters) =>
      (statement.all(...parameters) as unknown as readonly (readonly SQLOutputValue[])[]).map(toRow),
    run: (...parameters) => statement.run(...parameters).changes as bigint,
  }
}
