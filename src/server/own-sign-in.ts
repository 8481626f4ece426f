import { IncomingMessage } from 'node:http'
import { browserSession } from '../accounts/browser-session.ts'
import { createVouchedUsers, type VouchedUser } from '../accounts/vouched-users.ts'
import { nodeRequest } from '../adapters/node-request.ts'
import { AuthenticationFailed } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { clearCookie } from '../http/cookies.ts'
import { safeNext } from '../http/next.ts'
import { isSecure } from './addresses.ts'
import type { Instance } from './instance.ts'

/** Somebody whom the application has just looked at, by whatever way it has. */
export interface SignedInUser extends VouchedUser {
  /** How they proved who they are, in the names of RFC 8176, such as `pwd`, `otp` and `hwk` (pwd). */
  readonly amr?: readonly string[]
  /**
   * When they proved it, in milliseconds since 1970 (now). Say it where they have done so before: an application that asks
   * for a fresh sign-in is not content with an old one.
   */
  readonly authenticatedAt?: number
}

/** A request of the application: a Web `Request`, `c.req.raw` of Hono, that of Node and Express, `request.raw` of Fastify. */
export type OwnRequest = AuthRequest | IncomingMessage

/** What a sign-in page of the application calls. */
export interface OwnSignIn {
  /**
   * Signs somebody in here, whom the application vouches for, and gives the values of the `Set-Cookie` headers of its answer.
   * Then send them to `nextOf(next)`. Throws `AuthenticationFailed`: `no_active_account` for one who is disabled
   * here, `insufficient_user_authentication` where they have signed in longer ago than a session may last; and
   * `RequestRefused` as `VouchedUsers` does.
   */
  readonly signIn: (
    request: OwnRequest,
    user: SignedInUser,
  ) => Promise<{ readonly user: User; readonly cookies: readonly string[] }>
  /** Ends the session of this browser, and what was granted for as long as it lasts. The cookies take it away. */
  readonly signOut: (request: OwnRequest) => Promise<{ readonly cookies: readonly string[] }>
  /** Where `next` of the sign-in page may lead: a path of this site, and `/` for everything else. */
  readonly nextOf: (next: unknown) => string
}

export function createOwnSignIn(instance: Instance): OwnSignIn {
  const { database, users, sessions, csrf, settings, clock, address: addressOf } = instance
  const vouched = createVouchedUsers(database, users)
  const secure = isSecure(settings)

  return {
    signIn: async (given, { amr = ['pwd'], authenticatedAt = Math.floor(clock()), ...who }) => {
      const request = requestOf(given)
      // A session of it would be over already, and the browser sent back and forth.
      if (clock() >= authenticatedAt + settings.sessionLifetime * 1000)
        throw new AuthenticationFailed('insufficient_user_authentication')
      const user = await vouched.userOf(who)
      const { value: replaces } = await browserSession(request, sessions)
      const address = addressOf(request)
      const userAgent = request.headers.get('user-agent')
      const session = await sessions.create({ userId: user.id, amr, authenticatedAt, address, userAgent, replaces })
      return { user, cookies: [sessions.cookie(session.value), csrf.cookie(session.csrfToken)] }
    },

    signOut: async (given) => {
      const request = requestOf(given)
      const { found } = await browserSession(request, sessions)
      const by = { address: addressOf(request) }
      if (found !== null) await sessions.end(found.auth.id, found.principal.id, by)
      return { cookies: [sessions.clearedCookie(), clearCookie(csrf.cookieName, { secure, httpOnly: false })] }
    },

    nextOf: (next) => safeNext(typeof next === 'string' ? next : null, '/'),
  }
}

function requestOf(request: OwnRequest): AuthRequest {
  return request instanceof IncomingMessage ? nodeRequest(request) : request
}
