import type { Auth } from '../core/auth.ts'
import type { Passwords } from '../accounts/passwords.ts'
import type { Sessions } from '../accounts/sessions.ts'
import type { User } from '../core/identity.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { Csrf } from '../http/csrf.ts'
import { createDpopProofs } from '../http/dpop.ts'
import { createDpopNonces } from '../http/dpop-nonces.ts'
import type { Endpoint, Exchange } from '../http/exchange.ts'
import { createSafeFetch, type SafeFetch } from '../http/safe-fetch.ts'
import type { CertificateOf } from '../http/shown-certificate.ts'
import { createTokenBinding } from '../http/token-binding.ts'
import type { Site } from '../pages/layout.ts'
import { createConsumed } from '../storage/consumed.ts'
import type { Database } from '../storage/database.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { TokenFormat } from '../tokens/format.ts'
import type { Keyring } from '../tokens/keyring.ts'
import { type AccessTokens, createAccessTokens } from './access-tokens.ts'
import { type AllowedClients, createAllowedClients } from './allowed-clients.ts'
import { createAllowedOrigins } from './allowed-origins.ts'
import { createAuthorization } from './authorization.ts'
import { createAuthenticateClient } from './client-authentication/authenticate-client.ts'
import { clientIdAlone } from './client-authentication/client-certificate.ts'
import { clientSecretBasic, clientSecretPost } from './client-authentication/client-secret.ts'
import { privateKeyJwt } from './client-authentication/private-key-jwt.ts'
import { createCheckSectorIdentifier } from './checks/sector-identifier.ts'
import { createClientDocuments } from './client-documents.ts'
import { createClientKeys } from './client-keys.ts'
import { type ClientFinder, createClientFinder } from './client-finder.ts'
import { createClientUses } from './client-uses.ts'
import type { Consents } from './consents.ts'
import { longestAccessToken } from './client-values.ts'
import { type Clients, createClients } from './clients.ts'
import { crossOrigin } from './cross-origin.ts'
import type { RefusedRequest } from './endpoints/authorize.ts'
import { introspectEndpoint } from './endpoints/introspect.ts'
import { metadataRoutes } from './endpoints/metadata.ts'
import { registrationMethods } from './endpoints/registration-methods.ts'
import { revokeEndpoint } from './endpoints/revoke.ts'
import { deviceEndpoints } from './endpoints/device.ts'
import { deviceAuthorizationEndpoint } from './endpoints/device-authorization.ts'
import { parEndpoint } from './endpoints/par.ts'
import { type TokenAnswerMembers, tokenEndpoint } from './endpoints/token.ts'
import { userInfoEndpoint } from './endpoints/userinfo.ts'
import { authorizationCode } from './grants/authorization-code.ts'
import { clientCredentials } from './grants/client-credentials.ts'
import { password } from './grants/password.ts'
import { deviceCode } from './grants/device-code.ts'
import { jwtBearer } from './grants/jwt-bearer.ts'
import { refreshToken } from './grants/refresh-token.ts'
import { tokenExchange } from './grants/token-exchange.ts'
import { createDeviceCodes } from './device-codes.ts'
import { createDeviceDecisions } from './device-decisions.ts'
import { createDevicePolls } from './device-polls.ts'
import { createGrants, type Grants } from './grants.ts'
import { createIdTokens, type IdTokens } from './id-tokens.ts'
import { createIssuing } from './issuing.ts'
import { createJwtAccessTokenFinder } from './jwt-access-token-finder.ts'
import { createJwtAccessTokens } from './jwt-access-tokens.ts'
import { oauthDoor as door } from './oauth-endpoint.ts'
import { createLogout, type Logout } from './logout.ts'
import { createPresentedTokens, type PresentedTokens } from './presented-tokens.ts'
import { createProofOfPossession } from './proof-of-possession.ts'
import type { LimitCounters } from './limit.ts'
import { createRefreshTokens, type RefreshTokens } from './refresh-tokens.ts'
import { createRegistrationTokens, type RegistrationTokens } from './registration-tokens.ts'
import type { ScopeCatalogue } from './scopes.ts'
import { createSubjects, type Subjects } from './subjects.ts'
import { createUserCodeGuesses } from './user-code-guesses.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'
import { createFindTrustedUser } from './trusted-users.ts'
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
  /** Hears of authorization requests that no client could be told of, for the log (nothing). */
  readonly onRequestRefused?: (refused: RefusedRequest) => void
  /** Hears of an authorization code that was used again, for the log (nothing). */
  readonly onReplayed?: (replay: { readonly clientId: string; readonly userId: string }) => void
  /** Seconds that a grant lives, however often it is refreshed (90 days). */
  readonly grantLifetime?: number
  /** Seconds that an authorization code lives (60). */
  readonly codeLifetime?: number
  /** Seconds that a pushed authorization request lives until sign-in begins (60). */
  readonly pushedRequestLifetime?: number
  /** Seconds that a device waits for its user (600), and between two of its questions (5). */
  readonly deviceCodeLifetime?: number
  readonly deviceInterval?: number
  /** Whether every authorization request has to be pushed before (false). */
  readonly requirePushedRequests?: boolean
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
  /** Where they are asked for theirs, where that is another address: `mtls_endpoint_aliases` (RFC 8705, section 5) (the same one). */
  readonly certificateAddress?: string | null
  /** Whether DPoP proofs have to carry a nonce of this server (false). */
  readonly dpopNonce?: boolean
  /** Servers elsewhere whose word about users counts, for the JWT bearer grant (none: it is not offered). */
  readonly trustedIssuers?: readonly TrustedIssuer[]
  /** Addresses of endpoints that client assertions may name in `aud`, beside the issuer (none). */
  readonly endpointAudiences?: readonly string[]
  /** How what clients name is asked for: keys, documents (`createSafeFetch()`: https only, and no special addresses). */
  readonly fetch?: SafeFetch
  /** Whether clients may register by themselves (RFC 7591): not at all, with an initial access token, or anyone (off). */
  readonly registration?: 'off' | 'token' | 'open'
  /** Throws `Throttled` where too many register from one address (nobody is slowed down). */
  readonly registrationThrottle?: (request: Exchange) => Promise<void>
  /** Whether a `client_id` may be the address of a metadata document that says who the client is (false). */
  readonly clientDocuments?: boolean
  /** Hears why a metadata document was not taken, for the log (nothing). */
  readonly onDocumentRefused?: (refused: { readonly url: string; readonly reason: string }) => void
  /** Grants for clients that register by themselves or come by a document (authorization code and refresh token). */
  readonly selfRegisteredGrants?: readonly string[]
  /** Scopes for them (`openid`, `profile`, `email` and `offline_access`). */
  readonly selfRegisteredScopes?: readonly string[]
  /** Whether one that registered for some of these scopes may ask its user for the others later (true). */
  readonly selfRegisteredStepUp?: boolean
  /** Resources for them, beside the server's own API (RFC 8707) (none). */
  readonly selfRegisteredResources?: readonly string[]
  /** Whether `http://localhost` may be registered as a redirect URI, which RFC 8252, section 8.3, advises against (false). */
  readonly allowLocalhost?: boolean
  /** Whether redirect URIs whose host begins with `*` may be registered, which RFC 9700, section 2.1, advises against (false). */
  readonly allowWildcards?: boolean
  /** What limits count in: the guessing of user codes, and how much one address may ask for. One store for all nodes. */
  readonly counters: LimitCounters
  /** Hears of what could not be done beside a request, such as writing last uses (nothing). */
  readonly onError?: (error: unknown) => void
  /** Whether people are asked before applications sign them out, even those that show whom they signed in (false). */
  readonly logoutAsks?: boolean
  /** Further members of each answer with tokens (none). Those of the protocol stay as they are. */
  readonly tokenAnswerMembers?: TokenAnswerMembers
  /** What paths begin with (/o/). */
  readonly prefix?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What is at one path. */
export interface OAuthRoute {
  /** With a trailing slash, which callers may leave out. */
  readonly path: string
  /** Whether every path below it is its own too (false). */
  readonly takesPathsBelow?: boolean
  readonly guard?: (request: Parameters<Endpoint>[0]) => Promise<unknown>
  readonly door?: Pick<Auth, 'refusal' | 'headers'>
  readonly methods: Readonly<Record<string, Endpoint>>
}

/** An authorization server: the table of its endpoints and grants, and the stores behind them. */
export interface OAuthServer {
  readonly routes: readonly OAuthRoute[]
  readonly accessTokens: AccessTokens
  /** Access tokens of both formats, as they arrive at the server's own API: what `accessToken` takes. */
  readonly access: PresentedTokens
  readonly grants: Grants
  readonly clients: Clients
  readonly registrationTokens: RegistrationTokens
  readonly findClient: ClientFinder
  readonly refreshTokens: RefreshTokens
  readonly consents: Consents
  readonly allowedClients: AllowedClients
  /** Where the form of the page to sign in may lead, when it leads on to `next`: for the policy of that page. */
  readonly signInTargets: (next: string) => Promise<readonly string[]>
  readonly idTokens: IdTokens
  readonly subjects: Subjects
  /** What happens where a sign-in ends. */
  readonly logout: Pick<Logout, 'signInsEnded' | 'frontChannel' | 'deliver'>
  readonly close: () => Promise<void>
}

export function createOAuthServer(options: OAuthServerOptions): OAuthServer {
  const { database, revocations, format, keys, issuer, audience, prefix = '/o/', clock = Date.now } = options
  const { accessTokenLifetime = 3600 } = options
  const { fetch = createSafeFetch(), registration = 'off', onDocumentRefused: onRefused } = options
  const checkSectorIdentifier = createCheckSectorIdentifier({ fetch })
  const documents = createClientDocuments({
    ...options,
    fetch,
    rules: options,
    checkSectorIdentifier,
    ...(onRefused ? { onRefused } : {}),
  })
  const findClient = createClientFinder({
    lookup: database.lookup,
    read: database.read,
    ...(options.clientDocuments === true ? { documents } : {}),
  })
  const clients = createClients({ ...options, rules: options })
  const clientUses = createClientUses(options)
  // Clients may have lifetimes of their own.
  const accessLifetime = Math.max(accessTokenLifetime, longestAccessToken) * 1000
  const grants = createGrants({ database, revocations, accessLifetime, clock })
  const accessTokens = createAccessTokens({ database, format, clock })
  const subjects = createSubjects(options)
  const claims = createUserClaims(options)
  const idTokens = createIdTokens({ ...options, newId: database.newId, subjects, claims, findClient })
  const jwtAccessTokens = createJwtAccessTokens({ newId: database.newId, current: keys.current, issuer, audience })
  const issuing = createIssuing({ accessTokens, jwtAccessTokens, lifetime: accessTokenLifetime, clock })
  const clientKeys = createClientKeys({ ...options, fetch })
  const consumed = createConsumed(options)
  const { certificateOf = null, dpopNonce = false } = options
  const authenticate = createAuthenticateClient({
    find: findClient,
    methods: [
      clientSecretBasic({ clock, onUsed: clientUses.used }),
      clientSecretPost({ clock, onUsed: clientUses.used }),
      privateKeyJwt({ ...options, clientKeys, consumed }),
      clientIdAlone({ clientKeys, certificateOf }),
    ],
  })
  const addresses = options.addresses ?? [new URL(issuer).origin]
  const nonces = dpopNonce ? createDpopNonces({ key: options.sealer.derive('oauth-dpop-nonce'), clock }) : null
  const dpopProofs = createDpopProofs({ clock })
  const proofs = createProofOfPossession({ consumed, certificateOf, dpopProofs, addresses, nonces })
  // UserInfo takes tokens as an API does.
  const binding = createTokenBinding({
    dpop: {
      clock,
      address: addresses,
      spend: async ({ jkt, jti, expiresAt }) => consumed.spend({ purpose: 'dpop proof', value: [jkt, jti], expiresAt }),
      ...(nonces === null ? {} : { nonces }),
    },
    ...(certificateOf === null ? {} : { certificate: certificateOf }),
  })
  const refreshTokens = createRefreshTokens(options)
  const findJwtAccessToken = createJwtAccessTokenFinder({ ...options, findClient })
  const open = crossOrigin({ isAllowed: createAllowedOrigins(options) })
  // Whoever registers is at home nowhere yet.
  const openToAll = crossOrigin({ isAllowed: async () => true })
  const stores = { findClient, grants, accessTokens, findJwtAccessToken, refreshTokens, subjects, claims, idTokens }
  const registrationTokens = createRegistrationTokens(options)
  const access = createPresentedTokens({ ...options, ...stores, jwtAccessTokens })
  const tools = { ...options, ...stores, issuing, authenticate, proofs }
  const path = `${prefix}authorize/`
  const authorization = createAuthorization({ ...tools, clientKeys, path })
  const { codes, consents, consentForms } = authorization
  const address = options.addresses?.[0] ?? new URL(issuer).origin
  const devicePath = `${prefix}device/`
  const deviceCodes = createDeviceCodes({ ...options, userCodeKey: options.sealer.derive('oauth-user-code') })
  const device = deviceEndpoints({
    ...tools,
    path: devicePath,
    decisions: createDeviceDecisions({ ...tools, deviceCodes, consentForms, path: devicePath }),
    guesses: createUserCodeGuesses(options),
  })
  const logoutPath = `${prefix}logout/`
  const logout = createLogout({ ...tools, fetch, path: logoutPath })
  const { legacy = [], passwords, trustedIssuers = [] } = options
  const registersAt = `${address}${prefix}register/`
  const registering = { clients, registrationTokens, checkSectorIdentifier, selfRegistration: options, registersAt }
  const grantTypes = [
    authorizationCode({ ...tools, codes }),
    clientCredentials(tools),
    refreshToken(tools),
    tokenExchange(tools),
    ...(trustedIssuers.length === 0
      ? []
      : [
          jwtBearer({
            ...tools,
            trustedIssuers,
            clientKeys,
            consumed,
            findTrustedUser: createFindTrustedUser(database),
          }),
        ]),
    deviceCode({ ...tools, devicePolls: createDevicePolls(options) }),
    ...(passwords !== undefined && legacy.includes('password') ? [password({ ...tools, passwords })] : []),
  ]

  const routes: readonly OAuthRoute[] = [
    { path, methods: { ...authorization.endpoint } },
    { path: `${prefix}token/`, door, methods: open({ POST: tokenEndpoint({ ...tools, grantTypes }) }) },
    { path: `${prefix}revoke_token/`, door, methods: open({ POST: revokeEndpoint(tools) }) },
    { path: `${prefix}introspect/`, door, methods: { POST: introspectEndpoint(tools) } },
    ...(registration === 'off'
      ? []
      : [
          {
            path: `${prefix}register/`,
            takesPathsBelow: true,
            door,
            methods: openToAll(registrationMethods({ ...tools, ...registering, registration })),
          },
        ]),
    { path: `${prefix}par/`, door, methods: open({ POST: parEndpoint({ ...tools, ...authorization }) }) },
    {
      path: `${prefix}device-authorization/`,
      door,
      methods: {
        POST: deviceAuthorizationEndpoint({ ...tools, deviceCodes, verificationUri: address + devicePath }),
      },
    },
    { path: devicePath, methods: { GET: device.GET, POST: device.POST } },
    { path: `${devicePath}done/`, methods: { GET: device.done } },
    { path: `${devicePath}denied/`, methods: { GET: device.denied } },
    ...(Object.hasOwn(options.scopes, 'openid')
      ? [
          { path: `${prefix}userinfo/`, door, methods: userInfoEndpoint({ ...tools, binding }) },
          { path: logoutPath, methods: { ...logout.endpoints } },
        ]
      : []),
  ]
  const metadata = metadataRoutes({ ...tools, address, routes, grantTypes, certificates: certificateOf !== null })

  return {
    routes: [...routes, ...metadata],
    accessTokens,
    access,
    grants,
    clients,
    registrationTokens,
    findClient,
    refreshTokens,
    consents,
    allowedClients: createAllowedClients({ ...tools, consents }),
    signInTargets: authorization.signInTargets,
    idTokens,
    subjects,
    logout,
    close: async () => {
      await Promise.all([logout.close(), clientUses.close()])
    },
  }
}
