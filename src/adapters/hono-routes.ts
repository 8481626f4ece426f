import { findTargetHandler, isMiddleware } from 'hono/utils/handler'
import type { RouteEntry } from '../permissions/audit-routes.ts'
import { coversPath } from './path-cover.ts'
import { markedPolicy, togetherOf } from './policy-mark.ts'

/** A Hono application, as far as its routes go. */
export interface HonoRoutes {
  readonly routes: readonly HonoRoute[]
}

interface HonoRoute {
  readonly method: string
  readonly path: string
  readonly handler: Parameters<typeof findTargetHandler>[0]
}

/** Lists the routes of a Hono application with their policies, for `auditRoutes`, middleware on the way included. */
export function listRoutes({ routes }: HonoRoutes): RouteEntry[] {
  const known = routes.map(({ method, path, handler }) => {
    const target = findTargetHandler(handler)
    return { method, path, policy: markedPolicy(target), isHandler: method !== 'ALL' || !isMiddleware(target) }
  })
  /** A gate behind the last handler guards nothing, and Hono asks in the order of registration. */
  const last = new Map<string, number>()
  for (const [index, { method, path, policy, isHandler }] of known.entries()) {
    if (policy === null && isHandler) last.set(`${method} ${path}`, index)
  }
  return [...last.values()].map((index) => {
    const { method, path } = known[index] as (typeof known)[number]
    const before = known.slice(0, index).filter((one) => one.method === 'ALL' || one.method === method)
    const policies = before.filter((one) => coversPath(one.path, path)).map(({ policy }) => policy)
    return { method, path, policy: togetherOf(policies) }
  })
}
