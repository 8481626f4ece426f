import { z } from 'zod'
import type { UnreviewedApps } from '../oauth/app-testers.ts'
import type { TrustedIssuer } from '../oauth/trusted-issuer.ts'
import { type Risk, risks } from '../pages/asked.ts'
import { count, duration, flag, list, rate, textToList, type Setting } from './setting.ts'

/** Settings of the authorization server: see `settings.ts`. Durations are seconds. */
export interface OAuthSettings {
  readonly oauthScopes: Readonly<Record<string, string>>
  readonly oauthScopeRisks: Readonly<Record<string, Risk>>
  readonly oauthAccessTokenLifetime: number
  readonly oauthRefreshTokenLifetime: number
  readonly oauthGrantLifetime: number
  readonly oauthRefreshGrace: number
  readonly oauthCodeLifetime: number
  readonly oauthIdTokenLifetime: number
  readonly oauthDeviceCodeLifetime: number
  readonly oauthDeviceInterval: number
  readonly oauthPushedRequestLifetime: number
  readonly oauthRequirePushedRequests: boolean
  readonly oauthRegistration: 'off' | 'token' | 'open'
  readonly oauthRegistrationsPerAddress: string | null
  readonly oauthUnusedRegistrationLifetime: number | null
  readonly oauthClientDocuments: boolean
  readonly oauthSelfRegisteredGrants: readonly string[]
  readonly oauthSelfRegisteredScopes: readonly string[]
  readonly oauthSelfRegisteredStepUp: boolean
  readonly oauthSelfRegisteredResources: readonly string[]
  readonly appsPerUser: number
  readonly oauthUnreviewedApps: UnreviewedApps
  readonly oauthOutboundAddresses: readonly string[]
  readonly oauthDpopNonce: boolean
  readonly oauthScopeChoice: boolean
  readonly oauthLogoutAsks: boolean
  readonly oauthCertificateUrl: string | null
  readonly oauthEndpointAudience: boolean
  readonly oauthTrustedIssuers: readonly TrustedIssuer[]
  readonly oauthLegacy: readonly LegacyGrant[]
  readonly oauthLocalhostRedirects: boolean
  readonly oauthWildcardRedirects: boolean
}

/** What RFC 9700 advises against, and some cannot do without yet. */
export type LegacyGrant = 'password' | 'implicit' | 'hybrid'

const group = 'Authorization server'

const trustedIssuer: z.ZodType<TrustedIssuer> = z
  .strictObject({
    issuer: z.string().min(1),
    jwksUri: z.url({ protocol: /^https$/ }).exactOptional(),
    jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1) }).exactOptional(),
    subject: z.enum(['id', 'username', 'email']),
    claim: z.string().min(1).exactOptional(),
    scopes: z.array(z.string().min(1)).exactOptional(),
    algorithms: z.array(z.string().regex(/^(?:[REP]S(?:256|384|512)|EdDSA)$/)).exactOptional(),
    maxLifetime: duration.exactOptional(),
  })
  .refine(({ jwks, jwksUri }) => (jwks === undefined) !== (jwksUri === undefined), {
    message: 'a trusted issuer has either jwksUri or jwks',
  })

export const oauthSettings: { readonly [Name in keyof OAuthSettings]: Setting<OAuthSettings[Name]> } = {
  oauthScopes: {
    group,
    default: {
      openid: 'Know who you are',
      profile: 'See your name',
      email: 'See your e-mail address',
      offline_access: 'Keep access while you are away',
      read: 'Read your data',
      write: 'Change your data',
    },
    parse: z.preprocess(jsonIn, z.record(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/), z.string().min(1))),
    meaning: 'What clients may ask for, each with a sentence for the consent page. In the environment, as JSON.',
  },
  oauthScopeRisks: {
    group,
    default: {},
    parse: z.preprocess(jsonIn, z.record(z.string(), z.enum(risks))),
    meaning:
      'Under which heading the consent page has a scope, where its name does not tell: sensitive, changes, reads, or lasts (while one is away). Names with read, view, list, get or see only read, those with admin, all, full or delete are sensitive, and all others change things. In the environment, as JSON.',
  },
  oauthAccessTokenLifetime: { group, default: 3600, parse: duration, meaning: 'How long access tokens live.' },
  oauthRefreshTokenLifetime: {
    group,
    default: 604_800,
    parse: duration,
    meaning: 'How long a refresh token lives that is not used.',
  },
  oauthGrantLifetime: {
    group,
    default: 7_776_000,
    parse: duration,
    meaning: 'After how long a user has to allow a client anew, however often it refreshes.',
  },
  oauthRefreshGrace: {
    group,
    default: 10,
    parse: count.max(10),
    meaning: 'For how many seconds the same client gets the same answer for a refresh token again. 0: not at all.',
  },
  oauthCodeLifetime: {
    group,
    default: 60,
    parse: duration,
    meaning: 'How long an authorization code lives.',
  },
  oauthIdTokenLifetime: { group, default: 3600, parse: duration, meaning: 'How long ID tokens live.' },
  oauthDeviceCodeLifetime: { group, default: 600, parse: duration, meaning: 'How long a device waits for its user.' },
  oauthDeviceInterval: {
    group,
    default: 5,
    parse: count.min(1),
    meaning: 'Seconds between two questions of a device.',
  },
  oauthPushedRequestLifetime: {
    group,
    default: 60,
    parse: duration,
    meaning: 'How long a pushed authorization request lives until sign-in begins.',
  },
  oauthRequirePushedRequests: {
    group,
    default: false,
    parse: flag,
    meaning: 'Takes no authorization request that was not pushed (RFC 9126).',
  },
  oauthRegistration: {
    group,
    default: 'off',
    parse: z.enum(['off', 'token', 'open']),
    meaning:
      'Whether clients may register themselves (RFC 7591): not at all, with an initial access token, or anyone, which suits a server for agents alone.',
  },
  oauthRegistrationsPerAddress: {
    group,
    default: '100/hour',
    parse: rate,
    meaning: 'How many clients may be registered from one network.',
  },
  oauthUnusedRegistrationLifetime: {
    group,
    default: 7_776_000,
    parse: duration.nullable(),
    meaning:
      'How long after its last change a client that registered itself is kept while nobody uses it: then "doorward purge" deletes it. null: for ever.',
  },
  oauthClientDocuments: {
    group,
    default: false,
    parse: flag,
    meaning: 'Takes the https address of a metadata document as client_id, as clients of MCP servers have it.',
  },
  oauthSelfRegisteredGrants: {
    group,
    default: ['authorization_code', 'refresh_token'],
    parse: list,
    meaning: 'Grant types for clients that register by themselves or come by a document..',
  },
  oauthSelfRegisteredScopes: {
    group,
    default: ['openid', 'profile', 'email', 'offline_access'],
    parse: list,
    meaning: 'Scopes that they may ask for, out of oauthScopes. Their users are asked all the same.',
  },
  oauthSelfRegisteredStepUp: {
    group,
    default: true,
    parse: flag,
    meaning:
      'Whether one that registered for some of these scopes may ask its user for the others later, as clients of MCP servers do.',
  },
  oauthSelfRegisteredResources: {
    group,
    default: [],
    parse: list,
    meaning:
      'Addresses of APIs and MCP servers that they may ask for tokens for (RFC 8707), such as https://mcp.example.com/mcp.',
  },
  appsPerUser: {
    group,
    default: 100,
    parse: count,
    meaning: 'For how many applications a person may answer who registers another one in the portal. 0: any number.',
  },
  oauthUnreviewedApps: {
    group,
    default: 'testers',
    parse: z.enum(['testers', 'everybody']),
    meaning:
      'Who may use an application that was registered in the portal and is not reviewed, beside its owner: the test users that they name, or everybody, who are warned.',
  },
  oauthOutboundAddresses: {
    group,
    default: [],
    parse: list,
    meaning:
      'Special addresses that may be connected to on the word of a client all the same, as ranges such as 10.1.0.0/16: for its keys, documents and logout addresses. All of them are refused otherwise.',
  },
  oauthDpopNonce: {
    group,
    default: false,
    parse: flag,
    meaning: 'Asks for a nonce of this server in each DPoP proof (RFC 9449, section 8).',
  },
  oauthScopeChoice: {
    group,
    default: false,
    parse: flag,
    meaning:
      'Whether people may leave out some of the scopes that an application asks for. It is told by "scope" of the answer what it got.',
  },
  oauthLogoutAsks: {
    group,
    default: false,
    parse: flag,
    meaning: 'Asks people before an application signs them out, even where it shows by an ID token whom it signed in.',
  },
  oauthCertificateUrl: {
    group,
    default: null,
    parse: z
      .url({ protocol: /^https$/ })
      .transform((url) => url.replace(/\/+$/, ''))
      .nullable(),
    meaning:
      'The address at which the proxy asks clients for certificates, where that is another than publicUrl: published as mtls_endpoint_aliases (RFC 8705, section 5).',
  },
  oauthEndpointAudience: {
    group,
    default: false,
    parse: flag,
    meaning:
      'Takes client assertions whose aud is the address of the token endpoint, as RFC 7523 had it, and not the issuer alone.',
  },
  oauthTrustedIssuers: {
    group,
    default: [],
    parse: z.preprocess(jsonIn, z.array(trustedIssuer)),
    meaning:
      'Servers elsewhere whose word about users counts, for the JWT bearer grant (RFC 7523): a list of { issuer, jwksUri or jwks, subject (id, username or email), claim, scopes, algorithms, maxLifetime }. In the environment, as JSON.',
  },
  oauthLegacy: {
    group,
    default: [],
    parse: z.preprocess(textToList, z.array(z.enum(['password', 'implicit', 'hybrid']))),
    meaning:
      'Grants that RFC 9700 advises against, for clients that are registered for them: password, implicit, hybrid.',
  },
  oauthLocalhostRedirects: {
    group,
    default: false,
    parse: flag,
    meaning:
      'Whether http://localhost may be registered as a redirect URI. Better is http://127.0.0.1, which never leads elsewhere (RFC 8252, section 8.3).',
  },
  oauthWildcardRedirects: {
    group,
    default: false,
    parse: flag,
    meaning:
      'Whether redirect URIs such as https://*.example.com/cb may be registered, for previews of branches. RFC 9700, section 2.1, advises against it.',
  },
}

function jsonIn(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
