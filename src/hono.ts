export * from './adapters/hono.ts'
export * from './adapters/hono-routes.ts'
