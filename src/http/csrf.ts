import type { AuthRequest } from '../core/request.ts'
import { equalText } from '../crypto/compare.ts'
import { keyedDigest } from '../crypto/digest.ts'
import { randomBase62 } from '../crypto/random.ts'
import { formatCookie, readCookies } from './cookies.ts'
import { createOriginCheck, csrfFailed, isSafeMethod } from './request-origin.ts'

export interface CsrfOptions {
  /** What tokens are made with: at least 32 random bytes, the same on every node. */
  readonly key: Uint8Array
  /** Origins beside the own one that may send unsafe requests, such as `https://app.example` (none). */
  readonly origins?: readonly string[]
  /** Carries the token to scripts, and with an anonymous form the counterpart of its field (csrftoken). */
  readonly cookieName?: string
  /** Carries the token of a script's request (x-csrftoken). */
  readonly headerName?: string
  /** Carries the token of a form (csrfmiddlewaretoken). */
  readonly fieldName?: string
  /** Whether browsers reach this site by https (true). Without, the cookie is not `Secure`, and origins are http ones. */
  readonly secure?: boolean
}

/**
 * The defence against cross-site request forgery, for requests that a cookie signs in and for forms of pages before
 * sign-in. Two things are needed, and neither replaces the other: an origin that is ours, and a token that only our pages
 * know. Every refusal is `PermissionDenied` (`csrf_failed`) with its reason; safe methods pass.
 */
export interface Csrf {
  readonly cookieName: string
  readonly headerName: string
  readonly fieldName: string
  /**
   * The token of a session: an HMAC of its id, so that every node makes the same and none is stored. It is the same in each
   * page of the session: pages that hold it must not be compressed together with what a caller chooses (BREACH).
   */
  readonly tokenFor: (sessionId: string) => string
  /** A token for a form that is shown before there is a session: a random value and its HMAC. It has to be in the cookie too. */
  readonly anonymousToken: () => string
  /** Tells whether a text is such a token of ours, so that a second form can be shown with the one of the first. */
  readonly isAnonymousToken: (token: string) => boolean
  /** The `Set-Cookie` value that carries a token. Scripts read it, so it is not `HttpOnly`. */
  readonly cookie: (token: string) => string
  /** Checks the origin alone. */
  readonly checkOrigin: (request: AuthRequest) => void
  /** Checks the origin, then that the header, or else the form field, has the token of this session. */
  readonly check: (request: AuthRequest, sessionId: string) => Promise<void>
  /** Checks the origin, then that the header, or else the form field, has the token of the cookie, and that we made it. */
  readonly checkAnonymous: (request: AuthRequest) => Promise<void>
}

/** Makes the defence. Throws `TypeError` where the key is short, a name cannot be one, or a listed origin is none. */
export function createCsrf(options: CsrfOptions): Csrf {
  const { key, cookieName = 'csrftoken', fieldName = 'csrfmiddlewaretoken', origins = [], secure = true } = options
  const headerName = (options.headerName ?? 'x-csrftoken').toLowerCase()
  if (key.byteLength < 32) throw new TypeError('CSRF: key must have at least 32 bytes; take random ones.')
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(headerName)) throw new TypeError('CSRF: headerName must be a header name.')
  const cookie = (token: string): string => formatCookie(cookieName, token, { secure, httpOnly: false })
  cookie('')
  const checkOrigin = createOriginCheck({ origins, secure })

  const tokenFor = (sessionId: string): string => mac('session', sessionId)
  const anonymousToken = (): string => {
    const value = randomBase62(22)
    return `${value}.${mac('anonymous', value)}`
  }

  return {
    cookieName,
    headerName,
    fieldName,
    tokenFor,
    anonymousToken,
    isAnonymousToken,
    cookie,
    checkOrigin,
    check: async (request, sessionId) => {
      if (isSafeMethod(request.method)) return
      checkOrigin(request)
      const sent = await sentToken(request)
      if (!equalText(sent, tokenFor(sessionId))) throw csrfFailed('The CSRF token is not that of this session.')
    },
    checkAnonymous: async (request) => {
      if (isSafeMethod(request.method)) return
      checkOrigin(request)
      // Several, where another application on a parent domain has a cookie of this name: one of them has to fit.
      const cookies = readCookies(request.headers.get('cookie'), cookieName)
      if (cookies.length === 0)
        throw csrfFailed('The CSRF cookie is missing. Cookies have to be allowed for this site.')
      const sent = await sentToken(request)
      if (!cookies.some((value) => equalText(value, sent)))
        throw csrfFailed('The CSRF token is not that of the cookie.')
      if (!isAnonymousToken(sent)) throw csrfFailed('The CSRF token was not made by this site.')
    },
  }

  /** The header first: reading a field may mean reading a body. */
  async function sentToken(request: AuthRequest): Promise<string> {
    const sent = request.headers.get(headerName) || ((await request.field?.(fieldName)) ?? '')
    if (sent === '') throw csrfFailed('The CSRF token is missing.')
    return sent
  }

  function isAnonymousToken(token: string): boolean {
    const dot = token.indexOf('.')
    return dot !== -1 && equalText(token.slice(dot + 1), mac('anonymous', token.slice(0, dot)))
  }

  /** The purpose goes first, so that no token of one kind is ever one of the other. */
  function mac(purpose: 'session' | 'anonymous', value: string): string {
    return keyedDigest(key, `csrf ${purpose} ${value}`).toString('base64url')
  }
}
