import type { AuthRequest } from '../core/request.ts'
import { unfit } from './unfit.ts'

export interface HeaderNamesOptions {
  /** What the gateway writes: each may come once. */
  readonly own: readonly string[]
  /** What only other gateways write, or what makes a backend see another request than we do: none may come. */
  readonly foreign: readonly string[]
  /** Names that mean something to a backend or to us, beside those: they may come, but in no other spelling. */
  readonly guarded: readonly string[]
}

/**
 * Makes the check of header names. Many servers take `Remote_User`, `Remote.User` and `Remote-User` for one, since they write
 * all three as the variable `HTTP_REMOTE_USER` (RFC 3875, section 4.1.18). A proxy that deletes one spelling lets the others
 * through, so a request with another spelling of a name that counts is refused, as is one with a doubled name.
 */
export function createHeaderNamesCheck(options: HeaderNamesOptions): (headers: AuthRequest['headers']) => void {
  const own = new Set(options.own)
  const foreign = new Set(options.foreign)
  const known = new Set([...options.own, ...options.foreign, ...options.guarded].map(plainName))

  return (headers) => {
    if (headers.keys === undefined) throw unfit('The names of the headers cannot be seen here.')
    const seen = new Set<string>()
    for (const key of headers.keys()) {
      const name = key.toLowerCase()
      if (foreign.has(name)) throw unfit(`The header ${name} has no place in this request.`)
      if (own.has(name)) {
        if (seen.has(name)) throw unfit(`The header ${name} came more than once.`)
        seen.add(name)
      }
      if (odd.test(name) && known.has(plainName(name))) {
        throw unfit(`A header came in another spelling of ${plainName(name)}.`)
      }
    }
  }
}

/** Few names have anything but letters, digits and single dashes inside. */
const odd = /[^a-z0-9-]|-$/

/** As servers see it that keep to letters and digits. */
function plainName(name: string): string {
  return name.replaceAll(/[^a-z0-9]/g, '-').replace(/-+$/, '')
}
