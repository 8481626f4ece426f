import { linkEvents, startChain } from './audit.ts'
import type { AuditChain, AuditEvent, AuditStamp } from './audit.ts'
import type { AuditEventRow } from './schema.ts'
import { insertRows } from './sqlite-append.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

export interface SqliteAudit {
  /** Writes events. */
  readonly write: (events: readonly AuditEvent[]) => void
  /** Remembers the end of the chain, and returns how to go back to it after a roll-back. */
  readonly remember: () => () => void
  /** Begins a new chain, because nobody knows where the old one ends. */
  readonly restart: () => void
}

/** The chain of one process. Since one unit runs after the other, it grows in the order of the commits. */
export function sqliteAudit(connection: SqliteConnection, stamp: AuditStamp): SqliteAudit {
  let chain: AuditChain | null = null

  function insert({ chain: next, rows }: { readonly chain: AuditChain; readonly rows: readonly AuditEventRow[] }) {
    insertRows(connection, { audit_events: rows })
    chain = next
    return next
  }

  function begin(): AuditChain {
    const newest = connection.prepare('select id, hash from audit_events order by id desc limit 1').get()
    return insert(startChain(newest as Pick<AuditEventRow, 'id' | 'hash'> | null, stamp))
  }

  function write(events: readonly AuditEvent[]) {
    if (events.length > 0) insert(linkEvents(chain ?? begin(), events, stamp))
  }

  return {
    write,
    remember: () => {
      const before = chain
      return () => {
        chain = before
      }
    },
    restart: () => {
      chain = null
    },
  }
}
