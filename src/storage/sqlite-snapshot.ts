import type { SqliteConnection } from './sqlite-connection.ts'

/** Lets the reads of one event-loop turn share a look at the database. */
export interface SqliteSnapshot {
  readonly read: <Result>(work: () => Result) => Result
  /** Counts the looks: what was read before it grew may not be so any more. */
  readonly count: () => number
  /** Ends the look, so that the next read sees what was committed since. */
  readonly end: () => void
}

/**
 * Each read on its own takes and gives back a lock on the file, which costs twice as much as the read. So from the second
 * read of a turn on, reads stand in one transaction, which ends with the turn, before the next requests are looked at, and at
 * each commit of this process: nobody who was told that something is written reads a state from before it.
 */
export function createSnapshot(connection: SqliteConnection): SqliteSnapshot {
  let reads = 0
  let isOpen = false
  let looks = 0

  function end(): void {
    reads = 0
    looks += 1
    if (!isOpen) return
    isOpen = false
    try {
      connection.exec('commit')
    } catch {
      // It only read: a connection that cannot even end that is opened anew.
      connection.drop()
    }
  }

  return {
    end,
    count: () => looks,
    read: (work) => {
      if (reads === 0) setImmediate(end)
      else if (!isOpen) {
        connection.exec('begin')
        isOpen = true
      }
      reads += 1
      try {
        return work()
      } catch (error) {
        end()
        throw error
      }
    },
  }
}
