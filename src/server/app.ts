import { clientsApi } from '../admin/clients-api.ts'
import type { Auth } from '../core/auth.ts'
import type { AuthError } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import { createHostCheck } from '../http/hosts.ts'
import { createHttpsOnly } from '../http/https-only.ts'
import { published } from '../http/published.ts'
import { accountRoutes } from './account-routes.ts'
import { allowedClientRoutes } from './allowed-client-routes.ts'
import { answerRequests, pathOf } from './answer-request.ts'
import { isDevelopment } from './configuration.ts'
import { createDoor } from './door.ts'
import { gatekeeperRoutes } from './gatekeeper-routes.ts'
import { healthRoutes } from './health.ts'
import type { Instance } from './instance.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { ownResource } from './possession.ts'
import { createRouteTable, type Route } from './route.ts'
import type { Settings } from './settings.ts'
import { tokenRoutes } from './token-routes.ts'

/** A server's door and its routes, ready to be listened on. */
export interface App {
  readonly auth: Auth
  readonly metrics: Metrics
  readonly routes: readonly Route[]
  readonly answer: ReturnType<typeof answerRequests>
  /** Whether a request target is of one of the routes: what an application that has others leaves to `answer`. */
  readonly serves: (url: string) => boolean
}

export interface AppOptions {
  /** Routes of the application itself, beside Doorward's own; they are given the door (none). */
  readonly routes?: (auth: Auth, instance: Instance) => readonly Route[]
  /** Whether the server has been told to stop (never). */
  readonly isStopping?: () => boolean
}

/** Puts an instance's stores together into a door and the routes behind it. */
export function createApp(instance: Instance, { routes: own, isStopping = () => false }: AppOptions = {}): App {
  const { settings, log, database, hasher } = instance
  const metrics = createMetrics({ passwords: hasher, token: settings.metricsToken })
  const auth = createDoor(instance, {
    onRefused: (request, error) => {
      const { code, cause } = error as Partial<AuthError>
      metrics.refused(typeof code === 'string' ? code : 'fault')
      log.debug({ code, err: cause, method: request.method }, 'refused')
    },
  })
  const routes = [
    ...healthRoutes({ ping: database.ping, pendingMigrations: database.pendingMigrations, isStopping }),
    metrics.route,
    ...accountRoutes(instance),
    ...gatekeeperRoutes(instance, auth),
    ...tokenRoutes(instance),
    ...instance.oauth.routes,
    ...resourceRoutes(settings),
    clientsApi({ auth, clients: instance.oauth.clients }),
    ...allowedClientRoutes(instance, auth),
    ...(own?.(auth, instance) ?? []),
  ]
  const answer = answerRequests({
    routes,
    auth,
    check: arrivalCheck(settings),
    address: instance.address,
    bodyLimit: settings.bodyLimit,
    log,
    onAnswered: metrics.answered,
  })
  const find = createRouteTable(routes)
  return { auth, metrics, routes, answer, serves: (url) => find(pathOf(url)) !== null }
}

/** What the server's own API says of itself (RFC 9728). */
function resourceRoutes(settings: Settings): readonly Route[] {
  const resource = ownResource(settings)
  if (resource === null || !settings.authenticators.includes('oauth2')) return []
  const methods = {
    GET: published(() => resource.document, { maxAge: 300 }),
    OPTIONS: async () => resource.answer('OPTIONS'),
  }
  return [{ path: resource.path, methods }]
}

/** What every request has to pass before anything is looked at: its host is served here, and it came the safe way. */
function arrivalCheck(settings: Settings): (request: AuthRequest) => void {
  const checkHost = createHostCheck(hostsOf(settings))
  const isSecure = settings.publicUrl?.startsWith('https:') === true
  const checkScheme = createHttpsOnly({ trusted: isSecure ? settings.trustedProxies : [] })
  return (request) => {
    checkHost(request)
    checkScheme(request)
  }
}

/**
 * The hosts that are served: that of the public address, those that are listed, those behind the gatekeeper, whose sign-in
 * pages they are, and in development this machine.
 */
export function hostsOf(settings: Settings): readonly string[] {
  const own = [settings.publicUrl, settings.oauthCertificateUrl].flatMap((url) =>
    url === null ? [] : [new URL(url).host],
  )
  const local = isDevelopment(settings)
    ? ['localhost:*', '127.0.0.1:*', '[::1]:*', 'localhost', '127.0.0.1', '[::1]']
    : []
  const guarded = settings.gatekeeperRoutes.map(({ host }) => host)
  return [...own, ...settings.allowedHosts, ...guarded, ...local]
}
