import type { SafeFetch } from '../http/safe-fetch.ts'
import type { IntrospectionMembers } from '../oauth/endpoints/introspect.ts'
import type { TokenAnswerMembers } from '../oauth/endpoints/token.ts'
import type { OAuthServerOptions } from '../oauth/server-options.ts'
import type { UserClaimTable } from '../oauth/user-claims.ts'
import type { Counters } from '../throttling/counters.ts'
import { addressesOf, issuerOf } from './addresses.ts'
import { clientRules } from './client-rules.ts'
import type { Logger } from './log.ts'
import { userClaimsFor } from './organisations.ts'
import { certificateOfClients } from './possession.ts'
import { registrationOptions } from './registration-options.ts'
import type { Settings } from './settings.ts'
import { siteOf } from './site.ts'

/** What the authorization server is given of the instance that it belongs to. */
export interface OAuthParts extends Pick<
  OAuthServerOptions,
  | 'database'
  | 'revocations'
  | 'format'
  | 'keys'
  | 'sealer'
  | 'pairwiseKey'
  | 'passwords'
  | 'needsSecondFactor'
  | 'stepUp'
  | 'held'
  | 'sessions'
  | 'csrf'
> {
  readonly hasher: NonNullable<OAuthServerOptions['hasher']>
  readonly counters: Counters
  readonly log: Logger
  readonly clock: () => number
  readonly secure: boolean
}

/** What an application adds to it. */
export interface OAuthExtensions {
  /** How what clients name is asked for: keys, documents, logout (https only, and the addresses of the settings). */
  readonly fetch?: SafeFetch
  /** Claims about users for applications, beside name and e-mail address, or in place of them (none). */
  readonly userClaims?: UserClaimTable
  /** Further members of answers with tokens, and of introspections (none). */
  readonly tokenAnswerMembers?: TokenAnswerMembers
  readonly introspectionMembers?: IntrospectionMembers
  /** Where people sign in, where that is a page of an application (Doorward's own: /accounts/login/). */
  readonly signInPath?: string
}

/** The authorization server as the settings want it, with what an application adds. */
export function oauthServerOptions(
  settings: Settings,
  own: OAuthExtensions,
  { log, ...parts }: OAuthParts,
): OAuthServerOptions {
  const { clock, counters } = parts
  const issuer = issuerOf(settings)
  return {
    ...parts,
    issuer,
    audience: settings.audience ?? issuer,
    ...clientRules(settings),
    mostPerUser: settings.appsPerUser || null,
    unreviewedApps: settings.oauthUnreviewedApps,
    accessTokenLifetime: settings.oauthAccessTokenLifetime,
    idTokenLifetime: settings.oauthIdTokenLifetime,
    codeLifetime: settings.oauthCodeLifetime,
    grantLifetime: settings.oauthGrantLifetime,
    deviceCodeLifetime: settings.oauthDeviceCodeLifetime,
    deviceInterval: settings.oauthDeviceInterval,
    pushedRequestLifetime: settings.oauthPushedRequestLifetime,
    requirePushedRequests: settings.oauthRequirePushedRequests,
    refreshTokenLifetime: settings.oauthRefreshTokenLifetime,
    refreshGrace: settings.oauthRefreshGrace,
    sessionIdle: settings.sessionIdle,
    addresses: addressesOf(settings),
    certificateOf: certificateOfClients(settings, log, clock),
    certificateAddress: settings.oauthCertificateUrl,
    dpopNonce: settings.oauthDpopNonce,
    logoutAsks: settings.oauthLogoutAsks,
    scopeRisks: settings.oauthScopeRisks,
    scopeChoice: settings.oauthScopeChoice,
    endpointAudiences: settings.oauthEndpointAudience ? addressesOf(settings).map((one) => `${one}/o/token/`) : [],
    trustedIssuers: settings.oauthTrustedIssuers,
    ...registrationOptions(settings, { counters, log, clock }),
    site: siteOf(settings),
    userClaims: userClaimsFor(settings, own.userClaims),
    ...(own.fetch === undefined ? {} : { fetch: own.fetch }),
    ...(own.signInPath === undefined ? {} : { signInPath: own.signInPath }),
    ...(own.tokenAnswerMembers === undefined ? {} : { tokenAnswerMembers: own.tokenAnswerMembers }),
    ...(own.introspectionMembers === undefined ? {} : { introspectionMembers: own.introspectionMembers }),
    onError: (error) => log.warn({ err: error }, 'something beside a request could not be done; it is tried again'),
    onReused: (reuse) => log.warn(reuse, 'a spent refresh token was shown again: its grant has ended'),
    onRequestRefused: (refused) => log.debug(refused, 'an authorization request was refused on a page'),
    onReplayed: (replay) => log.warn(replay, 'an authorization code was shown again: its grant has ended'),
  }
}
