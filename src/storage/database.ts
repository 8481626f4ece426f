import type { Compilable, Expression, Kysely, SqlBool, Transaction } from 'kysely'
import type { AuditEvent } from './audit.ts'
import type { Schema } from './schema.ts'

/**
 * A database as the rest of the house sees it. Two make it: `openSqlite` and `openPostgres`. Everything that is not hot
 * goes through `read` and `write` in plain Kysely; what every request needs goes through `lookup` and `append`, which
 * are compiled once and share the work of all requests of one event-loop turn.
 *
 * All of it rejects with `Unavailable` where the store is gone, locked or full, and then nothing was promised.
 */
export interface Database {
  readonly dialect: 'sqlite' | 'postgres'
  /** For reading what is committed. Writing through it is a mistake. */
  readonly read: Kysely<Schema>
  /**
   * Runs one unit of writing: all of it is durable when the promise resolves, or none of it happened. On SQLite, units of
   * one turn share a commit. `work` must wait for nothing but the database, and may be run again from the start.
   */
  readonly write: <Result>(work: (transaction: Transaction<Schema>) => Promise<Result>) => Promise<Result>
  /**
   * Adds an event to the audit log in the transaction of a unit: it is there exactly if the unit is. Rows are chained by
   * their hashes when the unit is over; see `audit.ts`.
   */
  readonly audit: (transaction: Transaction<Schema>, event: AuditEvent) => Promise<void>
  /** Runs an action when the unit of this transaction is durable, before `write` resolves: to forget what was remembered. */
  readonly afterCommit: (transaction: Transaction<Schema>, action: () => void) => void
  /** Compiles a look-up by id; see `Lookup`. */
  readonly lookup: <Row extends object>(build: LookupQuery<Row>) => Lookup<Row>
  /** Adds rows to one or more tables, all or none, durable when it resolves. Rows of one turn share one commit. */
  readonly append: (rows: Rows) => Promise<void>
  /**
   * Uses something up and adds what is given for it, as one unit, durable when it resolves: `false`, and nothing has
   * happened, where `guard` changes no row. Of any number of calls with one guard that spends something, one is `true`.
   */
  readonly appendIf: (guarded: GuardedRows) => Promise<boolean>
  /**
   * A new id for a row: larger than every one that this process made before. Throws `Unavailable` where it cannot be sure
   * that no other process makes the same, and `Error` before `migrate`.
   */
  readonly newId: () => bigint
  /** PostgreSQL only: calls back when any process says `notify` on the channel, and whenever some may have been missed. */
  readonly listen?: (channel: string, onNotice: () => void) => Promise<() => Promise<void>>
  /** Brings the schema up to date. Safe to repeat, to interrupt, and to run on several nodes at once. */
  readonly migrate: (onProgress?: (step: string) => void) => Promise<void>
  /** Names of the migrations that are still to be applied; empty when the schema is up to date. */
  readonly pendingMigrations: () => Promise<readonly string[]>
  /** Names of migrations that a newer release has applied, which this one does not know. */
  readonly newerMigrations: () => Promise<readonly string[]>
  /** Answers when the database answers, and throws when it does not within a second. */
  readonly ping: () => Promise<void>
  /** Finishes what was begun and lets go. */
  readonly close: () => Promise<void>
}

/** Builds the query of a look-up: `match` compares a column with the wanted id. The row must come with that id as `id`. */
export type LookupQuery<Row> = (
  read: Kysely<Schema>,
  match: (column: string) => Expression<SqlBool>,
) => Compilable<Row & { readonly id: bigint }>

/**
 * Finds one row by id: one statement, prepared once. On PostgreSQL, look-ups of one turn go as one `= any($1)`. Callers of one
 * turn may be given the same object.
 */
export type Lookup<Row> = (id: bigint) => Promise<Readonly<Row> | null>

/** A statement that was compiled before, with its values; see `statement` in `tokens/prepared.ts`. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

export interface GuardedRows {
  /** An update that changes a row where the rest is to be done. */
  readonly guard: Statement
  readonly rows: Rows
}

/** Rows to append, by table, and what the audit log says about it. */
export type Rows = { readonly [Table in keyof Schema]?: Schema[Table] | readonly Schema[Table][] } & {
  readonly audit?: AuditEvent | readonly AuditEvent[]
}
