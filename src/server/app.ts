import { createCursors } from '../api/cursors.ts'
import type { Described } from '../api/operation.ts'
import { policyAt } from '../api/policy-at.ts'
import type { Auth } from '../core/auth.ts'
import type { AuthError } from '../core/errors.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { fileRoutes } from './account-routes.ts'
import { adminApiRoutes } from './admin-api-routes.ts'
import { allowedClientRoutes } from './allowed-client-routes.ts'
import { answerExchange } from './answer-exchange.ts'
import { answering, type Answering } from './answering.ts'
import { arrivalCheck } from './arrival-check.ts'
import { createConsoles } from './consoles.ts'
import { invitationRoute } from './invitation-route.ts'
import { apiRoutes, homeRoute, strayPage } from './api-routes.ts'
import { describedRoutes } from './described-routes.ts'
import { createDoor } from './door.ts'
import { gatekeeperRoutes } from './gatekeeper-routes.ts'
import { firstSetUpRoutes } from './first-set-up-routes.ts'
import { healthRoutes } from './health.ts'
import type { Instance } from './instance.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { notingKeySetReaders } from './noting-key-set-readers.ts'
import { ownAccountRoutes } from './own-account-routes.ts'
import { ownApiRoutes } from './own-api-routes.ts'
import { resourceRoutes } from './resource-routes.ts'
import { createRouteTable, pathOf, type Route } from './route.ts'
import { signInRoutes } from './sign-in-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { whoamiRoute } from './whoami-route.ts'

/** A server's door and its routes, ready to be listened on. */
export interface App extends Answering {
  readonly auth: Auth
  readonly metrics: Metrics
  readonly routes: readonly Route[]
}

export interface AppOptions {
  /** Routes of the application itself, beside Doorward's own; they are given the door (none). */
  readonly routes?: (auth: Auth, instance: Instance) => readonly Route[]
  /** Whether the server has been told to stop (never). */
  readonly isStopping?: () => boolean
  /** Whether `/` is Doorward's own where the application has nothing there: a page of what is here (false). */
  readonly isWholeSite?: boolean
}

/** Puts an instance's stores together into a door and the routes behind it. */
export function createApp(instance: Instance, options: AppOptions = {}): App {
  const { routes: own, isStopping = () => false, isWholeSite = false } = options
  const { settings, log, database, hasher } = instance
  const metrics = createMetrics({ passwords: hasher, token: settings.metricsToken })
  const auth = createDoor(instance, {
    onRefused: (request, error) => {
      const { code, cause } = error as Partial<AuthError>
      metrics.refused(typeof code === 'string' ? code : 'fault')
      log.debug({ code, err: cause, method: request.method }, 'refused')
    },
  })
  const cursors = createCursors({ key: instance.sealer.derive('cursors') })
  // The application's own come first: they are what people look for.
  const all = (): readonly Described[] =>
    describedRoutes([...ownRoutes, ...routes.filter((one) => !ownRoutes.includes(one))], settings)
  const permissionAt = (method: string, path: string): Described['permission'] => policyAt(all(), method, path)
  const consoles = createConsoles(instance, auth, metrics)
  const ownRoutes = own?.(auth, instance) ?? []
  const dispatch = async (request: Exchange): Promise<Answer> => {
    find ??= createRouteTable(routes)
    return answerExchange({ auth, check: arrivalCheck(instance), log })(request, find(pathOf(request.url)))
  }
  let find: ReturnType<typeof createRouteTable> | undefined
  const pages = [
    ...apiRoutes(instance, { auth, consoles, all, dispatch }),
    ...(isWholeSite ? [homeRoute(consoles)] : []),
  ].filter(({ path }) => !ownRoutes.some((one) => one.path === path))
  const routes: readonly Route[] = [
    ...healthRoutes({ ping: database.ping, pendingMigrations: database.pendingMigrations, isStopping }),
    metrics.route,
    ...signInRoutes(instance),
    ...fileRoutes(),
    ...notingKeySetReaders([...gatekeeperRoutes(instance, auth), ...instance.oauth.routes], instance),
    ...tokenRoutes(instance),
    ...resourceRoutes(settings),
    ...adminApiRoutes(instance, { auth, cursors, permissionAt, refusals: metrics.refusals }),
    ...ownApiRoutes(instance, { auth, cursors }),
    whoamiRoute(auth),
    ...ownAccountRoutes(instance, auth),
    ...allowedClientRoutes(instance, auth),
    ...firstSetUpRoutes(instance, consoles.basics),
    ...consoles.routes,
    invitationRoute(instance, auth),
    ...pages,
    ...ownRoutes,
  ]
  return {
    auth,
    metrics,
    routes,
    ...answering(instance, {
      routes,
      auth,
      onAnswered: metrics.answered,
      ...(isWholeSite ? { stray: strayPage(consoles) } : {}),
    }),
  }
}
