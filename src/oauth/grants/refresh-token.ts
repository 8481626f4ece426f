import { isDeepStrictEqual } from 'node:util'
import type { User } from '../../core/identity.ts'
import { equalBytes } from '../../crypto/compare.ts'
import { digest } from '../../crypto/digest.ts'
import { openUnder, sealUnder } from '../../crypto/seal.ts'
import { actorOf, type By } from '../../tokens/owner.ts'
import type { Confirmation } from '../access-tokens.ts'
import { narrowedResources } from '../checks/resources.ts'
import type { OAuthClient } from '../client.ts'
import type { Grant, Grants } from '../grants.ts'
import type { IdTokens } from '../id-tokens.ts'
import type { Issuing } from '../issuing.ts'
import { OAuthError } from '../oauth-error.ts'
import type { RefreshTokens, StoredRefreshToken } from '../refresh-tokens.ts'
import { narrowedScopes } from '../scopes.ts'
import type { GrantType, TokenAnswer, TokenRequest } from './grant-type.ts'

export interface RefreshTokenOptions {
  readonly refreshTokens: RefreshTokens
  readonly grants: Pick<Grants, 'end'>
  readonly issuing: Pick<Issuing, 'forUser'>
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
  /** Signs ID tokens (there are none). */
  readonly idTokens?: Pick<IdTokens, 'sign'>
  /** Seconds for which the same client gets the same answer again; 10 at most, 0: not at all (10). */
  readonly refreshGrace?: number
  /** Hears of a refresh token that was used again, for the log (nothing). */
  readonly onReused?: (reuse: { readonly clientId: string; readonly userId: string }) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Trades a refresh token for the next one and an access token (RFC 6749, section 6), once. Whoever uses a token again that
 * was spent, the thief or the one it was stolen from, ends the grant, for nobody can tell which it is (RFC 9700, section
 * 4.14.2). What comes again at once from the same client is a retry, whose answer got lost: it gets the same answer, as
 * long as nobody has used that.
 */
export function refreshToken(options: RefreshTokenOptions): GrantType {
  const { refreshTokens, grants, issuing, idTokens, refreshGrace = 10, onReused, clock = Date.now } = options
  const grace = Math.min(refreshGrace, 10) * 1000

  async function answer(request: TokenRequest): Promise<TokenAnswer> {
    const text = request.parameters.need('refresh_token')
    const token = await found(text, request)
    const given = token.spentAt === null ? await spend(text, token, request) : null
    return given ?? (await again(text, token.spentAt === null ? await found(text, request) : token, request))
  }

  /** A token of another client is no business of this one, and stays good for its owner. */
  async function found(text: string, { client, confirmation }: TokenRequest): Promise<StoredRefreshToken> {
    const token = await refreshTokens.find(text)
    if (token === null || token.grant.clientKey !== client.key) throw notValid()
    if (!isProven(token, confirmation)) throw notValid()
    if (!token.isLive) throw notValid()
    return token
  }

  /** `null` where somebody else was first, or what it hangs on has ended in this very moment. */
  async function spend(text: string, token: StoredRefreshToken, request: TokenRequest): Promise<TokenAnswer | null> {
    const { client, parameters, confirmation, exchange } = request
    const { grant, user } = token
    const now = Math.floor(clock())
    if (user === null || now >= token.expiresAt) throw notValid()
    const { scopes: granted, resources } = stillAllowed(grant, client, options.audience)
    const scopes = narrowedScopes(granted, parameters.get('scope'))
    const audience = narrowedResources(resources, parameters, options.audience)

    const made = issuing.forUser({ client, user, grant, scopes, audience, confirmation, exchange })
    const isKept = refreshTokens.isKept(client, token)
    const successor = refreshTokens.first({ grant, client, confirmation: confirmation ?? token.confirmation, now })
    const { access_token: accessToken } = made.answer
    const idToken =
      idTokens !== undefined && scopes.includes('openid')
        ? await idTokens.sign({ client, user, grant, accessToken, scopes, nonce: null })
        : null
    const answer = {
      ...made.answer,
      // RFC 6749, section 6: where none comes, the client keeps the one that it has.
      ...(isKept ? {} : { refresh_token: successor.text }),
      ...(idToken === null ? {} : { id_token: idToken }),
    }
    const by = byOf(request, user)
    if (isKept) return (await refreshTokens.keep(token, { client, rows: made.rows, by, now })) ? answer : null
    const isSpent = await refreshTokens.spend(token, {
      successor: successor.row,
      rows: made.rows,
      given:
        grace === 0 ? null : { askedBy: askerOf(request), answer: sealUnder(text, purpose, JSON.stringify(answer)) },
      by,
    })
    return isSpent ? answer : null
  }

  /** The answer that was given for it. It is gone as soon as the token in it is spent. */
  async function again(text: string, token: StoredRefreshToken, request: TokenRequest): Promise<TokenAnswer> {
    const { grant, user, spentAt } = token
    if (user === null || spentAt === null) throw notValid()
    const given = clock() < spentAt + grace ? await refreshTokens.givenFor(token) : null
    if (given !== null && equalBytes(given.askedBy, askerOf(request))) {
      const plain = openUnder(text, purpose, given.answer)
      if (plain !== null) return JSON.parse(Buffer.from(plain).toString()) as TokenAnswer
    }
    const by = byOf(request, user)
    if (await grants.end(grant.id, 'reused', by)) onReused?.({ clientId: request.client.id, userId: user.id })
    throw notValid()
  }

  return { name: 'refresh_token', answer }
}

const purpose = 'oauth-refresh-answer'

/**
 * What was granted and the client may still ask for. What an administrator has taken from it since, it does not get by an old
 * grant: at most what is left, and nothing at all where nothing is (RFC 6749, section 6: "any scope not originally granted"
 * is the upper bound, never the lower one).
 */
function stillAllowed(
  { scopes, resources }: Grant,
  { scopes: mine, metadata }: OAuthClient,
  own: string | readonly string[],
): Pick<Grant, 'scopes' | 'resources'> {
  const places = [own, metadata.resources ?? []].flat()
  const left = {
    scopes: scopes.filter((scope) => mine.includes(scope)),
    resources: resources.filter((uri) => places.includes(uri)),
  }
  // Without a resource it would be for the server's own API, which the user was not asked about.
  if (left.scopes.length === 0 || (resources.length > 0 && left.resources.length === 0)) throw notValid()
  return left
}

/** What is bound to a key or a certificate is no good without it (RFC 9449, section 5; RFC 8705, section 4). */
function isProven({ confirmation: bound }: StoredRefreshToken, confirmation: Confirmation | null): boolean {
  return bound === null || isDeepStrictEqual(bound, confirmation)
}

/**
 * Whom the idempotent window is for, and what they asked for. A client that proves who it is may have moved on to another
 * network meanwhile; one that does not is held to its address.
 */
function askerOf({ client, confirmation, parameters, exchange }: TokenRequest): Uint8Array {
  const isUnproven = !client.isConfidential && confirmation === null
  const from = isUnproven ? [exchange.address, exchange.headers.get('user-agent')] : []
  return digest(JSON.stringify([client.id, confirmation, parameters.get('scope'), parameters.all('resource'), from]))
}

function byOf({ exchange }: TokenRequest, user: User): By {
  return { actor: actorOf(user), address: exchange.address, requestId: exchange.requestId ?? null }
}

/** One sentence for everything that may be wrong with it (RFC 6749, section 5.2). */
function notValid(): OAuthError {
  return new OAuthError('invalid_grant', 'The refresh token is not valid any more, or is for another client.')
}
