// Plain node:http behind a proxy: the proxy names people, programs bring bearer tokens, and /why tells what was decided.
//   node --conditions=doorward-source examples/node.ts
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { allowAny, bearer, createAuth, createTrustedPeers, forwardedFor, isAuthenticated, isUser } from 'doorward'
import { perAddress, remoteUser, type User } from 'doorward'
import { nodeAuth } from 'doorward/node'

const proxies = ['127.0.0.0/8', '::1']
const deployToken = process.env['DEPLOY_TOKEN'] ?? `deploy_${randomUUID()}`
const people = new Map<string, User>([['ada', { kind: 'user', id: '1', name: 'ada' }]])

const auth = createAuth({
  authenticators: [
    remoteUser({
      peers: createTrustedPeers({ addresses: proxies }),
      users: { find: async (name) => people.get(name) ?? null },
    }),
    bearer({
      name: 'deployment',
      recognises: (token) => token.startsWith('deploy_'),
      find: async (token) =>
        timingSafeEqual(digestOf(token), digestOf(deployToken))
          ? { principal: { kind: 'client', id: 'deploy', name: 'deployments' }, auth: { scopes: ['deploy'] } }
          : null,
    }),
  ],
  throttles: [perAddress('1000/min')],
  address: forwardedFor({ trusted: proxies }),
})
const { protect, open, requestOf } = nodeAuth(auth)

const routes: Readonly<Record<string, (req: IncomingMessage, res: ServerResponse) => void>> = {
  '/me': protect(isUser)((_req, res, { via, principal }) => json(res, { via, name: principal.name })),
  '/deploy': protect()((_req, res, identity) => {
    // `via` tells identities apart: their principals and credentials have types of their own.
    json(res, identity.via === 'deployment' ? { scopes: identity.auth.scopes } : { by: identity.principal.name })
  }),
  '/why': open(allowAny)(async (req, res) => json(res, await auth.explain(requestOf(req), isAuthenticated))),
}

const server = createServer((req, res) => {
  const route = routes[new URL(req.url ?? '/', 'http://localhost').pathname]
  if (route === undefined) res.writeHead(404).end()
  else route(req, res)
}).listen(Number(process.env['PORT'] ?? 8000), '127.0.0.1', () => {
  const address = server.address()
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`)
})
process.once('SIGTERM', () => server.close())

function json(res: ServerResponse, value: unknown): void {
  res.setHeader('content-type', 'application/json').end(JSON.stringify(value))
}

/** Of one length, whatever is sent: so it can be compared without telling how much of it was right. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
