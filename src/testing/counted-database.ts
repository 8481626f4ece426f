import { AsyncLocalStorage } from 'node:async_hooks'
import type { KyselyPlugin, Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'

/** How many statements a database was given since the last reset. */
export interface Queries {
  /** Look-ups and other statements outside units of writing. */
  readonly reads: number
  /** Statements in units of writing, those that read included, and appends. */
  readonly writes: number
  /** Starts from 0, once what was written behind until now is written. */
  readonly reset: () => Promise<void>
}

export interface CountedDatabase {
  readonly database: Database
  /** What it has counted; `reset` is up to whoever knows what is written behind. */
  readonly counts: { reads: number; writes: number }
  /** Runs what starts background work, such as looks for revocations every 100 ms, which does not count. */
  readonly uncounted: <Result>(work: () => Promise<Result>) => Promise<Result>
}

/** Counts the statements that go through a database. */
export function countedDatabase(database: Database): CountedDatabase {
  const counts = { reads: 0, writes: 0 }
  const background = new AsyncLocalStorage<true>()
  const isCounted = (): boolean => background.getStore() === undefined
  /** Units as they are given out, and as the database knows them. */
  const units = new WeakMap<object, Transaction<Schema>>()
  const itself = (unit: Transaction<Schema>): Transaction<Schema> => units.get(unit) ?? unit

  return {
    counts,
    uncounted: async (work) => background.run(true, work),
    database: {
      ...database,
      read: database.read.withPlugin(
        whenDone(() => {
          if (isCounted()) counts.reads += 1
        }),
      ),
      lookup: (build) => {
        const find = database.lookup(build)
        return async (id) => {
          if (isCounted()) counts.reads += 1
          return find(id)
        }
      },
      append: async (rows) => {
        if (isCounted()) counts.writes += Object.keys(rows).length
        await database.append(rows)
      },
      appendIf: async (guarded) => {
        if (isCounted()) counts.writes += 1 + Object.keys(guarded.rows).length
        return database.appendIf(guarded)
      },
      write: async (work) => {
        // Units of one turn run one after the other, in the context of the first of them.
        if (!isCounted()) return database.write(work)
        return database.write(async (unit) => {
          const counted = unit.withPlugin(
            whenDone(() => {
              counts.writes += 1
            }),
          )
          units.set(counted, unit)
          return work(counted)
        })
      },
      audit: async (unit, event) => database.audit(itself(unit), event),
      afterCommit: (unit, action) => database.afterCommit(itself(unit), action),
    },
  }
}

/** Kysely shows a plugin the result of each statement, of those too that were compiled before. */
function whenDone(count: () => void): KyselyPlugin {
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      count()
      return result
    },
  }
}
