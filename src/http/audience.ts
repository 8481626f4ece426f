import type { AuthRequest } from '../core/request.ts'
import { normalisePath } from './path.ts'

/** What an API is called, or where it is reached. Where one door stands before several, it depends on the request. */
export type OwnNames = string | readonly string[] | ((request: AuthRequest) => readonly string[])

/**
 * Makes the test whether a token is for us, by its audience (RFC 8707, section 2). `own` is what this API is called: a name,
 * or the address by which it is reached. A token for nobody in particular is for us; so is one that names us, and one whose
 * audience is an address that the request is at or below. The host is that of `own`, never that of a request.
 */
export function createAudienceCheck(own: OwnNames): (audience: readonly string[], request: AuthRequest) => boolean {
  const fixed = typeof own === 'function' ? null : placesOf([own].flat())
  return (audience, request) => {
    if (audience.length === 0) return true
    const { names, origins } = fixed ?? placesOf(typeof own === 'function' ? own(request) : [])
    if (audience.some((one) => names.has(one))) return true
    const path = request.url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
    return [...origins].some((origin) => audience.some((one) => covers(one, origin + path)))
  }
}

function placesOf(own: readonly string[]): {
  readonly names: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
} {
  return {
    names: new Set(own),
    origins: new Set(own.filter((name) => isAddress(name)).map((name) => new URL(name).origin)),
  }
}

/**
 * Whether an address is at or below a resource: same scheme, host and port, and its path goes on from that of the resource
 * by whole segments. Both are normalised first; what could be read in two ways is not below anything.
 */
export function covers(resource: string, address: string): boolean {
  const [outer, inner] = [placeOf(resource), placeOf(address.replace(/[?#].*$/s, ''))]
  if (outer === null || inner === null || outer.origin !== inner.origin) return false
  const above = outer.path.replace(/\/$/, '')
  return inner.path === above || inner.path.startsWith(`${above}/`)
}

/** A resource with a query names something below a path, which only its very name stands for. */
function placeOf(text: string): { readonly origin: string; readonly path: string } | null {
  if (!isAddress(text)) return null
  const { origin, search, hash, pathname } = new URL(text)
  // The URL parser resolves dot segments and reads a backslash as a slash: what was written is what counts.
  const [, written = ''] = /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(text) ?? []
  const path = normalisePath(written === '' ? pathname : written)
  return search !== '' || hash !== '' || path === null ? null : { origin, path }
}

function isAddress(text: string): boolean {
  return /^https?:\/\/[^\\]*$/i.test(text) && URL.canParse(text)
}
