import type { User } from '../../core/identity.ts'
import { actorOf } from '../../tokens/owner.ts'
import { isRightVerifier } from '../checks/pkce.ts'
import { narrowedResources } from '../checks/resources.ts'
import type { OAuthClient } from '../client.ts'
import type { Codes, StoredCode } from '../codes.ts'
import type { Grants } from '../grants.ts'
import type { IdTokens } from '../id-tokens.ts'
import type { Issuing } from '../issuing.ts'
import { OAuthError } from '../oauth-error.ts'
import type { RefreshTokens } from '../refresh-tokens.ts'
import type { GrantType, TokenAnswer, TokenRequest } from './grant-type.ts'

export interface AuthorizationCodeOptions {
  readonly codes: Pick<Codes, 'find' | 'spend'>
  readonly grants: Pick<Grants, 'end'>
  readonly issuing: Pick<Issuing, 'forUser'>
  readonly refreshTokens: Pick<RefreshTokens, 'first' | 'getsRefreshToken'>
  readonly idTokens: Pick<IdTokens, 'sign'>
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
  /** Hears of a code that was used again, for the log (nothing). */
  readonly onReplayed?: (replay: { readonly clientId: string; readonly userId: string }) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Trades an authorization code for tokens (RFC 6749, section 4.1.3), once. A code that comes again ends its grant and all
 * that was given for it (section 4.1.2), for one of the two who have it is a thief. A code of another client is no business
 * of this one, and stays good for its owner.
 */
export function authorizationCode(options: AuthorizationCodeOptions): GrantType {
  const { codes, grants, issuing, refreshTokens, idTokens, onReplayed, clock = Date.now } = options

  async function answer(request: TokenRequest): Promise<TokenAnswer> {
    const code = await codes.find(request.parameters.need('code'))
    if (code === null || code.grant.clientKey !== request.client.key) throw notValid()
    const { user } = code
    if (user === null) throw notValid()
    if (code.isSpent) return replayed(code, user, request)
    if (!code.isLive) throw notValid()
    // Whoever comes with the wrong proof has had their try: the code is used up.
    if (!isProven(code, request)) return used(code, user, request)
    return spend(code, user, request)
  }

  async function spend(code: StoredCode, user: User, request: TokenRequest): Promise<TokenAnswer> {
    const { client, parameters, confirmation, exchange } = request
    const { grant } = code
    const { scopes } = grant
    const audience = narrowedResources(grant.resources, parameters, options.audience)
    const made = issuing.forUser({ client, user, grant, scopes, audience, confirmation, exchange })
    const refresh = refreshTokens.getsRefreshToken(client, scopes)
      ? refreshTokens.first({ grant, client, confirmation, now: Math.floor(clock()) })
      : null
    const accessToken = made.answer.access_token
    const idToken = scopes.includes('openid') ? await idTokens.sign({ client, user, grant, accessToken, scopes }) : null
    const rows = { ...made.rows, ...(refresh === null ? {} : { grant_tokens: refresh.row }) }
    if (!(await codes.spend(code.id, rows))) return replayed(code, user, request)
    return {
      ...made.answer,
      ...(refresh === null ? {} : { refresh_token: refresh.text }),
      ...(idToken === null ? {} : { id_token: idToken }),
    }
  }

  async function used(code: StoredCode, user: User, request: TokenRequest): Promise<never> {
    if (await codes.spend(code.id, {})) throw notValid()
    return replayed(code, user, request)
  }

  async function replayed({ grant }: StoredCode, user: User, { client, exchange }: TokenRequest): Promise<never> {
    const by = { actor: actorOf(user), address: exchange.address, requestId: exchange.requestId ?? null }
    if (await grants.end(grant.id, 'code_replayed', by)) onReplayed?.({ clientId: client.id, userId: user.id })
    throw notValid()
  }

  return { name: 'authorization_code', answer }
}

/** Whoever shows a code has to be the one who asked for it. */
function isProven(code: StoredCode, { client, parameters, confirmation }: TokenRequest): boolean {
  if (!isRightVerifier(code.codeChallenge, parameters.get('code_verifier'))) return false
  // RFC 9449, section 10.
  if (code.dpopJkt !== null && (confirmation === null || !('jkt' in confirmation))) return false
  if (code.dpopJkt !== null && confirmation !== null && 'jkt' in confirmation && confirmation.jkt !== code.dpopJkt) {
    return false
  }
  return isSameRedirectUri(code, parameters.get('redirect_uri'), client)
}

/**
 * RFC 6749, section 4.1.3: the one of the authorization request. Left out, PKCE does what it was for, as OAuth 2.1 has it
 * (section 10.2).
 */
function isSameRedirectUri(
  { redirectUri, codeChallenge }: StoredCode,
  sent: string | null,
  client: OAuthClient,
): boolean {
  if (sent === null) return redirectUri === null || codeChallenge !== null
  return sent === (redirectUri ?? client.metadata.redirectUris?.[0])
}

/** One sentence for everything that may be wrong with it (RFC 6749, section 5.2). */
function notValid(): OAuthError {
  return new OAuthError('invalid_grant', 'The code is not valid any more, is for another client, or was not proven.')
}
