export { expressAuth, type ExpressAuth, type ExpressGuard } from './adapters/express.ts'
export { listRoutes, type ExpressRoutes } from './adapters/express-routes.ts'
export type { Asking } from './adapters/asking.ts'
export type { RouteAuthenticators, RoutePermission, RouteThrottles } from './adapters/gate.ts'
