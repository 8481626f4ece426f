import { Unavailable } from '../core/errors.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { patiently } from './sqlite-dialect.ts'
import { isBroken, sqliteFailure } from './sqlite-errors.ts'

/** A unit of writing: at once, or as an async function that waits for nothing but the database. */
export type SqliteUnit<Result> =
  | { readonly now: () => Result }
  | {
      readonly work: () => Promise<Result>
      /** Hears what it came to, unless it was given up. */
      readonly onDone: (result: Result) => void
    }

export interface GroupsOptions {
  /** The one connection that writes. */
  readonly connection: SqliteConnection
  /** How long to wait for the lock of another process, in milliseconds. */
  readonly busyTimeout: number
  /** Keeps a unit that was given up from writing. */
  readonly cutOff: () => void
  /** Remembers what the program keeps of the database (the audit chain), and returns how to go back to it. */
  readonly remember: () => () => void
  /** Writes what the units have left to be written together, at the end of their group. */
  readonly beforeCommit: () => void
  /** Something was committed: readers have to look anew. */
  readonly onCommitted: () => void
  /** The connection is gone, and with it the certainty of what was committed. */
  readonly onBroken: () => void
}

export interface Groups {
  readonly add: <Result>(unit: SqliteUnit<Result>) => Promise<Result>
  /** Resolves when everything that was added is settled. */
  readonly idle: () => Promise<void>
}

/**
 * Commits units in groups: all that were added in one turn of the event loop run one after the other in one transaction,
 * and share one fsync. If one of them fails, the group is rolled back and run again with a savepoint around each
 * unit, so only the faulty one rejects. Nothing resolves before the commit.
 */
export function createGroups(options: GroupsOptions): Groups {
  const { connection } = options
  let queue: Entry[] = []
  let running = false
  const whenIdle: (() => void)[] = []

  function schedule() {
    if (running) return
    running = true
    // After the requests of this turn, before the next ones are read.
    setImmediate(() => void runGroup())
  }

  async function runGroup() {
    let group: Entry[] = []
    try {
      await patiently(connection, options.busyTimeout, () => connection.exec('begin immediate'))
      group = takeQueue()
      await commitGroup(group, options)
      for (const entry of group) settle(entry)
    } catch (error) {
      rollBack(connection)
      if (isBroken(error)) {
        connection.drop()
        options.onBroken()
      }
      for (const entry of group.length > 0 ? group : takeQueue()) entry.reject(sqliteFailure(error))
    }
    running = false
    if (queue.length > 0) schedule()
    else for (const tell of whenIdle.splice(0)) tell()
  }

  function takeQueue(): Entry[] {
    const taken = queue
    queue = []
    return taken
  }

  return {
    add: async <Result>(unit: SqliteUnit<Result>) =>
      new Promise<Result>((resolve, reject) => {
        queue.push({
          unit: unit as SqliteUnit<unknown>,
          resolve: resolve as (result: unknown) => void,
          reject,
          outcome: null,
        })
        schedule()
      }),
    idle: async () => {
      if (running) await new Promise<void>((resolve) => whenIdle.push(resolve))
    },
  }
}

interface Entry {
  readonly unit: SqliteUnit<unknown>
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  outcome: { readonly result: unknown } | { readonly error: unknown } | null
}

/** Runs and commits a group in the open transaction. Throws where the group as a whole has failed. */
async function commitGroup(group: readonly Entry[], options: GroupsOptions): Promise<void> {
  const { connection, remember } = options
  const goBack = remember()
  try {
    if (!(await runPlainly(group, options))) {
      goBack()
      connection.exec('rollback')
      await patiently(connection, options.busyTimeout, () => connection.exec('begin immediate'))
      await runWithSavepoints(group, options)
    }
    options.beforeCommit()
    connection.exec('commit')
    options.onCommitted()
  } catch (error) {
    goBack()
    throw error
  }
}

/** Runs one unit after the other until one fails: `false`. */
async function runPlainly(group: readonly Entry[], options: GroupsOptions): Promise<boolean> {
  for (const entry of group) {
    if ('now' in entry.unit) runNow(entry, entry.unit.now)
    else await runWork(entry, entry.unit, options)
    if (failed(entry, options)) return false
  }
  return true
}

/** Runs each unit for itself: one that fails is undone, and the others stay. */
async function runWithSavepoints(group: readonly Entry[], options: GroupsOptions): Promise<void> {
  const { connection, remember } = options
  // A unit that was alone has nobody to spare, and has had its run.
  for (const entry of group.length > 1 ? group : []) {
    const goBack = remember()
    connection.prepare('savepoint unit').run()
    if ('now' in entry.unit) runNow(entry, entry.unit.now)
    else await runWork(entry, entry.unit, options)
    if (failed(entry, options)) {
      goBack()
      connection.prepare('rollback to unit').run()
    }
    connection.prepare('release unit').run()
  }
}

type WorkUnit = Extract<SqliteUnit<unknown>, { readonly work: unknown }>

function runNow(entry: Entry, now: () => unknown) {
  try {
    entry.outcome = { result: now() }
  } catch (error) {
    entry.outcome = { error }
  }
}

/**
 * A unit that has to wait for nothing but the database is done before the event loop goes on, since SQLite answers at
 * once. One that is not done by then would hold the lock for as long as whatever it waits for takes.
 */
async function runWork(entry: Entry, { work, onDone }: WorkUnit, { cutOff }: GroupsOptions): Promise<void> {
  let watch: NodeJS.Immediate | undefined
  try {
    const late = new Promise<never>((_, reject) => {
      watch = setImmediate(() => {
        cutOff()
        reject(new Error('A unit of writing waited for something else than its transaction. Do that before or after.'))
      })
    })
    const result = await Promise.race([work(), late])
    onDone(result)
    entry.outcome = { result }
  } catch (error) {
    entry.outcome = { error }
  } finally {
    clearImmediate(watch)
  }
}

/** Tells whether a unit has failed. Throws where it was not its own fault, which ends the group. */
function failed(entry: Entry, { connection }: GroupsOptions): boolean {
  const { outcome } = entry
  if (outcome !== null && 'error' in outcome && sqliteFailure(outcome.error) !== outcome.error)
    throw asError(outcome.error)
  // A full disk and the like end the transaction: what a unit wrote after it had overlooked that would stand alone.
  if (!connection.inTransaction()) throw new Unavailable({ cause: new Error('SQLite ended the transaction.') })
  return outcome === null || 'error' in outcome
}

function settle({ outcome, resolve, reject }: Entry) {
  if (outcome !== null && 'result' in outcome) resolve(outcome.result)
  else reject(sqliteFailure(outcome?.error))
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('A unit of writing failed.', { cause: error })
}

function rollBack(connection: SqliteConnection) {
  try {
    if (connection.inTransaction()) connection.exec('rollback')
  } catch {
    // The connection is dropped, or the next `begin` says what is wrong.
  }
}
