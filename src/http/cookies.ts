import { isBlank, trimBlanks } from './trim-blanks.ts'

/**
 * All values of a cookie, in the order sent; several when cookies of one name were set for different paths or domains.
 * They are given as they stand: quotes stay, nothing is decoded, and only spaces and tabs at the ends go (RFC 6265bis,
 * section 5.6.3, the algorithm of browsers). Cookies of other names are not looked at. `name` is a token.
 */
export function readCookies(header: string | null, name: string): readonly string[] {
  if (header === null) return none
  let at = header.indexOf(name)
  if (at === -1) return none
  const values: string[] = []
  while (at !== -1) {
    const end = at + name.length
    if (header.charCodeAt(end) === equals && beginsPair(header, at)) {
      const stop = header.indexOf(';', end)
      values.push(trimBlanks(stop === -1 ? header.slice(end + 1) : header.slice(end + 1, stop)))
    }
    at = header.indexOf(name, end)
  }
  return values
}

export interface CookieOptions {
  /** Sent over https only (true). */
  readonly secure?: boolean
  /** Not readable by scripts (true). */
  readonly httpOnly?: boolean
  /** Which cross-site requests carry it; `None` needs `secure` (Lax: top-level navigation only). */
  readonly sameSite?: 'Strict' | 'Lax' | 'None'
  /** Where it is sent to (/). */
  readonly path?: string
  /** Sent to this domain and all below it (none: only to the host that set it). */
  readonly domain?: string
  /** Whole seconds until it is forgotten; 0 forgets it at once (none: when the browser closes). */
  readonly maxAge?: number
}

/**
 * Writes a `Set-Cookie` value (RFC 6265bis, section 4.1). Throws `TypeError` where a name, value or attribute cannot stand
 * in one, and where a prefixed name lacks what its prefix promises (section 4.1.3): a browser would drop it silently.
 */
export function formatCookie(name: string, value: string, options: CookieOptions = {}): string {
  const { secure = true, httpOnly = true, sameSite = 'Lax', path = '/', domain, maxAge } = options
  checkPair(name, value)
  checkAttributes(name, path, domain, maxAge)
  checkPrefix(name, { secure, path, domain })
  if (sameSite === 'None' && !secure) throw new TypeError(`Cookie ${name}: sameSite 'None' needs secure.`)
  const attributes = [
    `Path=${path}`,
    domain === undefined ? '' : `Domain=${domain}`,
    maxAge === undefined ? '' : `Max-Age=${maxAge}`,
    secure ? 'Secure' : '',
    httpOnly ? 'HttpOnly' : '',
    `SameSite=${sameSite}`,
  ]
  return [`${name}=${value}`, ...attributes.filter((attribute) => attribute !== '')].join('; ')
}

/** Writes the `Set-Cookie` value that removes a cookie. Path, domain and prefix have to be those it was set with. */
export function clearCookie(name: string, options: Omit<CookieOptions, 'maxAge'> = {}): string {
  return formatCookie(name, '', { ...options, maxAge: 0 })
}

const none: readonly string[] = Object.freeze([])
const equals = 0x3d
const semicolon = 0x3b

/** A pair begins at the start or after a semicolon. Blanks between are skipped, and only real ones: no Unicode spaces. */
function beginsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && isBlank(header.charCodeAt(before))) before -= 1
  return before < 0 || header.charCodeAt(before) === semicolon
}

/** Names are tokens, values cookie-octets (RFC 6265, section 4.1.1); browsers drop pairs above 4,096 bytes (6265bis, 5.7). */
function checkPair(name: string, value: string): void {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
    throw new TypeError('A cookie name must be a token, such as sessionid.')
  if (!/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value)) {
    throw new TypeError(`Cookie ${name}: the value has characters that need encoding; base64url it.`)
  }
  if (name.length + value.length > 4096) throw new TypeError(`Cookie ${name}: name and value exceed 4,096 bytes.`)
}

function checkAttributes(name: string, path: string, domain: string | undefined, maxAge: number | undefined): void {
  if (!/^\/[\x20-\x3a\x3c-\x7e]*$/.test(path)) throw new TypeError(`Cookie ${name}: path must begin with a slash.`)
  if (domain !== undefined && !/^[0-9a-z]([0-9a-z.-]*[0-9a-z])?$/i.test(domain)) {
    throw new TypeError(`Cookie ${name}: domain must be a host name.`)
  }
  if (maxAge !== undefined && (!Number.isSafeInteger(maxAge) || maxAge < 0)) {
    throw new TypeError(`Cookie ${name}: maxAge must be whole seconds, 0 or more.`)
  }
}

/** Browsers compare the prefixes without regard to case (RFC 6265bis, section 5.4). */
function checkPrefix(
  name: string,
  { secure, path, domain }: { readonly secure: boolean; readonly path: string; readonly domain: string | undefined },
): void {
  const lower = name.toLowerCase()
  const host = lower.startsWith('__host-')
  if (!host && !lower.startsWith('__secure-')) return
  if (!secure) throw new TypeError(`Cookie ${name}: the prefix needs secure. Over plain http, use a name without it.`)
  if (host && path !== '/') throw new TypeError(`Cookie ${name}: the prefix __Host- needs path '/'.`)
  if (host && domain !== undefined) throw new TypeError(`Cookie ${name}: the prefix __Host- allows no domain.`)
}
