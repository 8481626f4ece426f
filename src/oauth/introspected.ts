import type { User } from '../core/identity.ts'
import { formatId } from '../storage/id.ts'
import type { StoredAccessToken } from './access-tokens.ts'
import type { OAuthClient } from './client.ts'
import { organisationClaims, organisationFacts } from './organisation-claims.ts'
import type { StoredRefreshToken } from './refresh-tokens.ts'
import { signInMembers } from './sign-in-facts.ts'
import type { Subjects } from './subjects.ts'

/** What an introspection answers (RFC 7662, section 2.2), by its names on the wire. */
export type TokenFacts = { readonly active: false } | ({ readonly active: true } & Readonly<Record<string, unknown>>)

export interface FactsOptions {
  readonly issuer: string
  /** What the server's own API is called in `aud`. */
  readonly audience: readonly string[]
  readonly subjects: Pick<Subjects, 'subjectOf'>
}

export function accessTokenFacts(token: StoredAccessToken, asker: OAuthClient, options: FactsOptions): TokenFacts {
  const { confirmation, actor } = token
  const audience = token.audience.length === 0 ? options.audience : token.audience
  return {
    active: true,
    token_type: confirmation !== null && 'jkt' in confirmation ? 'DPoP' : 'Bearer',
    client_id: token.clientId,
    scope: token.scopes.join(' '),
    iss: options.issuer,
    aud: audience.length === 1 ? audience[0] : audience,
    ...(token.user === null
      ? { sub: token.clientId }
      : subjectFacts(token.user, token.clientKey === asker.key ? asker : null, options)),
    iat: Math.floor(token.createdAt / 1000),
    exp: Math.floor(token.expiresAt / 1000),
    jti: formatId(token.id),
    ...organisationFacts(token.user),
    ...signInMembers(token.signIn),
    ...(confirmation === null ? {} : { cnf: confirmation }),
    ...(actor === null ? {} : { act: actor }),
  }
}

/** Only the client that it was issued to sees it, so that no API ever takes it for an access token. */
export function refreshTokenFacts(token: StoredRefreshToken, owner: OAuthClient, options: FactsOptions): TokenFacts {
  return {
    active: true,
    token_use: 'refresh_token',
    client_id: owner.id,
    scope: token.grant.scopes.join(' '),
    iss: options.issuer,
    ...(token.user === null ? {} : subjectFacts(token.user, owner, options)),
    iat: Math.floor(token.createdAt / 1000),
    exp: Math.floor(token.expiresAt / 1000),
    ...organisationClaims(token.user),
    ...signInMembers(token.grant.detail),
    ...(token.confirmation === null ? {} : { cnf: token.confirmation }),
  }
}

/** A client that knows its users by pairwise names learns no other of them here (OpenID Connect Core 1.0, section 8.1). */
function subjectFacts(
  { id, name }: User,
  owner: OAuthClient | null,
  { subjects }: FactsOptions,
): Readonly<Record<string, string>> {
  const sub = owner === null ? id : subjects.subjectOf(owner, id)
  return owner?.metadata.subjectType === 'pairwise' ? { sub } : { sub, username: name }
}
