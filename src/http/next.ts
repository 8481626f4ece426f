import { normalisePath } from './path.ts'

/**
 * Where to go after signing in: `value` where it leads to a page of this site, or of an allowed origin, else `fallback`.
 * It is given back in the spelling in which it was judged, as a path (or URL) with query and fragment. Refused is all that
 * a browser, a proxy or a router may read as another place: `//host`, `/\host`, credentials in the URL, control characters
 * and blanks, characters beyond ASCII, and paths that `normalisePath` finds ambiguous. Open redirects lend a phisher our
 * name, and leak codes (RFC 9700, section 4.11).
 */
export function safeNext(value: string | null, fallback: string, allowedOrigins: readonly string[] = []): string {
  if (value === null || value.length > longest || !plain.test(value)) return fallback
  const url = value.startsWith('/') ? parse(value, here) : parse(value)
  if (url === null || url.username !== '' || url.password !== '') return fallback
  if (!isUnambiguous(url.pathname) || !isUnambiguous(rawPath(value))) return fallback
  const rest = url.pathname + url.search + url.hash
  if (url.origin === here) return value.startsWith('/') ? rest : fallback
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  return isWeb && allowedOrigins.includes(url.origin) ? url.origin + rest : fallback
}

/**
 * Where a form may lead whose answer leads on to `next`, for `formAction` of its page: some browsers hold redirects after a
 * form to it. Nothing for a path of this site.
 */
export function originsOfNext(next: string): readonly string[] {
  return URL.canParse(next) ? [new URL(next).origin] : []
}

/** Long enough for an authorization request that is resumed; short enough for a `Location`. In characters. */
const longest = 8 * 1024

/** Visible ASCII but for the backslash, which browsers take for a slash. */
const plain = /^[\x21-\x5b\x5d-\x7e]+$/

/** A name that cannot exist (RFC 6761, section 6.4): what is still there after parsing is a path of this site. */
const here = 'https://site.invalid'

function parse(value: string, base?: string): URL | null {
  return URL.canParse(value, base) ? new URL(value, base) : null
}

/** As sent: the parser of URLs resolves dots before we can see what they were. */
function rawPath(value: string): string {
  const path = value.startsWith('/') ? value : value.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  return path.replace(/[?#].*$/s, '') || '/'
}

/** Compatibility forms are undone too: an escaped full-width slash or full stop becomes a real one in some routers. */
function isUnambiguous(path: string): boolean {
  const normal = normalisePath(path)
  if (normal === null) return false
  const compatible = normal.normalize('NFKC').replaceAll(/[\u2044\u2215\u29f8\u3002]/g, '/')
  return normal === compatible || !/\\|\/\/|\/\.{1,2}(?:\/|$)/.test(compatible)
}
