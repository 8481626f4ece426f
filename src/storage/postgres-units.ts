import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely } from 'kysely'
import type { Transaction } from 'kysely'
import { Unavailable } from '../core/errors.ts'
import type { Database } from './database.ts'
import { newestIn } from './postgres-audit.ts'
import type { LinkEvents, LinkedEvents } from './postgres-audit.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { isWorthRepeating, postgresFailure } from './postgres-errors.ts'
import type { PostgresPool } from './postgres-pool.ts'
import type { Schema } from './schema.ts'
import type { Notebook } from './unit-notes.ts'

/** `Database.write`: each unit is a transaction, run again where PostgreSQL says that the same may work then. */
export function postgresUnits(pool: PostgresPool, notebook: Notebook, link: LinkEvents): Database['write'] {
  const kysely = new Kysely<Schema>({ dialect: postgresDialect(pool) })
  return async (work) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await runUnit(kysely, notebook, link, work)
      } catch (error) {
        if (attempt === mostAttempts || !isWorthRepeating(error)) throw postgresFailure(error)
      }
      // Two that were in each other's way are not to meet again at once.
      await sleep(Math.random() * 2 ** attempt)
    }
  }
}

const mostAttempts = 6

async function runUnit<Result>(
  kysely: Kysely<Schema>,
  notebook: Notebook,
  link: LinkEvents,
  work: (transaction: Transaction<Schema>) => Promise<Result>,
): Promise<Result> {
  const links: LinkedEvents[] = []
  try {
    const { result, afterCommit } = await kysely.transaction().execute(async (transaction) => {
      const { events, afterCommit } = notebook.begin(transaction)
      const result = await work(transaction)
      if (events.length > 0) {
        const linked = await link(events, newestIn(transaction))
        links.push(linked)
        await transaction.insertInto('audit_events').values(linked.rows).execute()
      }
      return { result, afterCommit }
    })
    for (const linked of links) linked.committed()
    for (const action of afterCommit) action()
    return result
  } catch (error) {
    if (!(postgresFailure(error) instanceof Unavailable)) for (const linked of links) linked.rolledBack()
    throw error
  }
}
