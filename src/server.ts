export { defineConfig, loadSettings } from './server/configuration.ts'
export { isDevelopment } from './server/is-development.ts'
export { createApp, type App, type AppOptions } from './server/app.ts'
export { openInstance, type Instance, type InstanceOptions } from './server/instance.ts'
export { createDoor } from './server/door.ts'
export { createLog, type Logger, type LogOptions } from './server/log.ts'
export type { Route } from './server/route.ts'
export { serve, type RunningServer, type ServeOptions } from './server/serve.ts'
export {
  readSettings,
  settings,
  settingsFromEnvironment,
  SettingsInvalid,
  type GivenSettings,
  type Settings,
} from './server/settings.ts'
export { jsonAnswer, type Answer, type Endpoint, type Exchange } from './http/exchange.ts'
export { parseBody } from './http/parse-body.ts'
export { operation, type Asked, type Described, type Operation, type OperationOptions } from './api/operation.ts'
export { operationsRoute, type OperationsRoute, type OperationsRouteOptions } from './api/operations-route.ts'
export { described, type Description } from './api/described.ts'
export { download, json, nothing, type Answering } from './api/answering.ts'
export { createCursors, type Cursors } from './api/cursors.ts'
