export * from './adapters/node.ts'
