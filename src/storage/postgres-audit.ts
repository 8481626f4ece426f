import type { Kysely } from 'kysely'
import { linkEvents, startChain } from './audit.ts'
import type { AuditChain, AuditEvent, AuditStamp } from './audit.ts'
import type { AuditEventRow, Schema } from './schema.ts'

/** Rows for some events at the end of a chain that nobody else has at the time. Say how it ended, once. */
export interface LinkedEvents {
  readonly rows: readonly AuditEventRow[]
  /** The rows are there. */
  readonly committed: () => void
  /** The rows are not there: the chain is where it was. */
  readonly rolledBack: () => void
  // With neither of them, nobody knows, and the chain is not used again.
}

export type LinkEvents = (events: readonly AuditEvent[], findNewest: FindNewest) => Promise<LinkedEvents>
export type FindNewest = () => Promise<Pick<AuditEventRow, 'id' | 'hash'> | null>

/**
 * The chains of one process. A transaction has a chain to itself from the making of its rows to its commit, so positions
 * have no gaps and every row follows one that is committed; transactions that run at the same time use several chains.
 */
export function postgresAudit(stamp: AuditStamp): LinkEvents {
  const idle: AuditChain[] = []
  return async (events, findNewest) => {
    const before = idle.pop()
    const started = before === undefined ? startChain(await findNewest(), stamp) : { chain: before, rows: [] }
    const linked = linkEvents(started.chain, events, stamp)
    return {
      rows: [...started.rows, ...linked.rows],
      committed: () => void idle.push(linked.chain),
      rolledBack: () => {
        if (before !== undefined) idle.push(before)
      },
    }
  }
}

export function newestIn(database: Kysely<Schema>): FindNewest {
  return async () => {
    const newest = database.selectFrom('audit_events').select(['id', 'hash']).orderBy('id', 'desc').limit(1)
    return (await newest.executeTakeFirst()) ?? null
  }
}
