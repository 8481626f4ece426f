import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import { ready, secret } from './ready.ts'

// @fastify/jwt, HS256: fastify-jwt.ts cached | each-time
const app = Fastify()
await app.register(fastifyJwt, { secret, verify: process.argv[2] === 'cached' ? { cache: true } : {} } as never)
app.get('/', { onRequest: async (request) => request.jwtVerify() }, async (request) => ({
  name: (request.user as { name: string }).name,
}))
await app.listen({ port: 0, host: '127.0.0.1' })
ready(app.server, { authorization: `Bearer ${app.jwt.sign({ sub: '1', name: 'ada' }, { expiresIn: '1h' })}` })
