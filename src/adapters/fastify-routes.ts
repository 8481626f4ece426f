import type { RouteEntry } from '../permissions/audit-routes.ts'
import { togetherOf, type Policy } from './policy-mark.ts'

/** A Fastify instance: the application, or one of its scopes. */
export interface AnyInstance {
  readonly addHook: unknown
}

const kept: unique symbol = Symbol('doorward.routes')

type Keeping = AnyInstance & { [kept]?: Map<string, RouteEntry> }

/** Begins the list of an application's routes. Scopes inherit it: Fastify makes them with their parent as prototype. */
export function beginRoutes(app: Keeping): void {
  app[kept] ??= new Map()
}

/** Adds a route to the list, or to a route that is there what another door asks of it. */
export function addRoute(app: Keeping, method: string, path: string, policies: readonly (Policy | null)[]): void {
  const key = `${method} ${path}`
  const known = app[kept]?.get(key)?.policy ?? null
  app[kept]?.set(key, { method, path, policy: togetherOf([known, ...policies]) })
}

/**
 * Lists the routes of a Fastify application with their policies, for `auditRoutes`: those that were added after the plugin.
 * Throws without it. A gate of a whole scope is known where `everyRoute` has put it, and not where `addHook` has.
 */
export function listRoutes(app: AnyInstance): RouteEntry[] {
  const routes = (app as Keeping)[kept]
  if (routes === undefined) throw new Error('listRoutes: register the plugin of fastifyAuth before the routes.')
  return [...routes.values()]
}
