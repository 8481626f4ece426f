import { formatChallenge } from '../../core/challenge.ts'
import { AuthenticationFailed } from '../../core/errors.ts'
import { readAuthorization } from '../../http/authorization.ts'
import { dpopAlgorithms } from '../../http/dpop.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../../http/exchange.ts'
import { isBound, type SentBearer, type TokenBinding } from '../../http/token-binding.ts'
import type { Database } from '../../storage/database.ts'
import type { AccessTokens, StoredAccessToken } from '../access-tokens.ts'
import { anyOrigin } from '../any-origin.ts'
import type { NamedClaims } from '../checks/claims.ts'
import type { ClientFinder } from '../client-finder.ts'
import type { GrantDetail } from '../grants.ts'
import type { GrantUses } from '../grant-uses.ts'
import type { IdTokens } from '../id-tokens.ts'
import type { JwtAccessTokenFinder } from '../jwt-access-token-finder.ts'
import { formParameters, refusedAnswer } from '../oauth-endpoint.ts'
import { OAuthError, type OAuthErrorCode } from '../oauth-error.ts'
import { organisationClaims } from '../organisation-claims.ts'
import type { Subjects } from '../subjects.ts'
import type { UserClaims } from '../user-claims.ts'

export interface UserInfoEndpointOptions {
  readonly database: Pick<Database, 'lookup'>
  readonly accessTokens: Pick<AccessTokens, 'find' | 'recognises'>
  readonly findJwtAccessToken: JwtAccessTokenFinder
  /** Checks what tokens are bound to. */
  readonly binding: Pick<TokenBinding, 'check'>
  readonly findClient: ClientFinder
  readonly subjects: Pick<Subjects, 'subjectOf'>
  readonly claims: Pick<UserClaims, 'of'>
  readonly grantUses: Pick<GrantUses, 'used'>
  /** Signs answers for those who have registered for it. */
  readonly idTokens: Pick<IdTokens, 'signFor'>
  readonly issuer: string
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * `GET` and `POST /o/userinfo/` (OpenID Connect Core 1.0, section 5.3): what the client of an access token may know about its
 * user. The token comes in the header, or in the form of a POST; never in the query, which logs keep (RFC 9700, section 4.3.2).
 */
export function userInfoEndpoint(options: UserInfoEndpointOptions): Readonly<Record<string, Endpoint>> {
  const { database, findClient, subjects, claims, grantUses, idTokens, issuer, audience, clock = Date.now } = options
  const own = [audience].flat()
  const lookupGrant = database.lookup<{ readonly detail: string }>((read, match) =>
    read.selectFrom('grants').select(['id', 'detail']).where(match('id')),
  )

  async function answer(exchange: Exchange): Promise<Answer> {
    const token = await tokenOf(exchange, await tokenText(exchange), options)
    // RFC 8707, section 2: what is for an API alone is not for this one.
    if (!isForUs(token, own)) throw refused('invalid_token', 'The access token is for another API.')
    if (token.user === null || !token.scopes.includes('openid')) {
      throw refused('insufficient_scope', 'The access token lacks the scope openid.', { scope: 'openid' })
    }
    const client = await findClient(token.clientId)
    if (client === null) throw invalidToken()
    grantUses.used(token.grantId, token.grantLastUsedAt)
    const about = {
      ...(await claims.of({ user: token.user, client, scopes: token.scopes, named: await namedFor(token) })),
      ...organisationClaims(token.user),
      // Section 5.3.2: the same as in the ID token.
      sub: subjects.subjectOf(client, token.user.id),
    }
    const { userinfoSignedResponseAlg: alg } = client.metadata
    if (alg === undefined) return jsonAnswer(about)
    const signed = { ...about, iss: issuer, aud: client.id, iat: Math.floor(clock() / 1000) }
    return jwtAnswer(await idTokens.signFor(client, signed, { alg }))
  }

  /** What `claims` asked for with the authorization that the token goes back to. */
  async function namedFor({ grantId }: StoredAccessToken): Promise<NamedClaims | undefined> {
    const grant = grantId === null ? null : await lookupGrant(grantId)
    return grant === null ? undefined : (JSON.parse(grant.detail) as GrantDetail).claims?.userinfo
  }

  const endpoint: Endpoint = async (exchange) => {
    try {
      return await answer(exchange)
    } catch (error) {
      return refusedAnswer(error)
    }
  }
  return anyOrigin({ GET: endpoint, POST: endpoint })
}

/** RFC 6750, sections 2.1 and 2.2: in one way, and in one only. */
async function tokenText(exchange: Exchange): Promise<SentBearer> {
  const header = readAuthorization(exchange)
  const hasForm = exchange.method === 'POST' && (header === null || isForm(exchange))
  const field = hasForm ? (await formParameters(exchange)).get('access_token') : null
  if (header !== null && field !== null) {
    throw refused('invalid_request', 'The access token was sent in more than one way.')
  }
  const scheme = header?.scheme === 'dpop' ? 'DPoP' : 'Bearer'
  if (header !== null && header.scheme !== scheme.toLowerCase()) throw unauthenticated()
  const token = header?.value ?? field
  if (token === null) throw unauthenticated()
  return { token, scheme }
}

async function tokenOf(
  exchange: Exchange,
  sent: SentBearer,
  { accessTokens, findJwtAccessToken, binding }: UserInfoEndpointOptions,
): Promise<StoredAccessToken> {
  const isOpaque = accessTokens.recognises(sent.token)
  const token = isOpaque ? await accessTokens.find(sent.token) : await findJwtAccessToken(sent.token)
  if (token === null) throw invalidToken()
  // One that is bound to a key proves nothing by itself (RFC 9449, section 7.2; RFC 8705, section 3).
  if (isBound(sent, token.confirmation)) await binding.check(exchange, sent, token.confirmation).catch(notProven)
  return token
}

/** RFC 9449, section 7.1: the challenge says what was wrong with the proof, and the nonce comes along. */
function notProven(error: unknown): never {
  if (!(error instanceof AuthenticationFailed)) throw error
  const params = { realm, ...error.challenge, algs: dpopAlgorithms.join(' ') }
  const headers = { ...error.headers, 'www-authenticate': formatChallenge({ scheme: 'DPoP', params }) }
  throw new OAuthError('invalid_token', error.message, { headers, cause: error })
}

function isForUs({ audience }: StoredAccessToken, own: readonly string[]): boolean {
  return audience.length === 0 || audience.some((name) => own.includes(name))
}

function isForm(exchange: Exchange): boolean {
  return exchange.headers.get('content-type')?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true
}

/** RFC 6750, section 3: without any token, nothing is said about what is wrong with it. */
function unauthenticated(): OAuthError {
  return new OAuthError('invalid_token', 'An access token is needed.', {
    headers: { 'www-authenticate': formatChallenge({ scheme: 'Bearer', params: { realm } }) },
  })
}

function invalidToken(): OAuthError {
  return refused('invalid_token', 'The access token is not valid.')
}

function refused(error: OAuthErrorCode, sentence: string, more: Readonly<Record<string, string>> = {}): OAuthError {
  const params = { realm, error, error_description: sentence, ...more }
  return new OAuthError(error, sentence, {
    headers: { 'www-authenticate': formatChallenge({ scheme: 'Bearer', params }) },
  })
}

const realm = 'api'

function jwtAnswer(body: string): Answer {
  return {
    status: 200,
    headers: [
      ['content-type', 'application/jwt'],
      ['cache-control', 'no-store'],
      ['x-content-type-options', 'nosniff'],
    ],
    body,
  }
}
