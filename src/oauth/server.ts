import { ordinarySessions } from '../accounts/emergency-session.ts'
import type { Auth } from '../core/auth.ts'
import type { Endpoint } from '../http/exchange.ts'
import type { AccessTokens } from './access-tokens.ts'
import { type AllowedClients, createAllowedClients } from './allowed-clients.ts'
import { createAllowedOrigins } from './allowed-origins.ts'
import { type AppTesters, createAppTesters } from './app-testers.ts'
import { createAuthorization } from './authorization.ts'
import type { ClientFinder } from './client-finder.ts'
import type { ClientUsage } from './client-usage.ts'
import type { Consents } from './consents.ts'
import type { Clients } from './clients.ts'
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
import { createDeviceCodes } from './device-codes.ts'
import { createDeviceDecisions } from './device-decisions.ts'
import type { Grants } from './grants.ts'
import type { IdTokens } from './id-tokens.ts'
import { oauthDoor as door } from './oauth-endpoint.ts'
import { type ClientLogos, logoPath } from './logos/client-logos.ts'
import { logoEndpoint } from './logos/logo-endpoint.ts'
import { createLogout, type Logout } from './logout.ts'
import { createPresentedTokens, type PresentedTokens } from './presented-tokens.ts'
import type { Publishers } from './publishers.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import { createRegistrationTokens, type RegistrationTokens } from './registration-tokens.ts'
import type { Subjects } from './subjects.ts'
import { createUserCodeGuesses } from './user-code-guesses.ts'
import { createPreviewTokens, type PreviewTokens } from './token-preview.ts'
import { grantTypesOf } from './grants/grant-types.ts'
import { createOAuthTools } from './oauth-tools.ts'
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
  readonly clientUsage: ClientUsage
  readonly registrationTokens: RegistrationTokens
  readonly findClient: ClientFinder
  readonly refreshTokens: RefreshTokens
  readonly consents: Consents
  readonly allowedClients: AllowedClients
  readonly publishers: Publishers
  readonly logos: ClientLogos
  readonly testers: AppTesters
  /** Where the form of the page to sign in may lead, when it leads on to `next`: for the policy of that page. */
  readonly signInTargets: (next: string) => Promise<readonly string[]>
  readonly idTokens: IdTokens
  readonly subjects: Subjects
  /** What a client would be told of a user, for administration. */
  readonly previewTokens: PreviewTokens
  /** What happens where a sign-in ends. */
  readonly logout: Pick<Logout, 'signInsEnded' | 'frontChannel' | 'appsOf' | 'deliver'>
  readonly close: () => Promise<void>
}

export function createOAuthServer(options: OAuthServerOptions): OAuthServer {
  const { issuer, prefix = '/o/', registration = 'off' } = options
  const tools = createOAuthTools(options)
  const open = crossOrigin({ isAllowed: createAllowedOrigins(options) })
  // Whoever registers is at home nowhere yet.
  const openToAll = crossOrigin({ isAllowed: async () => true })
  const registrationTokens = createRegistrationTokens(options)
  const path = `${prefix}authorize/`
  // Who comes by a session that no application may be let in by is somebody who has still to sign in.
  const sessions = ordinarySessions(options.sessions)
  const authorization = createAuthorization({ ...tools, sessions, path })
  const { codes, consents, consentForms, organisationChoices } = authorization
  const address = options.addresses?.[0] ?? new URL(issuer).origin
  const devicePath = `${prefix}device/`
  const deviceCodes = createDeviceCodes({ ...options, userCodeKey: options.sealer.derive('oauth-user-code') })
  const device = deviceEndpoints({
    ...tools,
    sessions,
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
  const logout = createLogout({ ...tools, path: logoutPath })
  const registersAt = `${address}${prefix}register/`
  const registering = { registrationTokens, selfRegistration: options, registersAt }
  const grantTypes = grantTypesOf(tools, codes)

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
    { path: logoPath(prefix), takesPathsBelow: true, methods: { GET: logoEndpoint(options) } },
    { path: `${devicePath}done/`, methods: { GET: device.done } },
    { path: `${devicePath}denied/`, methods: { GET: device.denied } },
    ...(Object.hasOwn(options.scopes, 'openid')
      ? [
          { path: `${prefix}userinfo/`, door, methods: userInfoEndpoint(tools) },
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
    certificates: (options.certificateOf ?? null) !== null,
  })

  const { accessTokens, grants, clients, findClient, refreshTokens, idTokens, subjects, logos, clientUsage } = tools
  const allowedClients = createAllowedClients({ ...tools, consents })
  return {
    routes: [...routes, ...metadata],
    accessTokens,
    access: createPresentedTokens(tools),
    grants,
    clients,
    clientUsage,
    registrationTokens,
    findClient,
    refreshTokens,
    consents,
    allowedClients,
    publishers: tools.publishers,
    logos,
    testers: createAppTesters({ ...options, allowedClients }),
    signInTargets: authorization.signInTargets,
    idTokens,
    subjects,
    previewTokens: createPreviewTokens(tools),
    logout,
    close: async () => {
      await Promise.all([logout.close(), tools.clientUses.close(), tools.grantUses.close(), clientUsage.close()])
    },
  }
}
