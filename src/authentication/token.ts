import type { Authenticator, Found } from '../core/authenticator.ts'
import type { Challenge } from '../core/challenge.ts'
import type { Principal } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { credentialOf } from '../http/authorization.ts'
import { bearerToken, invalidToken } from './bearer.ts'

export interface TokenOptions<Who extends Principal, Auth> {
  readonly tokens: {
    /** Finds whom a token is for: `null` where it is unknown, expired or revoked, or its user inactive, all alike. */
    readonly find: (text: string) => Promise<Found<Who, Auth> | null>
  }
  /** What stands before the token in the `Authorization` header; letter case does not matter (Token). */
  readonly keyword?: string
  /**
   * Tells one's own tokens by their shape. Tokens of another shape are left to others (none are: every token under the
   * keyword is ours). Required with the keyword `Bearer`, under which others have theirs.
   */
  readonly recognises?: (text: string) => boolean
  /** What the challenge calls the protected space (none; `api` with the keyword `Bearer`). */
  readonly realm?: string
}

/**
 * Takes opaque tokens in `Authorization: Token …`, as Django REST clients send them. Throws `AuthenticationFailed`:
 * `bad_authorization_header` for what cannot be a token, `invalid_token` for one that is not found. Throws `TypeError` for
 * a keyword that is no scheme name, and for `Bearer` without `recognises`.
 */
export function token<Who extends Principal, Auth>({
  tokens,
  keyword = 'Token',
  recognises,
  realm,
}: TokenOptions<Who, Auth>): Authenticator<'token', Who, Auth> {
  const isBearer = keyword.toLowerCase() === 'bearer'
  checkKeyword(keyword, isBearer && recognises === undefined)
  const read = isBearer ? bearerToken : (request: AuthRequest) => credentialOf(request, keyword)
  const isOurs = recognises ?? (() => true)
  const challenge = challengeOf(keyword, realm ?? (isBearer ? 'api' : undefined))
  return {
    name: 'token',
    scheme: keyword,
    authenticate: async (request) => {
      const text = read(request)
      if (text === null || !isOurs(text)) return null
      const found = await tokens.find(text)
      if (found === null) throw invalidToken()
      return found
    },
    challenge: () => challenge,
  }
}

function checkKeyword(keyword: string, lacksShape: boolean): void {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(keyword)) {
    throw new TypeError('token: keyword must be the name of a scheme, such as Token.')
  }
  if (lacksShape) {
    throw new TypeError('token: with the keyword Bearer, tell your tokens from those of others in recognises.')
  }
}

function challengeOf(scheme: string, realm: string | undefined): Challenge {
  return realm === undefined ? { scheme } : { scheme, params: { realm } }
}
