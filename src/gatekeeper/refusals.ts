import type { Auth } from '../core/auth.ts'
import type { AuthError } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import type { Answer } from '../http/exchange.ts'
import { wantsHtml } from '../http/negotiate.ts'
import { safeNext } from '../http/next.ts'
import { isSafeMethod } from '../http/request-origin.ts'
import type { Gateway, OriginalRequest } from './original-request.ts'
import type { GatekeeperRoute } from './route.ts'

export interface RefusalsOptions {
  readonly auth: Pick<Auth, 'refusal'>
  /** Whether browsers reach the protected hosts by https. */
  readonly secure: boolean
  /** Where to sign in: a path on the protected host itself, or the address of another one. */
  readonly signIn: string
}

/** What was refused: the request as its route sees it. */
export interface Refused {
  readonly original: OriginalRequest
  readonly route: GatekeeperRoute
  readonly request: AuthRequest
}

/** Writes a refusal as the gateway can pass it on. */
export type Refusals = (gateway: Gateway, refused: Refused, error: AuthError) => Answer

/**
 * Makes the answers to those who are not let in. Somebody who loads a page and could sign in is led to the sign-in page, and
 * from there back; everybody else is told 401 with the challenges, or 403. nginx passes on no status but these two, and
 * redirects by itself to the `Location` of a 401.
 */
export function createRefusals({ auth, secure, signIn }: RefusalsOptions): Refusals {
  return (gateway, refused, error) => {
    const { request, original } = refused
    // It counts in the metrics and goes to the log either way.
    const plain = auth.refusal(request, error)
    const location = error.status === 401 ? signInFor(refused, error) : null
    if (location === null) return gateway === 'nginx' ? forNginx(plain) : plain
    const status = gateway === 'nginx' ? 401 : isSafeMethod(original.method) ? 302 : 303
    return { status, headers: [['location', location], ...uncached], body: '' }
  }

  /** `null` where nobody is to be led to sign in: programs, and whoever asks for the sign-in page itself. */
  function signInFor({ route, request, original }: Refused, error: AuthError): string | null {
    if (route.api === true || !wantsHtml(request)) return null
    const origin = `${secure ? 'https' : 'http'}://${original.host}`
    const target = original.target.length > longestNext ? '/' : safeNext(original.target, '/')
    // Whoever has to show more than they did would only be told that they are signed in.
    const anew = error.code === 'sign_in_incomplete' ? '&fresh=1' : ''
    if (!signIn.startsWith('/')) return `${signIn}?next=${encodeURIComponent(origin + target)}${anew}`
    if (original.path.startsWith(signIn)) return null
    return `${origin}${signIn}?next=${encodeURIComponent(target)}${anew}`
  }
}

/** Header fields of a gateway's upstream are often held to four kilobytes together. In characters. */
const longestNext = 1024

const uncached = [['cache-control', 'no-store']] as const

/** Any other status than these makes nginx answer 500. */
function forNginx({ status, headers, body }: Answer): Answer {
  return { status: status === 401 || status >= 500 ? status : 403, headers, body }
}
