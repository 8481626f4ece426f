import type { AuditEvent } from './audit.ts'

/** What a unit of writing leaves besides rows. */
export interface UnitNotes {
  readonly events: AuditEvent[]
  readonly afterCommit: (() => void)[]
}

/** Finds the notes of a unit by its transaction. */
export interface Notebook {
  readonly begin: (transaction: object) => UnitNotes
  /** Throws where the transaction is not one that `write` gave to a unit. */
  readonly of: (transaction: object) => UnitNotes
}

export function createNotebook(): Notebook {
  const kept = new WeakMap<object, UnitNotes>()
  return {
    begin: (transaction) => {
      const notes = { events: [], afterCommit: [] }
      kept.set(transaction, notes)
      return notes
    },
    of: (transaction) => {
      const notes = kept.get(transaction)
      if (notes === undefined) throw new TypeError('This needs the transaction that write() gave to its unit.')
      return notes
    },
  }
}
