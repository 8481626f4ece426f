import { Unavailable } from '../core/errors.ts'

/**
 * What callers get for an error of SQLite: `Unavailable` where the store could not do what it was asked, and the error
 * itself where it was asked the wrong thing (a constraint, a mistake in the statement).
 */
export function sqliteFailure(error: unknown): unknown {
  return storeIsAtFault.has(primaryCode(error)) ? new Unavailable({ cause: error }) : error
}

/** Somebody else holds the lock: worth trying again. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === codes.busy
}

/** After these, nothing that the connection has in memory can be trusted: it has to be opened again. */
export function isBroken(error: unknown): boolean {
  return brokenBy.has(primaryCode(error))
}

/** The result codes of SQLite (https://sqlite.org/rescode.html) that are told apart here. */
const codes = {
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  notADatabase: 26,
} as const

const storeIsAtFault: ReadonlySet<number> = new Set(Object.values(codes))
const brokenBy: ReadonlySet<number> = new Set([
  codes.readOnly,
  codes.ioError,
  codes.corrupt,
  codes.cannotOpen,
  codes.notADatabase,
])

/** The low byte says what happened; the rest says where. -1 where it is no error of SQLite. */
function primaryCode(error: unknown): number {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return -1
  return error.errcode & 0xff
}
