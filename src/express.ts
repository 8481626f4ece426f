export * from './adapters/express.ts'
export * from './adapters/express-routes.ts'
