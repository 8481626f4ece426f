import { CompiledQuery, sql, type SqlBool, type Transaction } from 'kysely'
import { appendTables, eventsIn } from './append-rows.ts'
import type { AuditEvent } from './audit.ts'
import type { Database, Rows, Statement } from './database.ts'
import type { Schema } from './schema.ts'

/** Several pieces of work as one unit of writing: what each store would do by itself is done, or none of it is. */
export interface OneUnit {
  /** What stores are made with that take part. They read what the unit has written, and nothing of theirs is durable before it is over. */
  readonly database: Database
  /** Runs a piece of work by itself, and takes back all that it wrote where it throws or says that it is not to stay. */
  readonly attempt: <Result>(work: () => Promise<Attempted<Result>>) => Promise<Result>
}

export interface Attempted<Result> {
  readonly result: Result
  /** Whether what was written stays. */
  readonly stays: boolean
}

/**
 * Runs one unit in which whole stores take part. `work` must wait for nothing but the database of the unit, and may be run
 * again from the start. What it throws undoes all of it.
 */
export async function inOneUnit<Result>(database: Database, work: (unit: OneUnit) => Promise<Result>): Promise<Result> {
  return database.write(async (transaction) => work(oneUnit(database, transaction)))
}

function oneUnit(database: Database, transaction: Transaction<Schema>): OneUnit {
  // What an attempt leaves beside rows counts once it is known that it stays.
  let waiting: Waiting | null = null

  const audit: Database['audit'] = async (_transaction, event) => {
    if (waiting === null) await database.audit(transaction, event)
    else waiting.events.push(event)
  }

  async function append(rows: Rows): Promise<void> {
    for (const { name } of appendTables) {
      const given = rows[name]
      const list = given === undefined ? [] : [given].flat()
      if (list.length > 0) await transaction.insertInto(name).values(list).execute()
    }
    for (const event of eventsIn(rows)) await audit(transaction, event)
  }

  const inside: Database = {
    ...database,
    read: transaction,
    write: async (piece) => piece(transaction),
    audit,
    afterCommit: (_transaction, action) => {
      if (waiting === null) database.afterCommit(transaction, action)
      else waiting.actions.push(action)
    },
    lookup: (build) => async (id) => {
      const query = build(transaction, (column) => sql<SqlBool>`${sql.ref(column)} = ${id}`)
      const { rows } = await transaction.executeQuery(query.compile())
      return rows[0] ?? null
    },
    append,
    appendIf: async ({ guard, rows }) => {
      if ((await changedBy(transaction, guard)) === 0n) return false
      await append(rows)
      return true
    },
  }

  return {
    database: inside,
    attempt: async (piece) => {
      if (waiting !== null) throw new TypeError('attempt: one piece of work at a time.')
      const left: Waiting = { events: [], actions: [] }
      waiting = left
      await sql`savepoint attempt`.execute(transaction)
      try {
        const { result, stays } = await piece()
        if (!stays) await undo(transaction)
        else await sql`release savepoint attempt`.execute(transaction)
        waiting = null
        if (stays) {
          for (const event of left.events) await database.audit(transaction, event)
          for (const action of left.actions) database.afterCommit(transaction, action)
        }
        return result
      } catch (error) {
        waiting = null
        // Where the transaction is gone with its connection, there is nothing left to undo, and `error` says why.
        await undo(transaction).catch(() => undefined)
        throw error
      }
    },
  }
}

interface Waiting {
  readonly events: AuditEvent[]
  readonly actions: (() => void)[]
}

async function undo(transaction: Transaction<Schema>): Promise<void> {
  await sql`rollback to savepoint attempt`.execute(transaction)
  await sql`release savepoint attempt`.execute(transaction)
}

async function changedBy(transaction: Transaction<Schema>, { sql: text, parameters }: Statement): Promise<bigint> {
  const { numAffectedRows } = await transaction.executeQuery(CompiledQuery.raw(text, [...parameters]))
  return numAffectedRows ?? 0n
}
