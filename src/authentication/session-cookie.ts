import type { Authenticator, Found } from '../core/authenticator.ts'
import { RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { readCookies } from '../http/cookies.ts'
import { isSafeMethod } from '../http/request-origin.ts'

/** A browser sign-in, as `identity.auth`. Times are milliseconds since 1970. */
export interface SessionAuth {
  readonly id: string
  readonly createdAt: number
  /** When the person last proved who they are. */
  readonly authenticatedAt: number
  /** The end of it, whatever happens. */
  readonly expiresAt: number
  /** How they proved it, in the names of RFC 8176: `pwd`, `otp`. */
  readonly amr: readonly string[]
}

export interface SessionCookieOptions<Auth extends SessionAuth = SessionAuth> {
  readonly sessions: {
    /** Finds the session of a cookie's value, which may be any text: `null` where it is unknown or over, or its user is. */
    readonly find: (value: string) => Promise<Found<User, Auth> | null>
  }
  readonly csrf: {
    /** Throws `csrf_failed` (403) unless the request proves that it was sent by a page of this session. */
    readonly check: (request: AuthRequest, sessionId: string) => Promise<void>
  }
  /** The name of the cookie (sessionid). */
  readonly cookie?: string
}

/**
 * Takes the cookie of a browser session. A cookie whose session is over makes nobody, and nothing more: a browser sends it
 * until it is told otherwise. It has no challenge, for a browser could not answer one.
 *
 * Cookies are sent along by the browser whoever made the page, so once a cookie has decided who it is, an unsafe method
 * (RFC 9110, section 9.2.1) has to pass the CSRF check. What else the request carries does not matter: with a cookie and
 * an `Authorization` header, the authenticator that stands first in the list and takes its credential on decides, and its
 * own rule holds. A bad bearer token in front is a refusal, not a way around the check; one behind is not looked at.
 *
 * Throws `RequestRefused` (`invalid_request`) where the cookie was sent with two values: one of them was planted from a
 * neighbouring domain or path, and nobody can tell which.
 */
export function sessionCookie<Auth extends SessionAuth>({
  sessions,
  csrf,
  cookie = 'sessionid',
}: SessionCookieOptions<Auth>): Authenticator<'session', User, Auth> {
  return {
    name: 'session',
    authenticate: async (request) => {
      const value = onlyValue(request, cookie)
      if (value === null) return null
      const found = await sessions.find(value)
      if (found !== null && !isSafeMethod(request.method)) await csrf.check(request, found.auth.id)
      return found
    },
  }
}

/** The cookie's value, `null` where it is absent or empty. The same value twice is one: paths may overlap. */
export function onlyValue(request: AuthRequest, cookie: string): string | null {
  const [value = '', ...others] = readCookies(request.headers.get('cookie'), cookie)
  if (others.some((other) => other !== value)) {
    throw new RequestRefused('invalid_request', `The request carries two different values of the cookie ${cookie}.`)
  }
  return value === '' ? null : value
}
