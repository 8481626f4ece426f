import type { Database } from '../../storage/database.ts'
import type { GrantRow } from '../../storage/schema.ts'
import type { AccessTokens, Actor, StoredAccessToken } from '../access-tokens.ts'
import { exchangedResources } from '../checks/resources.ts'
import type { OAuthClient } from '../client.ts'
import { type Grant, grantOf } from '../grants.ts'
import { getsJwts, type Issuing } from '../issuing.ts'
import type { JwtAccessTokenFinder } from '../jwt-access-token-finder.ts'
import type { OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'
import { narrowedScopes } from '../scopes.ts'
import type { GrantType, TokenAnswer, TokenRequest } from './grant-type.ts'

export interface TokenExchangeOptions {
  readonly database: Pick<Database, 'lookup'>
  readonly accessTokens: Pick<AccessTokens, 'find' | 'recognises' | 'store'>
  readonly findJwtAccessToken: JwtAccessTokenFinder
  readonly issuing: Pick<Issuing, 'forUser'>
}

/**
 * Trades the access token of a user for one with which a client acts for that user (RFC 8693): an API that has to call
 * another one, say. The new token says who acts, hangs on the same grant, and is never for more: no other scopes, no other
 * resources than were granted, no longer life. It is for clients that are registered for it (`mayExchange`).
 */
export function tokenExchange(options: TokenExchangeOptions): GrantType {
  const { database, accessTokens, findJwtAccessToken, issuing } = options
  const lookupGrant = database.lookup<GrantRow>((read, match) =>
    read.selectFrom('grants').selectAll().where(match('id')),
  )

  async function answer({ client, parameters, confirmation, exchange }: TokenRequest): Promise<TokenAnswer> {
    if (!client.isConfidential || client.metadata.mayExchange !== true) {
      throw new OAuthError('unauthorized_client', 'The client may not exchange tokens.')
    }
    const issuedType = requestedType(client, parameters)
    const subject = await tokenIn('subject_token', parameters)
    const { user, grant } = await ownerOf(subject)
    if (!isFor(subject, client)) throw notGood('The subject token is for another audience.')
    // What is bound to a key would be free in the hands of whoever gets the new one.
    if (subject.confirmation !== null && confirmation === null) {
      throw notGood('The subject token is bound to a key or a certificate: the new one has to be bound, too.')
    }
    const actor = await actorOf(client, subject, parameters)
    const scopes = exchangedScopes(client, subject, parameters)
    const audience = exchangedResources({ client, grant, subject, parameters })

    const life = { ...grant, expiresAt: Math.min(grant.expiresAt, subject.expiresAt) }
    const made = issuing.forUser({ client, user, grant: life, scopes, audience, confirmation, exchange, actor })
    await accessTokens.store(made.rows)
    return { ...made.answer, issued_token_type: issuedType }
  }

  /** RFC 8693, section 2.1. Tokens of every kind that is no access token of this server are refused. */
  async function tokenIn(
    name: 'subject_token' | 'actor_token',
    parameters: OAuthParameters,
  ): Promise<StoredAccessToken> {
    const text = parameters.need(name)
    const type = parameters.need(`${name}_type`)
    if (type !== accessTokenType && type !== jwtType) {
      throw new OAuthError('invalid_request', 'Only access tokens of this server can be exchanged here.')
    }
    const isOpaque = accessTokens.recognises(text)
    const token = isOpaque && type === accessTokenType ? await accessTokens.find(text) : await findJwtAccessToken(text)
    if (token === null) throw notGood('A token is not valid any more, or was not issued here.')
    return token
  }

  async function ownerOf({ user, grantId }: StoredAccessToken): Promise<{
    readonly user: NonNullable<StoredAccessToken['user']>
    readonly grant: Grant
  }> {
    const row = grantId === null ? null : await lookupGrant(grantId)
    if (user === null || row === null || row.revoked_at !== null) {
      throw notGood('The subject token has to be one that a user has granted.')
    }
    return { user, grant: grantOf(row) }
  }

  /** RFC 8693, section 4.1: who acts now, and inside, who acted until now. Nobody is impersonated: the client is named at least. */
  async function actorOf(client: OAuthClient, subject: StoredAccessToken, parameters: OAuthParameters): Promise<Actor> {
    const isSent = parameters.get('actor_token') !== null || parameters.get('actor_token_type') !== null
    const token = isSent ? await tokenIn('actor_token', parameters) : null
    if (token !== null && token.clientKey !== client.key) throw notGood('The actor token was issued to another client.')
    if (depthOf(subject.actor) >= deepest) throw notGood('Too many act for each other already.')
    const sub = token?.user?.id ?? client.id
    return subject.actor === null ? { sub } : { sub, act: subject.actor }
  }

  return { name: 'urn:ietf:params:oauth:grant-type:token-exchange', answer }
}

/** RFC 8693, section 3. */
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const jwtType = 'urn:ietf:params:oauth:token-type:jwt'

/** How many may act for each other. */
const deepest = 8

function requestedType({ metadata }: OAuthClient, parameters: OAuthParameters): string {
  const type = parameters.get('requested_token_type') ?? accessTokenType
  const isOffered = type === accessTokenType || (type === jwtType && getsJwts(metadata))
  if (!isOffered) throw new OAuthError('invalid_request', 'Tokens of the requested_token_type are not issued here.')
  return type
}

/** Whether a client was handed this token as the one whom it is for: RFC 8693, section 2.1, leaves who may to the server. */
function isFor({ audience, clientKey }: StoredAccessToken, { key, id, metadata }: OAuthClient): boolean {
  if (audience.length === 0 || clientKey === key) return true
  return audience.some((one) => one === id || metadata.introspects?.includes(one) === true)
}

function exchangedScopes(
  client: OAuthClient,
  subject: StoredAccessToken,
  parameters: OAuthParameters,
): readonly string[] {
  const mine = subject.scopes.filter((scope) => client.scopes.includes(scope))
  const scopes = narrowedScopes(mine, parameters.get('scope'))
  if (scopes.length === 0) throw new OAuthError('invalid_scope', 'The client may use no scope of the subject token.')
  return scopes
}

function depthOf(actor: Actor | null): number {
  return actor === null ? 0 : 1 + depthOf(actor.act ?? null)
}

/** RFC 8693, section 2.2.2. */
function notGood(sentence: string): OAuthError {
  return new OAuthError('invalid_grant', sentence)
}
