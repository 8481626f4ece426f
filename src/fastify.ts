export { fastifyAuth, type FastifyAuth, type FastifyGuard } from './adapters/fastify.ts'
export { listRoutes } from './adapters/fastify-routes.ts'
export type { Asking } from './adapters/asking.ts'
export type { RouteAuthenticators, RoutePermission, RouteThrottles } from './adapters/gate.ts'
