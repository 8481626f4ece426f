import { PermissionDenied } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'

export interface RequestOriginOptions {
  /** Origins beside the own one that may send unsafe requests, such as `https://app.example` (none). */
  readonly origins?: readonly string[]
  /** Whether browsers reach this site by https (true). The scheme of an origin has to be the site's own. */
  readonly secure?: boolean
}

/** Whether a method is one that changes nothing, and so needs no defence (RFC 9110, section 9.2.1). */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE'
}

/**
 * Makes the check that a request which changes something comes from a page of this site, as the browser tells it: `Origin`
 * has to be listed, or equal the scheme and `Host` that the request was sent to; `Sec-Fetch-Site` must not say that it
 * comes from elsewhere. Where a browser sent neither, over https the `Referer` has to say so; over http there is nothing
 * to go by. Throws `PermissionDenied` (`csrf_failed`) with the reason; safe methods pass. Throws `TypeError` at once where
 * a listed origin is none.
 */
export function createOriginCheck(options: RequestOriginOptions = {}): (request: AuthRequest) => void {
  const { origins = [], secure = true } = options
  const listed = new Set(origins.map(checkedOrigin))
  const scheme = secure ? 'https://' : 'http://'
  return (request) => {
    if (isSafeMethod(request.method)) return
    const origin = request.headers.get('origin')
    if (origin !== null && listed.has(origin)) return
    if (origin !== null) checkOrigin(origin, request)
    const site = request.headers.get('sec-fetch-site')
    if (site !== null) checkSite(site)
    if (origin === null && site === null && secure) checkReferer(request)
  }

  function checkOrigin(origin: string, request: AuthRequest): void {
    if (origin === 'null') throw csrfFailed('The browser kept the origin of the request to itself (Origin: null).')
    if (!isOwn(origin, request)) throw csrfFailed('The origin of the request is not this site and not a trusted one.')
  }

  /** Browsers that send no `Origin` with a form still send the page's address, unless told not to. */
  function checkReferer(request: AuthRequest): void {
    const referer = request.headers.get('referer')
    if (referer === null) throw csrfFailed('The request has neither Origin nor Referer, and over https one is needed.')
    if (!URL.canParse(referer)) throw csrfFailed('The Referer of the request is not a URL.')
    const { origin } = new URL(referer)
    if (!listed.has(origin) && !isOwn(origin, request)) {
      throw csrfFailed('The Referer of the request is not a page of this site or of a trusted one.')
    }
  }

  /** To the letter: what a proxy rewrote, and a host that was sent twice, is not the own one. */
  function isOwn(origin: string, request: AuthRequest): boolean {
    const host = request.headers.get('host')
    return host !== null && host !== '' && origin === scheme + host
  }
}

/** The refusal that all checks against cross-site request forgery end in. */
export function csrfFailed(reason: string): PermissionDenied {
  return new PermissionDenied('csrf_failed', reason)
}

/** Fetch Metadata, section 2.3. `none` is a person's own doing, such as a form sent again from the history. */
function checkSite(site: string): void {
  if (site === 'same-origin' || site === 'none') return
  if (site === 'same-site') throw csrfFailed('The request comes from a neighbouring site that is not a trusted one.')
  if (site === 'cross-site') throw csrfFailed('The request comes from another site.')
  throw csrfFailed('The Sec-Fetch-Site header of the request is malformed.')
}

function checkedOrigin(origin: string): string {
  if (/^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin) return origin
  throw new TypeError(
    `Trusted origins: "${origin}" is not an origin, such as https://app.example (no path, no slash at the end).`,
  )
}
