import { nameOf, type Permission } from '../core/permission.ts'

/** A route of an application, as an adapter lists it. */
export interface RouteEntry {
  readonly method: string
  readonly path: string
  // oxlint-disable-next-line typescript/no-explicit-any -- routes may guard any kind of resource
  readonly policy: Permission<any, any> | null
}

export interface RouteAudit {
  /** Every route with its policy as it is written, `null` for none. */
  readonly routes: readonly { readonly method: string; readonly path: string; readonly policy: string | null }[]
  /** Those without a policy that `allow` does not list. */
  readonly unguarded: readonly RouteEntry[]
  /** The same as a table to read. */
  readonly text: string
}

export interface AuditRoutesOptions {
  /** Routes that need no policy, such as `GET /livez` (none). */
  readonly allow?: readonly string[]
}

/** Lists every route of an application with its policy. */
export function auditRoutes(entries: readonly RouteEntry[], { allow = [] }: AuditRoutesOptions = {}): RouteAudit {
  const sorted = entries.toSorted((a, b) => `${a.path} ${a.method}`.localeCompare(`${b.path} ${b.method}`))
  const isAllowed = ({ method, path }: { readonly method: string; readonly path: string }) =>
    allow.includes(`${method} ${path}`)
  const routes = sorted.map(({ method, path, policy }) => ({
    method,
    path,
    policy: policy === null ? null : nameOf(policy),
  }))
  const width = (pick: (route: (typeof routes)[number]) => string): number =>
    Math.max(0, ...routes.map((route) => pick(route).length))
  const [methods, paths] = [width(({ method }) => method), width(({ path }) => path)]
  return {
    routes,
    unguarded: sorted.filter((route) => route.policy === null && !isAllowed(route)),
    text: routes
      .map((route) => {
        const policy = route.policy ?? (isAllowed(route) ? 'no policy, as allowed' : 'UNGUARDED')
        return `${route.method.padEnd(methods)}  ${route.path.padEnd(paths)}  ${policy}`
      })
      .join('\n'),
  }
}

/** For a test of one's own application: fails on every route that has no policy, naming it. */
export function assertGuarded(entries: readonly RouteEntry[], options: AuditRoutesOptions = {}): void {
  const { unguarded } = auditRoutes(entries, options)
  if (unguarded.length === 0) return
  const list = unguarded.map(({ method, path }) => `  ${method} ${path}`).join('\n')
  throw new Error(
    `These routes have no policy. Give each a permission (allowAny for open ones), or list it in allow:\n${list}`,
  )
}
