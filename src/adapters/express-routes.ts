import { METHODS } from 'node:http'
import { nameOf } from '../core/permission.ts'
import type { RouteEntry } from '../permissions/audit-routes.ts'
import { coversPath } from './path-cover.ts'
import { markedPolicy, togetherOf, type Policy } from './policy-mark.ts'

/** An Express application or router, as far as its routes go. */
export type ExpressRoutes =
  | { readonly router: { readonly stack: readonly unknown[] } }
  | { readonly stack: readonly unknown[] }

/**
 * Lists the routes of an Express application with their policies, for `auditRoutes`: those of middleware and routers on the
 * way to them included. An application mounted in another one keeps its routes to itself, and is listed as one: list it too.
 */
export function listRoutes(app: ExpressRoutes): RouteEntry[] {
  const { stack } = 'router' in app ? app.router : app
  return walk(stack as readonly Layer[], '', [])
}

interface Layer {
  readonly name: string
  readonly method?: string | undefined
  readonly rawPath?: unknown
  readonly handle: ((...given: never[]) => unknown) & { readonly stack?: readonly Layer[] }
  readonly route?: { readonly path: unknown; readonly stack: readonly Layer[] } | undefined
}

/** What a middleware asks of everything at or below its path. */
interface Passed {
  readonly path: string
  readonly policy: Policy
}

function walk(stack: readonly Layer[], prefix: string, above: readonly Passed[]): RouteEntry[] {
  const passed = [...above]
  const entries: RouteEntry[] = []
  for (const layer of stack) {
    if (layer.route !== undefined) {
      for (const path of pathsOf(layer.route.path)) entries.push(...routesAt(prefix + path, layer.route.stack, passed))
      continue
    }
    for (const path of pathsOf(layer.rawPath ?? '/')) {
      const at = (prefix + path).replace(/\/$/, '')
      const policy = markedPolicy(layer.handle)
      if (policy !== null) passed.push({ path: `${at}/*`, policy })
      else if (layer.handle.stack !== undefined) entries.push(...walk(layer.handle.stack, at, passed))
      else if (layer.name === 'mounted_app') entries.push(entryOf('ALL', `${at}/*`, passed, []))
    }
  }
  return entries
}

/** One entry for each method, one for `app.all`. A gate behind the last handler guards nothing. */
function routesAt(path: string, stack: readonly Layer[], passed: readonly Passed[]): RouteEntry[] {
  const isGate = ({ method, handle }: Layer): boolean => method === undefined && markedPolicy(handle) !== null
  const methods = new Set(stack.filter((layer) => !isGate(layer)).map(({ method }) => method))
  const entries = [...methods].map((method) => {
    const own = stack.filter((layer) => layer.method === undefined || layer.method === method)
    const last = own.findLastIndex(({ handle }) => markedPolicy(handle) === null)
    const policies = own.slice(0, Math.max(last, 0)).map(({ handle }) => markedPolicy(handle))
    return entryOf(method?.toUpperCase() ?? 'ALL', path, passed, policies)
  })
  const [first] = entries
  const isAll = METHODS.every((method) => methods.has(method.toLowerCase()))
  const isOne = new Set(entries.map(({ policy }) => policy && nameOf(policy))).size === 1
  return first !== undefined && isAll && isOne ? [{ ...first, method: 'ALL' }] : entries
}

function entryOf(method: string, path: string, passed: readonly Passed[], own: readonly (Policy | null)[]): RouteEntry {
  const above = passed.filter((one) => coversPath(one.path, path)).map(({ policy }) => policy)
  return { method, path, policy: togetherOf([...above, ...own]) }
}

function pathsOf(given: unknown): string[] {
  return [given].flat(Infinity).map(String)
}
