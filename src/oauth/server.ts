import type { Auth } from '../core/auth.ts'
import type { Endpoint } from '../http/exchange.ts'
import type { Database } from '../storage/database.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { TokenFormat } from '../tokens/format.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'
import { type AccessTokens, createAccessTokens } from './access-tokens.ts'
import { createAuthenticateClient } from './client-authentication/authenticate-client.ts'
import { clientSecretBasic, clientSecretPost, publicClient } from './client-authentication/client-secret.ts'
import { type ClientFinder, createClientFinder } from './client-finder.ts'
import { tokenEndpoint } from './endpoints/token.ts'
import { clientCredentials } from './grants/client-credentials.ts'
import { createGrants, type Grants } from './grants.ts'
import { createIssuing } from './issuing.ts'
import { createJwtAccessTokens } from './jwt-access-tokens.ts'
import { noProof } from './proof-of-possession.ts'
import type { ScopeCatalogue } from './scopes.ts'

export interface OAuthServerOptions {
  readonly database: Database
  readonly revocations: Revocations
  readonly format: TokenFormat
  /** What signs access tokens that are JWTs. */
  readonly keys: SigningKeys
  /** `iss`: an https URL without query and fragment (RFC 8414, section 2). Never taken from a request. */
  readonly issuer: string
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
  /** What may be asked for, each with its sentence for the consent page. */
  readonly scopes: ScopeCatalogue
  /** Seconds that access tokens live (3600). */
  readonly accessTokenLifetime?: number
  /** What paths begin with (/o/). */
  readonly prefix?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What is at one path. */
export interface OAuthRoute {
  /** With a trailing slash, which callers may leave out. */
  readonly path: string
  readonly guard?: (request: Parameters<Endpoint>[0]) => Promise<unknown>
  readonly door?: Pick<Auth, 'refusal' | 'headers'>
  readonly methods: Readonly<Record<string, Endpoint>>
}

/** An authorization server: the table of its endpoints and grants, and the stores behind them. */
export interface OAuthServer {
  readonly routes: readonly OAuthRoute[]
  readonly accessTokens: AccessTokens
  readonly grants: Grants
  readonly findClient: ClientFinder
  readonly close: () => Promise<void>
}

export function createOAuthServer(options: OAuthServerOptions): OAuthServer {
  const { database, revocations, format, keys, issuer, audience, scopes, prefix = '/o/', clock = Date.now } = options
  const { accessTokenLifetime = 3600 } = options
  const findClient = createClientFinder(database)
  const grants = createGrants({ database, revocations, accessLifetime: accessTokenLifetime * 1000, clock })
  const accessTokens = createAccessTokens({ database, format, clock })
  const jwtAccessTokens = createJwtAccessTokens({ newId: database.newId, current: keys.current, issuer, audience })
  const issuing = createIssuing({ accessTokens, jwtAccessTokens, lifetime: accessTokenLifetime, clock })
  const authenticate = createAuthenticateClient({
    find: findClient,
    methods: [clientSecretBasic({ clock }), clientSecretPost({ clock }), publicClient],
  })
  const grantTypes = [clientCredentials({ issuing, scopes })]

  return {
    routes: [
      { path: `${prefix}token/`, methods: { POST: tokenEndpoint({ authenticate, grantTypes, proofs: noProof }) } },
    ],
    accessTokens,
    grants,
    findClient,
    close: async () => undefined,
  }
}
