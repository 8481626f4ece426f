import type { Authenticator, Found } from '../core/authenticator.ts'
import type { Principal } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { bearerToken, invalidToken } from '../http/bearer-token.ts'

export { bearerToken, invalidToken } from '../http/bearer-token.ts'

export interface BearerOptions<Via extends string, Who extends Principal, Auth> {
  /** Becomes `identity.via`. */
  readonly name: Via
  /** Tells one's own tokens by their shape alone: a prefix, a length. Tokens of another shape are left to others. */
  readonly recognises: (token: string) => boolean
  /** Looks a token up: `null` for one that is unknown, expired or revoked, all alike. */
  readonly find: (token: string, request: AuthRequest) => Promise<Found<Who, Auth> | null>
  /** What the challenge calls the protected space (api). */
  readonly realm?: string
  /** Where the protected-resource metadata of this API is, for the challenge (RFC 9728, section 5.1) (nowhere). */
  readonly resourceMetadata?: string
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
  resourceMetadata,
}: BearerOptions<Via, Who, Auth>): Authenticator<Via, Who, Auth> {
  const metadata = resourceMetadata === undefined ? {} : { resource_metadata: resourceMetadata }
  const challenge = { scheme: 'Bearer', params: { realm, ...metadata } }
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
