export {
  listRoutes,
  webAuth,
  type FetchHandler,
  type WebAuth,
  type WebAuthOptions,
  type WebGuard,
  type WebHandler,
} from './adapters/web.ts'
export { mount, type WebMountOptions } from './adapters/web-mount.ts'
export type { Mountable } from './adapters/mountable.ts'
export type { Asking } from './adapters/asking.ts'
export type { RouteAuthenticators, RoutePermission, RouteThrottles } from './adapters/gate.ts'
