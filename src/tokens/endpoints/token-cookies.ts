import { RequestRefused } from '../../core/errors.ts'
import type { AuthRequest } from '../../core/request.ts'
import { peekJwt } from '../../crypto/jwt.ts'
import type { JwtClaims } from '../../crypto/jwt.ts'
import { clearCookie, formatCookie, readCookies } from '../../http/cookies.ts'
import type { CookieOptions } from '../../http/cookies.ts'
import type { Csrf } from '../../http/csrf.ts'
import type { Answer, Exchange } from '../../http/exchange.ts'
import { jsonAnswer } from '../../http/exchange.ts'
import type { TokenPair } from '../pairs.ts'

export interface TokenCookiesOptions {
  readonly csrf: Pick<Csrf, 'check' | 'checkOrigin' | 'cookie' | 'tokenFor'>
  /** The name of the cookie for the access token (access_token). */
  readonly access?: string
  /** The name of the cookie for the refresh token (refresh_token). */
  readonly refresh?: string
  /** Where the access token is sent to (/). */
  readonly path?: string
  /** Where the refresh token is sent to: the endpoints that take it, and nowhere else (/api/token/). */
  readonly refreshPath?: string
  /** Sent to this domain and all below it (only to the host that set them). */
  readonly domain?: string
  /** Which cross-site requests carry them (Lax). */
  readonly sameSite?: 'Strict' | 'Lax' | 'None'
  /** Sent over https only (true). */
  readonly secure?: boolean
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Pairs in cookies that no script can read. The browser sends them along whoever made the page, so what they do needs the
 * CSRF token of their sign-in, and signing in has to come from a page of this site.
 */
export interface TokenCookies {
  /** Answers with the pair in cookies, and in the body with the CSRF token alone. */
  readonly answer: (pair: TokenPair) => Answer
  /** Takes the cookies away. */
  readonly clear: () => Answer
  /** The refresh token of the cookie, once its CSRF token is right; `null` where there is no cookie. Throws `csrf_failed`. */
  readonly refreshToken: (request: Exchange) => Promise<string | null>
  /** Throws `csrf_failed` where a browser says that a sign-in comes from another site. */
  readonly checkSignIn: (request: Exchange) => void
}

export function createTokenCookies(options: TokenCookiesOptions): TokenCookies {
  const { csrf, access = 'access_token', refresh = 'refresh_token', clock = Date.now } = options
  const { path = '/', refreshPath = '/api/token/', domain, sameSite = 'Lax', secure = true } = options
  const common: CookieOptions = { secure, httpOnly: true, sameSite, ...(domain === undefined ? {} : { domain }) }
  if (access === refresh) throw new TypeError('The two cookies need two names.')
  // Says now what is wrong with a name or an attribute.
  const cleared = [clearCookie(access, { ...common, path }), clearCookie(refresh, { ...common, path: refreshPath })]

  function kept(name: string, token: string, where: string): string {
    const end = (peekJwt(token)?.payload.exp ?? 0) * 1000
    const maxAge = Math.max(0, Math.floor((end - clock()) / 1000))
    return formatCookie(name, token, { ...common, path: where, maxAge })
  }

  return {
    answer: (pair) => {
      const csrfToken = csrf.tokenFor(csrfSessionOf(peekJwt(pair.access)?.payload ?? {}))
      return jsonAnswer({ csrfToken }, 200, [
        ['set-cookie', kept(access, pair.access, path)],
        ['set-cookie', kept(refresh, pair.refresh, refreshPath)],
        ['set-cookie', csrf.cookie(csrfToken)],
      ])
    },
    clear: () =>
      jsonAnswer(
        {},
        200,
        cleared.map((cookie) => ['set-cookie', cookie]),
      ),
    refreshToken: async (request) => {
      const token = onlyCookie(request, refresh)
      if (token === null) return null
      // What it says of itself is believed here only to find the CSRF token that belongs to it. What is no token of anybody
      // can be refused without.
      const claims = peekJwt(token)?.payload
      if (claims !== undefined) await csrf.check(request, csrfSessionOf(claims))
      return token
    },
    checkSignIn: (request) => {
      const told = ['origin', 'sec-fetch-site'].some((name) => request.headers.get(name) !== null)
      const isJson = /^application\/json\s*(?:;|$)/i.test(request.headers.get('content-type') ?? '')
      // Browsers send JSON across sites only where CORS allows it; forms they always send.
      if (told || !isJson) csrf.checkOrigin(request)
    },
  }
}

/** What the CSRF tokens of a pair are bound to: its family, so that they outlive a refresh. For the authenticator, too. */
export function csrfSessionOf({ fam }: JwtClaims): string {
  return typeof fam === 'string' ? `fam:${fam}` : ''
}

/** `null` where it is absent or empty. The same value twice is one: paths may overlap. */
function onlyCookie(request: AuthRequest, name: string): string | null {
  const [value = '', ...others] = readCookies(request.headers.get('cookie'), name)
  if (others.some((one) => one !== value)) {
    throw new RequestRefused('invalid_request', `The request carries two different values of the cookie ${name}.`)
  }
  return value === '' ? null : value
}
