// Access tokens of another issuer, in Fastify: verified by its keys, nothing is looked up.
//   ISSUER=https://id.example AUDIENCE=https://api.example node --conditions=doorward-source examples/fastify.ts
import { createAuth, hasScope, importKey, isStaff, jwt, keysFrom, perPrincipal, remoteKeys } from 'doorward'
import { fastifyAuth } from 'doorward/fastify'
import Fastify from 'fastify'

const issuer = process.env['ISSUER'] ?? 'https://id.example'
const publicKey = process.env['PUBLIC_KEY']

const auth = createAuth({
  authenticators: [
    jwt({
      // By the published keys, which follow when the issuer changes them; or by one that is known.
      keys:
        publicKey === undefined
          ? remoteKeys({ jwksUri: `${issuer}/.well-known/jwks.json` })
          : keysFrom([importKey({ alg: 'EdDSA', key: publicKey })]),
      issuer,
      audience: process.env['AUDIENCE'] ?? 'https://api.example',
      leeway: 30,
      rights: true, // this issuer decides who is staff here; leave it out for one that serves strangers
    }),
  ],
  throttles: [perPrincipal('600/min')],
})
const { plugin, protect, everyRoute, identity } = fastifyAuth(auth)

const app = Fastify()
await app.register(plugin)
// oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify waits for them
app.get('/me', { onRequest: protect() }, async (request) => {
  const { principal, auth } = identity(request)
  return { kind: principal.kind, name: principal.name, until: auth.expiresAt }
})
app.get('/notes', { onRequest: protect(hasScope('notes.read')) }, async () => ['a note'])
await app.register(async (scope) => {
  everyRoute(scope, protect(isStaff))
  scope.get('/admin', async () => 'for staff')
})

console.log(await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT'] ?? 8000) }))
process.once('SIGTERM', () => void app.close())
