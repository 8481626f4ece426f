import type { User } from '../core/identity.ts'
import { createJwtVerifier, type JwtClaims, JwtInvalid } from '../crypto/jwt.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId, timeOfId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { GrantRow } from '../storage/schema.ts'
import { boundUser } from '../tokens/bound-user.ts'
import { toUser, type UserColumns, userColumns, wordsOf } from '../tokens/principal.ts'
import { idIn } from '../tokens/revoked-claims.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'
import type { Actor, Confirmation, StoredAccessToken } from './access-tokens.ts'
import type { ClientFinder } from './client-finder.ts'
import { clientRevocationId, type OAuthClient } from './client.ts'
import type { SignInFacts } from './sign-in-facts.ts'

export interface JwtAccessTokenFinderOptions {
  readonly database: Database
  readonly keys: Pick<SigningKeys, 'find' | 'onRetired'>
  readonly revocations: Pick<Revocations, 'revoked' | 'notBefore'>
  readonly findClient: ClientFinder
  /** `iss`. */
  readonly issuer: string
  /** `aud` of tokens for the server's own API. */
  readonly audience: string | readonly string[]
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Finds an access token of ours that is a JWT (RFC 9068), as `AccessTokens.find` finds opaque ones: `null` for every one
 * that is no good. It looks up what the token hangs on, so that what ends that is seen at once.
 */
export type JwtAccessTokenFinder = (text: string) => Promise<StoredAccessToken | null>

export function createJwtAccessTokenFinder(options: JwtAccessTokenFinderOptions): JwtAccessTokenFinder {
  const { database, keys, revocations, findClient, issuer, audience, clock = Date.now } = options
  const own = JSON.stringify([audience].flat())
  // RFC 9068, section 4: nothing else that we sign says that it is an access token.
  const required = ['exp', 'iat', 'jti', 'sub', 'aud', 'client_id', 'scope']
  const verifier = createJwtVerifier({ keys: keys.find, issuer, typ: ['at+jwt'], required, clock })
  keys.onRetired((kid) => verifier.forgetKey(kid))
  const lookupUser = database.lookup<UserColumns>((read, match) =>
    read.selectFrom('users').select('users.id').select(userColumns).where(match('users.id')),
  )
  const lookupGrant = database.lookup<Pick<GrantRow, 'created_at' | 'revoked_at' | 'last_used_at'>>((read, match) =>
    read.selectFrom('grants').select(['id', 'created_at', 'revoked_at', 'last_used_at']).where(match('id')),
  )
  const lookupOrganisation = database.lookup<{ readonly id: bigint; readonly slug: string }>((read, match) =>
    read.selectFrom('organisations').select(['id', 'slug']).where(match('id')),
  )

  async function verified(text: string): Promise<JwtClaims | null> {
    if (!text.startsWith('eyJ')) return null
    return verifier.verify(text).catch((error: unknown) => {
      if (error instanceof JwtInvalid) return null
      throw error
    })
  }

  /** `undefined`: it is of a user who may not any more. */
  async function userOf(claims: JwtClaims, since: number): Promise<User | null | undefined> {
    if (claims['token_use'] === 'client') return null
    const id = parseId(claims.sub ?? '')
    const row = id === null ? null : await lookupUser(id)
    const user = row === null ? null : toUser(row, since, clock())
    return boundUser(user, organisationIn(claims)) ?? undefined
  }

  async function organisationOf({ row }: OAuthClient): Promise<StoredAccessToken['clientOrganisation']> {
    const organisation = row.organisation_id === null ? null : await lookupOrganisation(row.organisation_id)
    return organisation === null ? null : { id: formatId(organisation.id), slug: organisation.slug }
  }

  /** JWTs from before stay dead when a client is switched on again, or a user's rights have changed. */
  function earliest(client: OAuthClient, user: User | null): number {
    const userId = user === null ? null : parseId(user.id)
    return Math.max(
      revocations.notBefore('client', clientRevocationId(client.id)) ?? 0,
      userId === null ? 0 : (revocations.notBefore('user', userId) ?? 0),
    )
  }

  return async (text) => {
    const claims = await verified(text)
    const id = idIn(claims?.jti)
    if (claims === null || id === null || revocations.revoked('token', id)) return null
    const grantId = idIn(claims['fam'])
    if (grantId !== null && revocations.revoked('family', grantId)) return null
    const [client, grant] = await Promise.all([
      findClient(String(claims['client_id'])),
      grantId === null ? null : lookupGrant(grantId),
    ])
    if (client === null || !client.isActive) return null
    if (grantId !== null && (grant === null || grant.revoked_at !== null)) return null
    const createdAt = timeOfId(id)
    const user = await userOf(claims, grant?.created_at ?? createdAt)
    if (user === undefined || createdAt < earliest(client, user)) return null
    const audiences = [claims.aud ?? []].flat()
    return {
      id,
      clientKey: client.key,
      clientId: client.id,
      clientName: client.name,
      clientOrganisation: await organisationOf(client),
      user,
      grantId,
      grantLastUsedAt: grant?.last_used_at ?? null,
      scopes: wordsOf(String(claims['scope'])),
      audience: JSON.stringify(audiences) === own ? [] : audiences,
      confirmation: (claims['cnf'] ?? null) as Confirmation | null,
      actor: (claims['act'] ?? null) as Actor | null,
      signIn: signInOf(claims),
      createdAt,
      expiresAt: (claims.exp ?? 0) * 1000,
    }
  }
}

/** The organisation that a token is bound to; `null`: none. What is no id of one is of nobody. */
function organisationIn({ org_id: id }: JwtClaims): bigint | null {
  return id === undefined ? null : (idIn(id) ?? -1n)
}

/** RFC 9068, section 2.2.1. */
function signInOf({ auth_time: authTime, acr }: JwtClaims): SignInFacts {
  return { ...(typeof authTime === 'number' ? { authTime } : {}), ...(typeof acr === 'string' ? { acr } : {}) }
}
