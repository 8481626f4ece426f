import { createAuth } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import type { User } from '../core/identity.ts'
import { sessionCookie } from '../authentication/session-cookie.ts'
import type { SessionAuth } from '../accounts/sessions.ts'
import type { Users } from '../accounts/users.ts'
import type { OAuthServer } from '../oauth/server.ts'
import type { Database } from '../storage/database.ts'
import { fileRoutes } from './account-routes.ts'
import { answering, type Answering } from './answering.ts'
import { createLog } from './log.ts'
import { type InstanceOptions, openInstance } from './instance.ts'
import { type AccessTokenWay, ownAccessToken } from './own-access-token.ts'
import { createOwnSignIn, type OwnSignIn } from './own-sign-in.ts'
import { relaxationsOf } from './relaxations.ts'
import { resourceRoutes } from './resource-routes.ts'
import { type GivenSettings, readSettings } from './settings.ts'
import { signInRoutes } from './sign-in-routes.ts'

export interface OAuthServerOptions extends Pick<
  InstanceOptions,
  | 'log'
  | 'fetch'
  | 'userClaims'
  | 'tokenAnswerMembers'
  | 'introspectionMembers'
  | 'mayRemoveFactor'
  | 'signInPath'
  | 'clock'
> {
  /**
   * Where the application is reached, without a path: `https://app.example`. Plain http is for one's own machine alone. It is
   * `iss`, and what the addresses of the endpoints begin with.
   */
  readonly issuer: string
  /** The path of a SQLite file, the URL of a PostgreSQL database, or `sqlite::memory:`; or one that is open, which is closed at the end. */
  readonly database: string | Database
  /** 32 characters or more that are kept safe: what signing keys are sealed with. Make one with `openssl rand -base64 32`. */
  readonly secret: string
  /** What clients may ask for, each with a sentence for the consent page (those of OpenID Connect, `read` and `write`). */
  readonly scopes?: Readonly<Record<string, string>>
  /** What the application's API is called in `aud` (the issuer). */
  readonly audience?: string
  /** Any other setting of the server, by its name in docs/configuration.md (their defaults, and `warn` as `logLevel`). */
  readonly settings?: Omit<
    GivenSettings,
    'publicUrl' | 'databaseUrl' | 'secret' | 'oauthScopes' | 'audience' | 'issuer'
  >
}

/** An authorization server inside an application. `mount` of each adapter puts its endpoints in. */
export interface MountedOAuthServer
  extends
    Answering,
    OwnSignIn,
    Pick<OAuthServer, 'clients' | 'registrationTokens' | 'consents' | 'allowedClients' | 'grants'> {
  /** For the application's own chain: the access tokens that are issued here, opaque ones and JWTs. */
  readonly accessToken: AccessTokenWay
  /** For the application's own chain: browsers that are signed in here. */
  readonly session: Authenticator<'session', User, SessionAuth>
  /** The accounts: Doorward's own, or the rows behind those of the application. */
  readonly users: Users
  /** Writes what is still to be written, and closes the database. */
  readonly close: () => Promise<void>
}

/**
 * Opens an authorization server: its database, brought up to date, its keys, its endpoints below `/o/` and `/.well-known/`.
 * People sign in at pages of ours, or, with `signInPath`, at one of the application, which then calls `signIn`.
 * Throws `SettingsInvalid` or `TypeError` naming what is wrong.
 */
export async function createOAuthServer(options: OAuthServerOptions): Promise<MountedOAuthServer> {
  const { issuer, database, secret, scopes, audience, settings: others, signInPath, log, ...more } = options
  const settings = readSettings({
    logLevel: 'warn',
    ...others,
    publicUrl: checkedIssuer(issuer),
    secret: checkedSecret(secret),
    ...(typeof database === 'string' ? { databaseUrl: urlOf(database) } : {}),
    ...(scopes === undefined ? {} : { oauthScopes: scopes }),
    ...(audience === undefined ? {} : { audience }),
  })
  const instance = await openInstance(settings, {
    ...more,
    log: log ?? createLog({ level: settings.logLevel }),
    ...(typeof database === 'string' ? {} : { database }),
    ...(signInPath === undefined ? {} : { signInPath: checkedPath(signInPath) }),
  })
  const { oauth, sessions, csrf } = instance
  const routes = [
    ...oauth.routes,
    ...resourceRoutes(settings),
    ...fileRoutes(),
    ...(signInPath === undefined ? signInRoutes(instance) : []),
  ]
  for (const { setting, allows } of relaxationsOf(settings)) instance.log.warn({ setting }, allows)
  await instance.signingKeys.prepare()
  const { clients, registrationTokens, consents, allowedClients, grants } = oauth
  const accessToken = ownAccessToken(instance)
  const session = sessionCookie({ sessions, csrf, cookie: sessions.cookieName })
  return {
    ...answering(instance, { routes, auth: createAuth({ authenticators: [session, accessToken] }) }),
    ...createOwnSignIn(instance),
    clients,
    registrationTokens,
    consents,
    allowedClients,
    grants,
    accessToken,
    session,
    users: instance.users,
    close: instance.close,
  }
}

/** RFC 8414, section 2: https, without query and fragment; and its metadata stands at the root here. */
function checkedIssuer(issuer: string): string {
  const url = URL.canParse(issuer) ? new URL(issuer) : null
  const isLocal = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  const isPlace = url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))
  if (!isPlace || url.origin !== issuer.replace(/\/$/, '')) {
    throw new TypeError(
      'createOAuthServer: issuer has to be where the application is reached, such as https://app.example, without a path.',
    )
  }
  return url.origin
}

function checkedSecret(secret: unknown): string {
  if (typeof secret === 'string' && secret.length >= 32) return secret
  throw new TypeError(
    'createOAuthServer: secret needs 32 characters or more. Make one with: openssl rand -base64 32, and keep it.',
  )
}

function checkedPath(path: string): string {
  if (/^\/(?![/\\])[\x21\x23-\x5b\x5d-\x7e]*$/.test(path) && !path.includes('?')) return path
  throw new TypeError('createOAuthServer: signInPath has to be a path of the application, such as /login.')
}

function urlOf(database: string): string {
  return /^(?:postgres(?:ql)?|sqlite):/.test(database) ? database : `sqlite:${database}`
}
