export {
  listRoutes,
  nodeAuth,
  type NodeAuth,
  type NodeAuthOptions,
  type NodeGuard,
  type NodeHandler,
  type NodeListener,
} from './adapters/node.ts'
export { mount, type NodeMount } from './adapters/node-mount.ts'
export type { Mountable } from './adapters/mountable.ts'
export type { Asking } from './adapters/asking.ts'
export type { RouteAuthenticators, RoutePermission, RouteThrottles } from './adapters/gate.ts'
