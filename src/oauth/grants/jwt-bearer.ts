import type { User } from '../../core/identity.ts'
import { parseJsonObject } from '../../crypto/json-object.ts'
import { parseJws, verifyJws } from '../../crypto/jws.ts'
import type { Consumed } from '../../storage/consumed.ts'
import type { Database } from '../../storage/database.ts'
import { parseId } from '../../storage/id.ts'
import { requestedResources } from '../checks/resources.ts'
import type { ClientKeys } from '../client-keys.ts'
import { grantOf, type Grants } from '../grants.ts'
import type { Issuing } from '../issuing.ts'
import { OAuthError } from '../oauth-error.ts'
import { openidScopes, requestedScopes, type ScopeCatalogue } from '../scopes.ts'
import type { TrustedIssuer } from '../trusted-issuer.ts'
import type { FindTrustedUser } from '../trusted-users.ts'
import type { GrantType, TokenAnswer, TokenRequest } from './grant-type.ts'

export interface JwtBearerOptions {
  readonly database: Pick<Database, 'append'>
  readonly trustedIssuers: readonly TrustedIssuer[]
  readonly findTrustedUser: FindTrustedUser
  readonly clientKeys: Pick<ClientKeys, 'find'>
  readonly consumed: Consumed
  readonly grants: Pick<Grants, 'make'>
  readonly issuing: Pick<Issuing, 'forUser'>
  readonly scopes: ScopeCatalogue
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
  /** What `aud` has to be. */
  readonly issuer: string
  /** Addresses of endpoints that are taken as `aud`, too (none). */
  readonly endpointAudiences?: readonly string[]
  /** Seconds that access tokens live (3600). */
  readonly accessTokenLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Another server, which is trusted by a setting, says in a signed JWT who the user is (RFC 7523, sections 2.1 and 3). The
 * access token hangs on a grant of its own, and there is no refresh token: the client comes back with the next assertion.
 */
export function jwtBearer(options: JwtBearerOptions): GrantType {
  const { database, findTrustedUser, clientKeys, consumed, grants, issuing, issuer: own, clock = Date.now } = options
  const { endpointAudiences = [], accessTokenLifetime = 3600 } = options
  const audiences = new Set([own, ...endpointAudiences])
  const issuers = new Map(options.trustedIssuers.map((issuer) => [issuer.issuer, issuer]))

  async function answer({ client, parameters, confirmation, exchange }: TokenRequest): Promise<TokenAnswer> {
    const { issuer, claims, spend } = await verified(parameters.need('assertion'))
    const scopes = requestedScopes(client, parameters.get('scope'), catalogueOf(issuer, options.scopes))
    const audience = requestedResources(client, parameters, options.audience)
    const user = await findTrustedUser(issuer, claims)
    const userId = user === null ? null : parseId(user.id)
    // Whom the assertion is about is no reason to keep it for another try.
    if (!(await spend()) || user === null || userId === null) throw notGood()
    return issue(user, userId)

    async function issue(user: User, userId: bigint): Promise<TokenAnswer> {
      const seconds = client.metadata.accessTokenLifetime ?? accessTokenLifetime
      const row = grants.make({
        clientKey: client.key,
        userId,
        signInId: null,
        scopes,
        resources: audience,
        isOffline: true,
        expiresAt: Math.floor(clock()) + seconds * 1000,
        detail: { by: 'jwt_bearer' },
      })
      const grant = grantOf(row)
      const made = issuing.forUser({ client, user, grant, scopes, audience, confirmation, exchange })
      await database.append({ ...made.rows, grants: row })
      return made.answer
    }
  }

  async function verified(text: string): Promise<{
    readonly issuer: TrustedIssuer
    readonly claims: Readonly<Record<string, unknown>>
    readonly spend: () => Promise<boolean>
  }> {
    const jws = parseJws(text)
    const claims = jws === null ? null : parseJsonObject(jws.payload)
    const issuer = typeof claims?.['iss'] === 'string' ? issuers.get(claims['iss']) : undefined
    if (jws === null || claims === null || issuer === undefined) throw notGood()
    // A token of that server for another purpose has another type (RFC 8725, section 3.11).
    if (jws.header.typ !== undefined && jws.header.typ.toLowerCase() !== 'jwt') throw notGood()
    if (issuer.algorithms !== undefined && !issuer.algorithms.includes(jws.header.alg)) throw notGood()
    const { jwks, jwksUri } = issuer
    const metadata = { ...(jwks === undefined ? {} : { jwks }), ...(jwksUri === undefined ? {} : { jwksUri }) }
    const key = await clientKeys.find({ metadata }, jws.header)
    if (key === null || !verifyJws(jws, key)) throw notGood()
    const { jti, expiresAt } = checkedClaims(claims, issuer)
    const value = { purpose: 'jwt bearer assertion', value: [issuer.issuer, jti], expiresAt }
    return { issuer, claims, spend: async () => consumed.spend(value) }
  }

  /** RFC 7523, section 3. */
  function checkedClaims(
    { sub, aud, exp, nbf, iat, jti }: Readonly<Record<string, unknown>>,
    { maxLifetime = 300 }: TrustedIssuer,
  ): { readonly jti: string; readonly expiresAt: number } {
    const now = clock() / 1000
    const isPast = (time: unknown): boolean => time === undefined || (typeof time === 'number' && time <= now + leeway)
    if (typeof sub !== 'string' || sub === '') throw notGood()
    if (typeof aud !== 'string' || !audiences.has(aud)) throw notGood()
    if (typeof exp !== 'number' || !(exp > now) || exp > now + maxLifetime + leeway) throw notGood()
    if (!isPast(nbf) || !isPast(iat) || (typeof iat === 'number' && exp - iat > maxLifetime)) throw notGood()
    if (typeof jti !== 'string' || jti === '' || jti.length > 256) throw notGood()
    return { jti, expiresAt: exp * 1000 }
  }

  return { name: 'urn:ietf:params:oauth:grant-type:jwt-bearer', answer }
}

/** Seconds by which the other server's clock may be ahead. */
const leeway = 30

/** What a client may ask for on the word of this issuer. Nobody signs in, so there is nothing that OpenID scopes could tell. */
function catalogueOf({ scopes }: TrustedIssuer, catalogue: ScopeCatalogue): ScopeCatalogue {
  const isAllowed = (name: string): boolean => !Object.hasOwn(openidScopes, name) && scopes?.includes(name) !== false
  return Object.fromEntries(Object.entries(catalogue).filter(([name]) => isAllowed(name)))
}

/** One answer to everything that may be wrong with an assertion, and to a user who is unknown or disabled. */
function notGood(): OAuthError {
  return new OAuthError('invalid_grant', 'The assertion is not valid here.')
}
