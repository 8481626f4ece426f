export { honoAuth, type HonoAuth, type HonoAuthOptions, type HonoGuard } from './adapters/hono.ts'
export { listRoutes, type HonoRoutes } from './adapters/hono-routes.ts'
export type { Asking } from './adapters/asking.ts'
export type { RouteAuthenticators, RoutePermission, RouteThrottles } from './adapters/gate.ts'
