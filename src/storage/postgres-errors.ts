import { AuthError, Unavailable } from '../core/errors.ts'

/**
 * What callers get for an error of PostgreSQL or of its driver: `Unavailable` where the store could not do what it was
 * asked, and the error itself where it was asked the wrong thing.
 */
export function postgresFailure(error: unknown): unknown {
  return isAbout(error, storeIsAtFault) || losesConnection(error) ? new Unavailable({ cause: error }) : error
}

/** The same again may well work: a deadlock, a serialization failure, or a plan that a migration made invalid. */
export function isWorthRepeating(error: unknown): boolean {
  return isAbout(error, repeatable)
}

/** A prepared statement does not fit the schema any more, or is gone. */
export function isStale(error: unknown): boolean {
  return isAbout(error, stale)
}

/** The connection is of no more use: errors without a code of PostgreSQL come from the driver or from the network. */
export function losesConnection(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof AuthError || programmers.includes(error.constructor)) return false
  return codeOf(error) === null ? fromDriver(error) : isAbout(error, endsConnection)
}

const programmers: readonly unknown[] = [TypeError, RangeError, SyntaxError, ReferenceError]

/** Prefixes of SQLSTATE codes (PostgreSQL manual, appendix A). */
const endsConnection = ['08', '57P', '25P03']
const stale = ['0A000', '26000']
const repeatable = ['40001', '40P01', ...stale]
const storeIsAtFault = [
  ...endsConnection,
  '40001',
  '40P01',
  // A read-only server: a standby, after a switch-over.
  '25006',
  // No room: disk, memory, connections.
  '53',
  '55P03',
  '57014',
  '58',
  'XX',
]

function isAbout(error: unknown, prefixes: readonly string[]): boolean {
  const code = codeOf(error)
  return code !== null && prefixes.some((prefix) => code.startsWith(prefix))
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}

/** `ECONNREFUSED` and its like, and the sentences of `pg`, which have no code. */
function fromDriver(error: Error): boolean {
  if ('syscall' in error || ('code' in error && typeof error.code === 'string' && /^E[A-Z_]+$/.test(error.code)))
    return true
  return /connection|time-?out|client was closed|pool after/i.test(error.message)
}
