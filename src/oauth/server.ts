import type { Auth } from '../core/auth.ts'
import { createDpopProofs } from '../http/dpop.ts'
import { createDpopNonces } from '../http/dpop-nonces.ts'
import type { Endpoint } from '../http/exchange.ts'
import { createSafeFetch } from '../http/safe-fetch.ts'
import { createTokenBinding } from '../http/token-binding.ts'
import { createConsumed } from '../storage/consumed.ts'
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
import { introspectEndpoint } from './endpoints/introspect.ts'
import { authenticationClasses } from './acr.ts'
import { metadataRoutes } from './endpoints/metadata.ts'
import { registrationMethods } from './endpoints/registration-methods.ts'
import { revokeEndpoint } from './endpoints/revoke.ts'
import { deviceEndpoints } from './endpoints/device.ts'
import { deviceAuthorizationEndpoint } from './endpoints/device-authorization.ts'
import { parEndpoint } from './endpoints/par.ts'
import { tokenEndpoint } from './endpoints/token.ts'
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
import { createRefreshTokens, type RefreshTokens } from './refresh-tokens.ts'
import { createRegistrationTokens, type RegistrationTokens } from './registration-tokens.ts'
import { createSubjects, type Subjects } from './subjects.ts'
import { createUserCodeGuesses } from './user-code-guesses.ts'
import { createFindTrustedUser } from './trusted-users.ts'
import { createPreviewTokens, type PreviewTokens } from './token-preview.ts'
import { createUserClaims } from './user-claims.ts'
import type { OAuthServerOptions } from './server-options.ts'

export type { OAuthServerOptions } from './server-options.ts'

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
  /** What a client would be told of a user, for administration. */
  readonly previewTokens: PreviewTokens
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
  const { codes, consents, consentForms, organisationChoices } = authorization
  const address = options.addresses?.[0] ?? new URL(issuer).origin
  const devicePath = `${prefix}device/`
  const deviceCodes = createDeviceCodes({ ...options, userCodeKey: options.sealer.derive('oauth-user-code') })
  const device = deviceEndpoints({
    ...tools,
    path: devicePath,
    decisions: createDeviceDecisions({
      ...tools,
      deviceCodes,
      consentForms,
      organisationChoices,
      path: devicePath,
    }),
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
  const acrValues = options.stepUp === undefined ? {} : { acrValues: authenticationClasses }
  const metadata = metadataRoutes({
    ...tools,
    ...acrValues,
    address,
    routes,
    grantTypes,
    certificates: certificateOf !== null,
  })

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
    previewTokens: createPreviewTokens({ ...tools, jwtAccessTokens }),
    logout,
    close: async () => {
      await Promise.all([logout.close(), clientUses.close()])
    },
  }
}
