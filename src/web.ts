export * from './adapters/web.ts'
