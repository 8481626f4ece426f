import { createServer } from 'node:http'
import { ready } from './ready.ts'

// The measure of everything: node:http with nothing in front; and what each framework costs alone: hello.ts fastify
const body = JSON.stringify({ name: 'ada' })
const adapters: Record<string, () => Promise<void>> = {
  node: async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, ['content-type', 'application/json', 'content-length', String(body.length)])
      response.end(body)
    })
    ready(server.listen(0, '127.0.0.1'))
  },
  fastify: async () => {
    const { default: Fastify } = await import('fastify')
    const app = Fastify()
    app.get('/', async () => ({ name: 'ada' }))
    await app.listen({ port: 0, host: '127.0.0.1' })
    ready(app.server)
  },
  hono: async () => {
    const [{ serve }, { Hono }] = await Promise.all([import('@hono/node-server'), import('hono')])
    const app = new Hono()
    app.get('/', (c) => c.json({ name: 'ada' }))
    ready(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as never)
  },
}
await adapters[process.argv[2] ?? 'node']?.()
