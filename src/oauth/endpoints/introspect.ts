import { readAuthorization } from '../../http/authorization.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../../http/exchange.ts'
import type { TokenFormat } from '../../tokens/format.ts'
import type { AccessTokens, StoredAccessToken } from '../access-tokens.ts'
import { type AuthenticateClient, invalidClient } from '../client-authentication/authenticate-client.ts'
import type { ClientFinder } from '../client-finder.ts'
import type { OAuthClient } from '../client.ts'
import { accessTokenFacts, refreshTokenFacts, type TokenFacts } from '../introspected.ts'
import type { GrantUses } from '../grant-uses.ts'
import type { IdTokens } from '../id-tokens.ts'
import type { JwtAccessTokenFinder } from '../jwt-access-token-finder.ts'
import { oauthEndpoint, type OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'
import type { RefreshTokens } from '../refresh-tokens.ts'
import type { Subjects } from '../subjects.ts'

export interface IntrospectEndpointOptions {
  readonly authenticate: AuthenticateClient
  readonly findClient: ClientFinder
  readonly format: TokenFormat
  readonly accessTokens: Pick<AccessTokens, 'find'>
  readonly findJwtAccessToken: JwtAccessTokenFinder
  readonly refreshTokens: Pick<RefreshTokens, 'find'>
  /** An API that asks about an access token was shown it. */
  readonly grantUses: Pick<GrantUses, 'used'>
  readonly issuer: string
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
  /** Signs answers for those who want them signed. */
  readonly idTokens: Pick<IdTokens, 'signFor'>
  readonly subjects: Pick<Subjects, 'subjectOf'>
  /** Further members about tokens that are active (none). Those of the protocol stay as they are. */
  readonly introspectionMembers?: IntrospectionMembers
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Makes members for an answer about an active token (RFC 7662, section 2.2: services may add their own). */
export type IntrospectionMembers = (asked: {
  /** What is told without them, by its names on the wire. */
  readonly token: TokenFacts
  /** Who asks. */
  readonly asker: OAuthClient
}) => Promise<Readonly<Record<string, unknown>>>

/**
 * `POST /o/introspect/` (RFC 7662): an API asks about a token that it was shown. A client may ask about tokens for the
 * resources in its `introspects`, and about its own; about every other one it learns nothing but `{"active":false}`.
 */
export function introspectEndpoint(options: IntrospectEndpointOptions): Endpoint {
  const { format, accessTokens, findJwtAccessToken, refreshTokens, grantUses, issuer, audience } = options
  const { idTokens, introspectionMembers, clock = Date.now } = options
  const own = [audience].flat()
  const facts = { issuer, audience: own, subjects: options.subjects }

  async function answerFor(text: string, asker: OAuthClient): Promise<TokenFacts> {
    if (format.recognises(text, 'rt')) return answerForRefreshToken(text, asker)
    const token = format.recognises(text, 'at') ? await accessTokens.find(text) : await findJwtAccessToken(text)
    // What is neither may be what another server made.
    if (token === null && format.parse(text) === null) return answerForRefreshToken(text, asker)
    if (token === null || !maySee(asker, token, own)) return inactive
    grantUses.used(token.grantId, token.grantLastUsedAt)
    return accessTokenFacts(token, asker, facts)
  }

  async function answerForRefreshToken(text: string, asker: OAuthClient): Promise<TokenFacts> {
    const token = await refreshTokens.find(text)
    const isActive = token !== null && token.isLive && token.spentAt === null && clock() < token.expiresAt
    return isActive && token.grant.clientKey === asker.key ? refreshTokenFacts(token, asker, facts) : inactive
  }

  /** Of a token that is not active nothing is told, and `active` is for nobody else to say. */
  async function withMore(token: TokenFacts, asker: OAuthClient): Promise<TokenFacts> {
    if (!token.active || introspectionMembers === undefined) return token
    return { ...(await introspectionMembers({ token, asker })), ...token }
  }

  return oauthEndpoint(async (exchange, parameters) => {
    const asker = await askerOf(exchange, parameters, options)
    const answer = await withMore(await answerFor(parameters.need('token'), asker), asker)
    const { introspectionSignedResponseAlg: alg } = asker.metadata
    if (alg === undefined && !wantsJwt(exchange)) return jsonAnswer(answer)
    // RFC 9701, section 5: for this asker alone, and of a type and form that nothing takes for an access token.
    const claims = { iss: issuer, aud: asker.id, iat: Math.floor(clock() / 1000), token_introspection: answer }
    const typ = 'token-introspection+jwt'
    return jwtAnswer(await idTokens.signFor(asker, claims, { typ, alg: alg ?? 'RS256' }))
  })
}

/** RFC 7662, section 2.2: nothing more, so that nobody learns why. */
const inactive: TokenFacts = { active: false }

/**
 * Who asks: a client that proves who it is, or one that acts for itself with an access token of the scope `introspection`
 * (RFC 7662, section 2.1). Public clients prove nothing.
 */
async function askerOf(
  exchange: Exchange,
  parameters: OAuthParameters,
  { authenticate, accessTokens, findClient }: IntrospectEndpointOptions,
): Promise<OAuthClient> {
  const header = readAuthorization(exchange)
  if (header?.scheme !== 'bearer') {
    const client = await authenticate(exchange, parameters)
    if (client.authMethod === 'none') throw invalidClient()
    return client
  }
  if (parameters.get('client_secret') !== null || parameters.get('client_assertion') !== null) {
    throw new OAuthError('invalid_request', 'The client shows who it is in more than one way.')
  }
  const token = await accessTokens.find(header.value)
  // One that is bound to a key proves nothing by itself (RFC 9449, section 7.2).
  if (token === null || token.confirmation !== null || token.audience.length > 0) throw refusedToken('invalid_token')
  if (token.user !== null || !token.scopes.includes('introspection')) throw refusedToken('insufficient_scope')
  const client = await findClient(token.clientId)
  if (client === null) throw refusedToken('invalid_token')
  return client
}

/** RFC 6750, section 3. */
function refusedToken(error: 'invalid_token' | 'insufficient_scope'): OAuthError {
  const scope = error === 'insufficient_scope' ? ', scope="introspection"' : ''
  const sentence =
    error === 'invalid_token' ? 'The access token is not valid.' : 'The access token lacks the scope introspection.'
  return new OAuthError(error, sentence, {
    headers: { 'www-authenticate': `Bearer realm="api", error="${error}"${scope}` },
  })
}

/** RFC 7662, section 4: a client that could ask about any token could go fishing for them. */
function maySee(asker: OAuthClient, { clientKey, audience }: StoredAccessToken, own: readonly string[]): boolean {
  if (clientKey === asker.key) return true
  const { introspects = [] } = asker.metadata
  if (audience.length === 0) return introspects.includes('*') || own.some((name) => introspects.includes(name))
  return audience.some((name) => introspects.includes(name) || (own.includes(name) && introspects.includes('*')))
}

function wantsJwt(exchange: Exchange): boolean {
  return /(?:^|[\s,])application\/token-introspection\+jwt(?:$|[\s,;])/i.test(exchange.headers.get('accept') ?? '')
}

function jwtAnswer(body: string): Answer {
  return {
    status: 200,
    headers: [
      ['content-type', 'application/token-introspection+jwt'],
      ['cache-control', 'no-store'],
      ['x-content-type-options', 'nosniff'],
    ],
    body,
  }
}
