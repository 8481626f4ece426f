import { AuthenticationFailed, RequestRefused } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import { credentialOf } from './authorization.ts'

/**
 * The token in `Authorization: Bearer …`, or `null` where the header is absent or of another scheme (RFC 6750, section
 * 2.1; scheme names have no case). It is read from nowhere else: a token in a URL ends up in logs and histories (RFC 9700,
 * section 4.3.2), so one there alone counts for nothing, and one beside the header makes two methods, which is refused
 * (RFC 6750, section 2) with `RequestRefused` (`invalid_request`).
 */
export function bearerToken(request: AuthRequest): string | null {
  const token = credentialOf(request, 'Bearer')
  if (token !== null && hasTokenInQuery(request.url)) throw twoWays()
  return token
}

/** The refusal of a request with two tokens, or one that came in two ways (RFC 6750, section 2). */
export function twoWays(): RequestRefused {
  return new RequestRefused('invalid_request', 'The request carries an access token in more than one way.', {
    challenge: { error: 'invalid_request' },
  })
}

/** The refusal of a token that is ours and no good, whatever the reason: that only goes to the log (RFC 6750, section 3.1). */
export function invalidToken(cause?: unknown): AuthenticationFailed {
  return new AuthenticationFailed('invalid_token', undefined, {
    challenge: { error: 'invalid_token' },
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Whether a URL holds a token. */
export function hasTokenInQuery(url: string): boolean {
  const mark = url.indexOf('?')
  if (mark === -1) return false
  const query = url.slice(mark + 1)
  // Parsing costs more than the rest together, so it has to be worth a try: the name may be written with escapes.
  return /access_token|%/.test(query) && new URLSearchParams(query).has('access_token')
}
