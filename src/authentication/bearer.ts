import type { Authenticator, Found } from '../core/authenticator.ts'
import { AuthenticationFailed, RequestRefused } from '../core/errors.ts'
import type { Principal } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { credentialOf } from '../http/authorization.ts'

export interface BearerOptions<Via extends string, Who extends Principal, Auth> {
  /** Becomes `identity.via`. */
  readonly name: Via
  /** Tells one's own tokens by their shape alone: a prefix, a length. Tokens of another shape are left to others. */
  readonly recognises: (token: string) => boolean
  /** Looks a token up: `null` for one that is unknown, expired or revoked, all alike. */
  readonly find: (token: string, request: AuthRequest) => Promise<Found<Who, Auth> | null>
  /** What the challenge calls the protected space (api). */
  readonly realm?: string
}

/**
 * Takes bearer tokens of one format (RFC 6750). Several such authenticators live side by side: each takes the tokens
 * that it recognises, and a token that none of them does is refused by the chain. Throws `AuthenticationFailed`
 * (`invalid_token`) for a recognised token that is not found.
 */
export function bearer<const Via extends string, Who extends Principal, Auth>({
  name,
  recognises,
  find,
  realm = 'api',
}: BearerOptions<Via, Who, Auth>): Authenticator<Via, Who, Auth> {
  const challenge = { scheme: 'Bearer', params: { realm } }
  return {
    name,
    scheme: 'Bearer',
    authenticate: async (request) => {
      const token = bearerToken(request)
      if (token === null || !recognises(token)) return null
      const found = await find(token, request)
      if (found === null) throw invalidToken()
      return found
    },
    challenge: () => challenge,
  }
}

/**
 * The token in `Authorization: Bearer …`, or `null` where the header is absent or of another scheme (RFC 6750, section
 * 2.1; scheme names have no case). It is read from nowhere else: a token in a URL ends up in logs and histories (RFC 9700,
 * section 4.3.2), so one there alone counts for nothing, and one beside the header makes two methods, which is refused
 * (RFC 6750, section 2) with `RequestRefused` (`invalid_request`).
 */
export function bearerToken(request: AuthRequest): string | null {
  const token = credentialOf(request, 'Bearer')
  if (token !== null && hasTokenInQuery(request.url)) {
    throw new RequestRefused('invalid_request', 'The request carries an access token in more than one way.', {
      challenge: { error: 'invalid_request' },
    })
  }
  return token
}

/** The refusal of a token that is ours and no good, whatever the reason: that only goes to the log (RFC 6750, section 3.1). */
export function invalidToken(cause?: unknown): AuthenticationFailed {
  return new AuthenticationFailed('invalid_token', undefined, {
    challenge: { error: 'invalid_token' },
    ...(cause === undefined ? {} : { cause }),
  })
}

function hasTokenInQuery(url: string): boolean {
  const mark = url.indexOf('?')
  if (mark === -1) return false
  const query = url.slice(mark + 1)
  // Parsing costs more than the rest together, so it has to be worth a try: the name may be written with escapes.
  return /access_token|%/.test(query) && new URLSearchParams(query).has('access_token')
}
