import { linkEvents, startChain } from './audit.ts'
import type { AuditChain, AuditEvent, AuditStamp } from './audit.ts'
import type { AuditEventRow } from './schema.ts'
import { insertRows } from './sqlite-append.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

export interface SqliteAudit {
  /** Takes the events of a unit, which `flush` writes. */
  readonly add: (events: readonly AuditEvent[]) => void
  /** Writes what the units of a group have to say, in their order: those that are alike share a row. */
  readonly flush: () => void
  /** Remembers the end of the chain and what is still to be written, and returns how to go back to it after a roll-back. */
  readonly remember: () => () => void
  /** Begins a new chain, because nobody knows where the old one ends. */
  readonly restart: () => void
}

/** The chain of one process. Since one unit runs after the other, it grows in the order of the commits. */
export function sqliteAudit(connection: SqliteConnection, stamp: AuditStamp): SqliteAudit {
  let chain: AuditChain | null = null
  let waiting: AuditEvent[] = []

  function insert({ chain: next, rows }: { readonly chain: AuditChain; readonly rows: readonly AuditEventRow[] }) {
    insertRows(connection, { audit_events: rows })
    chain = next
    return next
  }

  function begin(): AuditChain {
    const newest = connection.prepare('select id, hash from audit_events order by id desc limit 1').get()
    return insert(startChain(newest as Pick<AuditEventRow, 'id' | 'hash'> | null, stamp))
  }

  return {
    add: (events) => void waiting.push(...events),
    flush: () => {
      if (waiting.length > 0) insert(linkEvents(chain ?? begin(), waiting, stamp))
      waiting = []
    },
    remember: () => {
      const before = { chain, length: waiting.length }
      return () => {
        chain = before.chain
        waiting.length = before.length
      }
    },
    restart: () => {
      chain = null
      waiting = []
    },
  }
}
