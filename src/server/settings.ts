import { z } from 'zod'
import type { HeaderPreset } from '../gatekeeper/identity-headers.ts'
import { readRoutes, type GatekeeperRoute } from '../gatekeeper/route.ts'
import { type AccountSettings, accountSettings } from './account-settings.ts'
import { type FactorSettings, factorSettings } from './factor-settings.ts'
import { type MailSettings, mailSettings } from './mail-settings.ts'
import { type OAuthSettings, oauthSettings } from './oauth-settings.ts'
import { type OrganisationSettings, organisationSettings } from './organisation-settings.ts'
import { type SocialSettings, socialSettings } from './social-settings.ts'
import { count, duration, durationToSeconds, flag, list, textToList, type Setting } from './setting.ts'

export type { Setting } from './setting.ts'

const address = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))
const rate = z
  .string()
  .regex(/^\d+\/\d*[a-z]+$/i, 'a rate is written like 100/hour or 10/15m')
  .nullable()
const optional = z.string().min(1).nullable()
const headerName = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9-]+$/)
const routes = z.unknown().transform((value, context): readonly GatekeeperRoute[] => {
  try {
    return readRoutes(typeof value === 'string' ? JSON.parse(value) : value)
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message })
    return z.NEVER
  }
})

export type WayIn = 'session' | 'token' | 'jwt' | 'oauth2' | 'apiKey' | 'basic' | 'remoteUser' | 'clientCertificate'

/** The settings as the program reads them. Durations are seconds; `null` is "not set". What each means stands in the table. */
export interface Settings
  extends OAuthSettings, FactorSettings, MailSettings, AccountSettings, SocialSettings, OrganisationSettings {
  readonly publicUrl: string | null
  readonly host: string
  readonly port: number
  readonly allowedHosts: readonly string[]
  readonly trustedOrigins: readonly string[]
  readonly trustedProxies: readonly string[]
  readonly data: string
  readonly databaseUrl: string | null
  readonly secret: string | null
  readonly previousSecrets: readonly string[]
  readonly redisUrl: string | null
  readonly authenticators: readonly WayIn[]
  readonly realm: string
  readonly apiPages: 'everyone' | 'signed-in' | 'off'
  readonly tokenKeyword: string
  readonly tokenPrefix: string
  readonly tokenLifetime: number | null
  readonly apiTokens: 'jwt' | 'opaque'
  readonly remoteUserHeader: string
  readonly remoteUserPeers: readonly string[]
  readonly remoteUserSecretHeader: string
  readonly remoteUserSecret: string | null
  readonly remoteUserCreate: boolean
  readonly clientCertificateSource: 'tls' | 'rfc9440' | 'nginx' | 'xfcc'
  readonly clientCertificateHeader: string
  readonly clientCertificateVerifiedHeader: string
  readonly clientCertificatePeers: readonly string[]
  readonly clientCertificateSecretHeader: string
  readonly clientCertificateSecret: string | null
  readonly accessTokenLifetime: number
  readonly refreshTokenLifetime: number
  readonly refreshFamilyLifetime: number
  readonly refreshGrace: number
  readonly jwtAlgorithm: 'EdDSA' | 'ES256' | 'RS256' | 'PS256'
  readonly issuer: string | null
  readonly audience: string | null
  readonly jwtLeeway: number
  readonly jwtCookies: boolean
  readonly signingKeyLifetime: number
  readonly sessionIdle: number
  readonly sessionLifetime: number
  readonly passwordMinLength: number
  readonly passwordConcurrency: number | null
  readonly passwordQueue: number
  readonly guessesPerAccountAndAddress: string | null
  readonly guessesPerAddress: string | null
  readonly guessesPerAccount: string | null
  readonly failuresPerAddress: string | null
  readonly requestsPerAddress: string | null
  readonly requestsPerPrincipal: string | null
  readonly gatekeeperPeers: readonly string[]
  readonly gatekeeperSecretHeader: string
  readonly gatekeeperSecret: string | null
  readonly gatekeeperRoutes: readonly GatekeeperRoute[]
  readonly gatekeeperHeaders: HeaderPreset
  readonly gatekeeperSignIn: string
  readonly gatekeeperMaxAge: number
  readonly bodyLimit: number
  readonly shutdownGrace: number
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly metricsToken: string | null
}

export type SettingName = keyof Settings

/**
 * Every setting of the server, in one table: its default, its parser, and one line on what it does. The environment
 * variable is the name in capitals behind `DOORWARD_` (`publicUrl` is `DOORWARD_PUBLIC_URL`). `docs/configuration.md` and
 * `doorward settings` are made from it, and names that are not here are refused.
 */
export const settings: { readonly [Name in SettingName]: Setting<Settings[Name]> } = {
  publicUrl: {
    group: 'Where it is',
    default: null,
    parse: address.nullable(),
    meaning:
      'The address that people and programs use, such as https://id.example.com. Cookies, links and the issuer follow from it, never from a request. Without it the server is in development mode, at http://127.0.0.1 and its port.',
  },
  host: { group: 'Where it is', default: '127.0.0.1', parse: z.string().min(1), meaning: 'The address to listen on.' },
  port: {
    group: 'Where it is',
    default: 8000,
    parse: z.coerce.number().int().min(0).max(65535),
    meaning: 'The port to listen on. 0 takes a free one.',
  },
  allowedHosts: {
    group: 'Where it is',
    default: [],
    parse: list,
    meaning:
      'Host names that are served besides the one of publicUrl. In development also localhost, 127.0.0.1 and [::1].',
  },
  trustedOrigins: {
    group: 'Where it is',
    default: [],
    parse: list,
    meaning: 'Other origins whose pages may send requests with the session cookie, such as https://app.example.com.',
  },
  trustedProxies: {
    group: 'Where it is',
    default: [],
    parse: list,
    meaning: 'Address ranges of your own proxies. Only from these does X-Forwarded-For tell the address of a caller.',
  },
  data: {
    group: 'Storage',
    default: '.doorward',
    parse: z.string().min(1),
    meaning: 'The folder for the SQLite database and, in development, the generated secret.',
  },
  databaseUrl: {
    group: 'Storage',
    default: null,
    parse: z
      .string()
      .regex(/^(postgres(ql)?|sqlite):/, 'a database is postgres://… or sqlite:path')
      .nullable(),
    secret: true,
    meaning: 'postgres://user:password@host/name, or sqlite:path. Without it, doorward.sqlite3 in the data folder.',
  },
  secret: {
    group: 'Storage',
    default: null,
    parse: z.string().min(32, 'a secret has at least 32 characters; make one with: openssl rand -base64 32').nullable(),
    secret: true,
    meaning:
      'Seals signing keys and binds CSRF tokens. At least 32 characters. Without it, development mode makes one in the data folder.',
  },
  previousSecrets: {
    group: 'Storage',
    default: [],
    parse: list,
    secret: true,
    meaning: 'Secrets from before a change: they still open what they sealed.',
  },
  redisUrl: {
    group: 'Storage',
    default: null,
    parse: z
      .string()
      .regex(/^rediss?:/)
      .nullable(),
    secret: true,
    meaning: 'Counts throttles in Redis, for several nodes. Without it they are counted in the database.',
  },
  authenticators: {
    group: 'The ways in',
    default: ['session', 'token', 'jwt', 'oauth2', 'apiKey', 'basic', 'remoteUser', 'clientCertificate'],
    parse: z.preprocess(
      textToList,
      z.array(z.enum(['session', 'token', 'jwt', 'oauth2', 'apiKey', 'basic', 'remoteUser', 'clientCertificate'])),
    ),
    meaning:
      'Which ways in there are, and in which order they are asked. remoteUser and clientCertificate need their own settings too.',
  },
  apiPages: {
    group: 'The ways in',
    default: 'everyone',
    parse: z.enum(['everyone', 'signed-in', 'off']),
    meaning:
      'Who gets to see the pages under /api/, where every endpoint can be tried, and /api/openapi.json. They let nobody do more than without them.',
  },
  realm: {
    group: 'The ways in',
    default: 'api',
    parse: z.string().min(1),
    meaning: 'The realm in the challenges of a 401.',
  },
  tokenKeyword: {
    group: 'The ways in',
    default: 'Token',
    parse: z.string().regex(/^[A-Za-z][A-Za-z-]*$/),
    meaning: 'The scheme of opaque tokens in the Authorization header.',
  },
  tokenPrefix: {
    group: 'The ways in',
    default: 'dw',
    parse: z.string().regex(/^[a-z][a-z0-9]{0,9}$/),
    meaning: 'What tokens and keys begin with, so that scanners find yours.',
  },
  tokenLifetime: {
    group: 'The ways in',
    default: null,
    parse: duration.nullable(),
    meaning: 'How long an opaque token lives. Without it, until it is revoked.',
  },
  apiTokens: {
    group: 'The ways in',
    default: 'jwt',
    parse: z.enum(['jwt', 'opaque']),
    meaning: 'What POST /api/token/ answers: a JWT pair, or an opaque token.',
  },
  remoteUserHeader: {
    group: 'The ways in',
    default: 'remote-user',
    parse: z
      .string()
      .toLowerCase()
      .regex(/^[a-z0-9-]+$/),
    meaning: 'The header in which a proxy names the user.',
  },
  remoteUserPeers: {
    group: 'The ways in',
    default: [],
    parse: list,
    meaning: 'Address ranges of the proxies that may assert a user. Without peers or a secret this way in is closed.',
  },
  remoteUserSecretHeader: {
    group: 'The ways in',
    default: 'x-proxy-secret',
    parse: z
      .string()
      .toLowerCase()
      .regex(/^[a-z0-9-]+$/),
    meaning: 'The header that carries remoteUserSecret.',
  },
  remoteUserSecret: {
    group: 'The ways in',
    default: null,
    parse: optional,
    secret: true,
    meaning: 'What a proxy has to show in remoteUserSecretHeader to be believed.',
  },
  remoteUserCreate: {
    group: 'The ways in',
    default: false,
    parse: flag,
    meaning: 'Creates users that a proxy names and that do not exist yet.',
  },
  clientCertificateSource: {
    group: 'The ways in',
    default: 'tls',
    parse: z.enum(['tls', 'rfc9440', 'nginx', 'xfcc']),
    meaning:
      'Where a client certificate comes from: the TLS connection itself, or a header of a proxy (RFC 9440, nginx escaped PEM, Envoy XFCC).',
  },
  clientCertificateHeader: {
    group: 'The ways in',
    default: 'client-cert',
    parse: z
      .string()
      .toLowerCase()
      .regex(/^[a-z0-9-]+$/),
    meaning: 'The header that carries the certificate.',
  },
  clientCertificateVerifiedHeader: {
    group: 'The ways in',
    default: 'x-client-verify',
    parse: z
      .string()
      .toLowerCase()
      .regex(/^[a-z0-9-]+$/),
    meaning:
      'With nginx, the header in which it says SUCCESS once it has verified the certificate ($ssl_client_verify). A certificate without it is refused.',
  },
  clientCertificatePeers: {
    group: 'The ways in',
    default: [],
    parse: list,
    meaning: 'Address ranges of the proxies whose certificate header counts.',
  },
  clientCertificateSecretHeader: {
    group: 'The ways in',
    default: 'x-proxy-secret',
    parse: z
      .string()
      .toLowerCase()
      .regex(/^[a-z0-9-]+$/),
    meaning: 'The header that carries clientCertificateSecret.',
  },
  clientCertificateSecret: {
    group: 'The ways in',
    default: null,
    parse: optional,
    secret: true,
    meaning: 'What a proxy has to show in clientCertificateSecretHeader to be believed.',
  },
  accessTokenLifetime: {
    group: 'JWT',
    default: 1800,
    parse: duration,
    meaning: 'How long an access token lives. Seconds, or text such as 30m.',
  },
  refreshTokenLifetime: {
    group: 'JWT',
    default: 604800,
    parse: duration,
    meaning: 'How long a refresh token may lie unused.',
  },
  refreshFamilyLifetime: {
    group: 'JWT',
    default: 2592000,
    parse: duration,
    meaning: 'How long one sign-in lasts, however often it is refreshed.',
  },
  refreshGrace: {
    group: 'JWT',
    default: 10,
    parse: count.max(10),
    meaning:
      'For how many seconds the same client gets the same answer when it shows a spent refresh token again. 0 switches it off; 10 is the most.',
  },
  jwtAlgorithm: {
    group: 'JWT',
    default: 'EdDSA',
    parse: z.enum(['EdDSA', 'ES256', 'RS256', 'PS256']),
    meaning: 'What signs access and refresh tokens.',
  },
  issuer: {
    group: 'JWT',
    default: null,
    parse: address.nullable(),
    meaning: 'The iss of tokens. Without it, publicUrl.',
  },
  audience: { group: 'JWT', default: null, parse: optional, meaning: 'The aud of tokens. Without it, the issuer.' },
  jwtLeeway: { group: 'JWT', default: 0, parse: count.max(300), meaning: 'Seconds by which clocks may differ.' },
  jwtCookies: {
    group: 'JWT',
    default: false,
    parse: flag,
    meaning: 'Hands the pair out in httpOnly cookies, with CSRF protection, rather than in the body.',
  },
  signingKeyLifetime: {
    group: 'JWT',
    default: 7776000,
    parse: duration,
    meaning: 'After how long a new signing key takes over by itself.',
  },
  sessionIdle: {
    group: 'Sessions and passwords',
    default: 1209600,
    parse: duration,
    meaning: 'A session that is not used for so long is over.',
  },
  sessionLifetime: {
    group: 'Sessions and passwords',
    default: 2592000,
    parse: duration,
    meaning: 'A session is over after so long, used or not.',
  },
  passwordMinLength: {
    group: 'Sessions and passwords',
    default: 8,
    parse: count.min(8).max(128),
    meaning: 'The fewest characters of a password.',
  },
  passwordConcurrency: {
    group: 'Sessions and passwords',
    default: null,
    parse: count.min(1).nullable(),
    meaning: 'How many passwords are hashed at once. Without it, one less than there are cores.',
  },
  passwordQueue: {
    group: 'Sessions and passwords',
    default: 256,
    parse: count.min(1),
    meaning: 'How many sign-ins may wait for that; one more is answered 503 with Retry-After.',
  },
  guessesPerAccountAndAddress: {
    group: 'Throttles',
    default: '10/15m',
    parse: rate,
    meaning: 'Wrong passwords for one account from one address before 429.',
  },
  guessesPerAddress: {
    group: 'Throttles',
    default: '100/hour',
    parse: rate,
    meaning: 'Wrong passwords from one address, whatever the account.',
  },
  guessesPerAccount: {
    group: 'Throttles',
    default: '200/hour',
    parse: rate,
    meaning: 'Wrong passwords for one account from everywhere but the networks it has signed in from.',
  },
  failuresPerAddress: {
    group: 'Throttles',
    default: '300/min',
    parse: rate,
    meaning: 'Credentials of any kind that may be refused from one address.',
  },
  requestsPerAddress: {
    group: 'Throttles',
    default: null,
    parse: rate,
    meaning: 'Requests from one address, such as 1000/min.',
  },
  requestsPerPrincipal: {
    group: 'Throttles',
    default: null,
    parse: rate,
    meaning: 'Requests of one user, service account or client.',
  },
  ...factorSettings,
  ...mailSettings,
  ...accountSettings,
  ...oauthSettings,
  ...socialSettings,
  ...organisationSettings,
  gatekeeperPeers: {
    group: 'Gatekeeper',
    default: [],
    parse: list,
    meaning:
      'Address ranges of the proxies that may ask /verify/ whether a request may pass. Without peers or a secret it is closed.',
  },
  gatekeeperSecretHeader: {
    group: 'Gatekeeper',
    default: 'x-gatekeeper-secret',
    parse: headerName,
    meaning: 'The header that carries gatekeeperSecret.',
  },
  gatekeeperSecret: {
    group: 'Gatekeeper',
    default: null,
    parse: optional,
    secret: true,
    meaning: 'What a proxy has to show in gatekeeperSecretHeader to be answered, at least 16 characters.',
  },
  gatekeeperRoutes: {
    group: 'Gatekeeper',
    default: [],
    parse: routes,
    meaning:
      'Which requests may pass to which backend: a list of { name, host, path, methods, policy, api }, where the first that fits decides and none means no. In the environment, as JSON.',
  },
  gatekeeperHeaders: {
    group: 'Gatekeeper',
    default: 'remote',
    parse: z.enum(['remote', 'authentik', 'oauth2-proxy', 'rauthy', 'none']),
    meaning:
      'Which headers tell backends who it is: Remote-User and its kin, or the names of authentik, oauth2-proxy or Rauthy. The signed Doorward-Identity is there always.',
  },
  gatekeeperSignIn: {
    group: 'Gatekeeper',
    default: '/accounts/login/',
    parse: z
      .string()
      .regex(
        /^(\/|https?:\/\/)[^/\\?#\s][^\\?#\s]*$/,
        'it is a path, or an address without query, such as /accounts/login/',
      ),
    meaning: 'Where people sign in: a path that the proxy leads to Doorward on the protected host, or another address.',
  },
  gatekeeperMaxAge: {
    group: 'Gatekeeper',
    default: 0,
    parse: z.preprocess(durationToSeconds, count.max(300)),
    meaning:
      'For how many seconds a proxy may keep an answer to GET or HEAD. So long a revoked credential may still pass. 0: not at all.',
  },
  bodyLimit: {
    group: 'Operation',
    default: 65536,
    parse: count.min(1024),
    meaning: 'The largest request body, in bytes.',
  },
  shutdownGrace: {
    group: 'Operation',
    default: 10,
    parse: count,
    meaning: 'Seconds that running requests get when the server is told to stop.',
  },
  logLevel: {
    group: 'Operation',
    default: 'info',
    parse: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    meaning: 'The least that is logged.',
  },
  metricsToken: {
    group: 'Operation',
    default: null,
    parse: optional,
    secret: true,
    meaning: 'The bearer token that /metrics asks for. Without it, /metrics answers the machine itself only.',
  },
}

/** What somebody may write: in `doorward.config.ts`, in the environment, or on the command line. */
export type GivenSettings = { readonly [Name in SettingName]?: unknown }

/** Something is wrong with the settings: every fault at once, each with what to do. */
export class SettingsInvalid extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(`The settings do not hold:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`, options)
    this.name = 'SettingsInvalid'
    this.faults = faults
  }
}

/** Reads given settings over the defaults. Unknown names are refused, with the nearest known one. */
export function readSettings(given: Readonly<Record<string, unknown>>): Settings {
  const faults: string[] = []
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(settings, name)) faults.push(`${name} is not a setting.${suggestion(name)}`)
  }
  const read = Object.entries(settings).map(([name, { default: fallback, parse }]) => {
    const value = Object.hasOwn(given, name) && given[name] !== undefined ? given[name] : fallback
    const parsed = parse.safeParse(value)
    if (!parsed.success) faults.push(`${name}: ${parsed.error.issues.map(({ message }) => message).join('; ')}.`)
    return [name, parsed.data]
  })
  if (faults.length > 0) throw new SettingsInvalid(faults)
  return Object.fromEntries(read) as Settings
}

/** The settings in an environment: `DOORWARD_PUBLIC_URL` is `publicUrl`. Unknown `DOORWARD_` names are refused. */
export function settingsFromEnvironment(environment: Readonly<Record<string, string | undefined>>): GivenSettings {
  const byVariable = new Map(Object.keys(settings).map((name) => [variableOf(name), name]))
  const given: Record<string, unknown> = {}
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('DOORWARD_') || value === undefined) continue
    const name = byVariable.get(variable)
    if (name === undefined) throw new SettingsInvalid([`${variable} is not a setting. "doorward settings" lists them.`])
    if (value !== '') given[name] = value
  }
  return given
}

/** The environment variable of a setting. */
export function variableOf(name: string): string {
  return `DOORWARD_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

function suggestion(name: string): string {
  const near = Object.keys(settings).find(
    (known) => known.toLowerCase().replaceAll(/[^a-z]/g, '') === name.toLowerCase().replaceAll(/[^a-z]/g, ''),
  )
  return near === undefined ? ' "doorward settings" lists them.' : ` Did you mean ${near}?`
}
