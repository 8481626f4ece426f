import type { Authenticator, Found } from '../core/authenticator.ts'
import type { Principal } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { createAudienceCheck, type OwnNames } from '../http/audience.ts'
import { invalidToken } from '../http/bearer-token.ts'
import { createTokenBinding, isBound, type TokenBindingOptions } from '../http/token-binding.ts'

/** An OAuth access token, as `identity.auth`. */
export interface AccessTokenAuth {
  readonly id: string
  /** The client that it was issued to. */
  readonly clientId: string
  /** What it may do, at most (RFC 6749, section 3.3). */
  readonly scopes: readonly string[]
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** Whom it is for (RFC 8707); empty or left out: nobody in particular. */
  readonly audience?: readonly string[]
  /** What its holder has to prove (RFC 7800); `null` or left out: nothing. */
  readonly confirmation?: object | null
}

export interface AccessTokenOptions<Who extends Principal, Auth extends AccessTokenAuth> extends TokenBindingOptions {
  /** Tells the server's own tokens by their looks. */
  readonly recognises: (token: string) => boolean
  /**
   * Looks a token up: `null` for one that is unknown, expired or revoked, or whose client or user is no longer active. The
   * principal is the user who gave leave, or the client where it acts for itself (RFC 6749, section 4.4).
   */
  readonly find: (token: string, request: AuthRequest) => Promise<Found<Who, Auth> | null>
  /**
   * What this API is called, or where it is reached (nothing). A token for others is refused: of one with an audience, a part
   * has to be such a name, or an address that the request is at or below.
   */
  readonly audience?: OwnNames
  /** What the challenge calls the protected space (api). */
  readonly realm?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Takes the access tokens of an OAuth 2.0 server that shares our database. Those of another server, which are JWTs, are for
 * `jwt`. Throws `AuthenticationFailed` (`invalid_token`) for one of ours that is not found, is for another API, or is bound
 * to a key or a certificate that the caller does not prove to hold.
 */
export function accessToken<Who extends Principal, Auth extends AccessTokenAuth>(
  options: AccessTokenOptions<Who, Auth>,
): Authenticator<'oauth2', Who, Auth> {
  const { recognises, find, audience = [], realm = 'api', clock } = options
  const binding = createTokenBinding(options, realm, clock)
  const isForUs = createAudienceCheck(audience)
  const [scheme, ...otherSchemes] = binding.schemes
  const [challenge, ...otherChallenges] = binding.challenges
  const offers = otherChallenges.length === 0 ? (challenge ?? null) : binding.challenges

  return {
    name: 'oauth2',
    scheme: otherSchemes.length === 0 ? (scheme ?? 'Bearer') : binding.schemes,
    authenticate: async (request) => {
      const sent = binding.tokenIn(request)
      if (sent === null || !recognises(sent.token)) return null
      const found = await find(sent.token, request)
      if (found === null) throw invalidToken()
      const { audience: wanted = [], confirmation = null } = found.auth
      if (!isForUs(wanted, request)) throw invalidToken('The token is for another API.')
      if (isBound(sent, confirmation)) await binding.check(request, sent, confirmation)
      return found
    },
    challenge: () => offers,
  }
}
