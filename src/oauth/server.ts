import type { Auth } from '../core/auth.ts'
import type { Passwords } from '../accounts/passwords.ts'
import type { Sessions } from '../accounts/sessions.ts'
import type { User } from '../core/identity.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { Csrf } from '../http/csrf.ts'
import { createDpopProofs } from '../http/dpop.ts'
import { createDpopNonces } from '../http/dpop-nonces.ts'
import type { Endpoint } from '../http/exchange.ts'
import type { CertificateOf } from '../http/shown-certificate.ts'
import type { Site } from '../pages/layout.ts'
import { createConsumed } from '../storage/consumed.ts'
import type { Database } from '../storage/database.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { TokenFormat } from '../tokens/format.ts'
import type { Keyring } from '../tokens/keyring.ts'
import { type AccessTokens, createAccessTokens } from './access-tokens.ts'
import { createAllowedOrigins } from './allowed-origins.ts'
import { createAuthenticateClient } from './client-authentication/authenticate-client.ts'
import { clientIdAlone } from './client-authentication/client-certificate.ts'
import { clientSecretBasic, clientSecretPost } from './client-authentication/client-secret.ts'
import { privateKeyJwt } from './client-authentication/private-key-jwt.ts'
import { type ClientKeysOptions, createClientKeys } from './client-keys.ts'
import { type ClientFinder, createClientFinder } from './client-finder.ts'
import { crossOrigin } from './cross-origin.ts'
import { introspectEndpoint } from './endpoints/introspect.ts'
import { revokeEndpoint } from './endpoints/revoke.ts'
import { tokenEndpoint } from './endpoints/token.ts'
import { clientCredentials } from './grants/client-credentials.ts'
import { password } from './grants/password.ts'
import { refreshToken } from './grants/refresh-token.ts'
import { createGrants, type Grants } from './grants.ts'
import { createIdTokens, type IdTokens } from './id-tokens.ts'
import { createIssuing } from './issuing.ts'
import { createJwtAccessTokenFinder } from './jwt-access-token-finder.ts'
import { createJwtAccessTokens } from './jwt-access-tokens.ts'
import { oauthDoor as door } from './oauth-endpoint.ts'
import { createProofOfPossession } from './proof-of-possession.ts'
import { createRefreshTokens, type RefreshTokens } from './refresh-tokens.ts'
import type { ScopeCatalogue } from './scopes.ts'
import { createSubjects, type Subjects } from './subjects.ts'
import { createUserClaims, type UserClaimTable } from './user-claims.ts'

export interface OAuthServerOptions {
  readonly database: Database
  readonly revocations: Revocations
  readonly format: TokenFormat
  /** What signs access tokens that are JWTs (`current`), ID tokens and the rest. */
  readonly keys: Keyring
  /** What MACs are made with, and what the secrets of clients are sealed with that sign ID tokens (HS256). */
  readonly sealer: Sealer
  /** Who is signed in, and the defence of the forms of pages. */
  readonly sessions: Sessions
  readonly csrf: Csrf
  /** What pages are called, and whether they warn of development mode (Doorward, no). */
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  /** Where people sign in (/accounts/login/). */
  readonly signInPath?: string
  /** What pairwise subjects are made with: 32 random bytes that never change (OpenID Connect Core 1.0, section 8.1). */
  readonly pairwiseKey: Uint8Array
  /** `iss`: an https URL without query and fragment (RFC 8414, section 2). Never taken from a request. */
  readonly issuer: string
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
  /** What may be asked for, each with its sentence for the consent page. */
  readonly scopes: ScopeCatalogue
  /** Seconds that access tokens live (3600). */
  readonly accessTokenLifetime?: number
  /** Seconds that ID tokens live (3600). */
  readonly idTokenLifetime?: number
  /** Claims about users, beside name and e-mail address, or in place of them (none). */
  readonly userClaims?: UserClaimTable
  /** Seconds that a refresh token lives which is not used (7 days). */
  readonly refreshTokenLifetime?: number
  /** Seconds for which the same client gets the same answer for a refresh token again; 10 at most, 0: not at all (10). */
  readonly refreshGrace?: number
  /** Hears of a refresh token that was used again, for the log (nothing). */
  readonly onReused?: (reuse: { readonly clientId: string; readonly userId: string }) => void
  /** Seconds that a grant lives, however often it is refreshed (90 days). */
  readonly grantLifetime?: number
  /** Seconds after which a browser session that is not used is over (two weeks): as for the sessions. */
  readonly sessionIdle?: number
  /** What RFC 9700 advises against and is offered all the same (none). */
  readonly legacy?: readonly ('password' | 'implicit' | 'hybrid')[]
  /** Checks passwords, for the password grant (it is not offered). */
  readonly passwords?: Pick<Passwords, 'verify'>
  /** Whether a user has to show more than a password, which the password grant cannot ask for (nobody has to). */
  readonly needsSecondFactor?: (user: User) => Promise<boolean>
  /** Where clients reach this server, such as `https://id.example`: what `htu` of a DPoP proof begins with (the issuer's origin). */
  readonly addresses?: readonly string[]
  /** Where the certificate of a client comes from (nowhere: no client is told by one, no token bound to one). */
  readonly certificateOf?: CertificateOf | null
  /** Whether DPoP proofs have to carry a nonce of this server (false). */
  readonly dpopNonce?: boolean
  /** Addresses of endpoints that client assertions may name in `aud`, beside the issuer (none). */
  readonly endpointAudiences?: readonly string[]
  /** How the keys of clients are asked for (`createSafeFetch()`: https only, and no special addresses). */
  readonly fetch?: NonNullable<ClientKeysOptions['fetch']>
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
  readonly refreshTokens: RefreshTokens
  readonly idTokens: IdTokens
  readonly subjects: Subjects
  readonly close: () => Promise<void>
}

export function createOAuthServer(options: OAuthServerOptions): OAuthServer {
  const { database, revocations, format, keys, issuer, audience, prefix = '/o/', clock = Date.now } = options
  const { accessTokenLifetime = 3600 } = options
  const findClient = createClientFinder(database)
  const grants = createGrants({ database, revocations, accessLifetime: accessTokenLifetime * 1000, clock })
  const accessTokens = createAccessTokens({ database, format, clock })
  const subjects = createSubjects(options)
  const claims = createUserClaims(options)
  const idTokens = createIdTokens({ ...options, newId: database.newId, subjects, claims, findClient })
  const jwtAccessTokens = createJwtAccessTokens({ newId: database.newId, current: keys.current, issuer, audience })
  const issuing = createIssuing({ accessTokens, jwtAccessTokens, lifetime: accessTokenLifetime, clock })
  const clientKeys = createClientKeys(options)
  const consumed = createConsumed(options)
  const { certificateOf = null, dpopNonce = false } = options
  const authenticate = createAuthenticateClient({
    find: findClient,
    methods: [
      clientSecretBasic({ clock }),
      clientSecretPost({ clock }),
      privateKeyJwt({ ...options, clientKeys, consumed }),
      clientIdAlone({ clientKeys, certificateOf }),
    ],
  })
  const proofs = createProofOfPossession({
    consumed,
    certificateOf,
    dpopProofs: createDpopProofs({ clock }),
    addresses: options.addresses ?? [new URL(issuer).origin],
    nonces: dpopNonce ? createDpopNonces({ key: options.sealer.derive('oauth-dpop-nonce'), clock }) : null,
  })
  const refreshTokens = createRefreshTokens(options)
  const findJwtAccessToken = createJwtAccessTokenFinder({ ...options, findClient })
  const open = crossOrigin({ isAllowed: createAllowedOrigins(options) })
  const stores = { findClient, grants, accessTokens, findJwtAccessToken, refreshTokens, subjects, claims, idTokens }
  const tools = { ...options, ...stores, issuing, authenticate, proofs }
  const { legacy = [], passwords } = options
  const grantTypes = [
    clientCredentials(tools),
    refreshToken(tools),
    ...(passwords !== undefined && legacy.includes('password') ? [password({ ...tools, passwords })] : []),
  ]

  return {
    routes: [
      { path: `${prefix}token/`, door, methods: open({ POST: tokenEndpoint({ ...tools, grantTypes }) }) },
      { path: `${prefix}revoke_token/`, door, methods: open({ POST: revokeEndpoint(tools) }) },
      { path: `${prefix}introspect/`, door, methods: { POST: introspectEndpoint(tools) } },
    ],
    accessTokens,
    grants,
    findClient,
    refreshTokens,
    idTokens,
    subjects,
    close: async () => undefined,
  }
}
