import { createSecretKey } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  apiKey,
  basic,
  createAuth,
  importKey,
  jwt,
  keysFrom,
  sessionCookie,
  token,
  type Auth,
  type Authenticator,
} from 'doorward'
import { generateSigningKey } from '../../src/crypto/jwk.ts'
import { signJws, type JwsKey } from '../../src/crypto/jws.ts'
import { ready, secret } from './ready.ts'

// Doorward behind one adapter, with one way in: doorward.ts node jwt-cached. Like an application, it loads what it needs
// and nothing else: what a framework does to the globals of a process costs those who do not use it.
const [adapter = 'node', way = 'jwt-cached'] = process.argv.slice(2)
const { authenticators, headers } = await waysIn()
const auth = createAuth({ authenticators }) as Auth
const answer = (name: string): { name: string } => ({ name })

const adapters: Record<string, () => Promise<void>> = {
  node: async () => {
    const { nodeAuth } = await import('doorward/node')
    const { protect } = nodeAuth(auth)
    const handler = protect()((_request, response, identity) => {
      const body = JSON.stringify(answer(identity.principal.name))
      response.writeHead(200, ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(body))])
      response.end(body)
    })
    ready(createServer(handler as RequestListener).listen(0, '127.0.0.1'), headers)
  },
  fastify: async () => {
    const [{ default: Fastify }, { fastifyAuth }] = await Promise.all([import('fastify'), import('doorward/fastify')])
    const { protect, identity } = fastifyAuth(auth)
    const app = Fastify()
    app.get('/', { onRequest: protect() }, async (request) => answer(identity(request).principal.name))
    await app.listen({ port: 0, host: '127.0.0.1' })
    ready(app.server, headers)
  },
  hono: async () => {
    const [{ serve }, { Hono }, { honoAuth }] = await Promise.all([
      import('@hono/node-server'),
      import('hono'),
      import('doorward/hono'),
    ])
    const { protect } = honoAuth(auth)
    const app = new Hono()
    app.get('/', protect(), (c) => c.json(answer(c.var.identity.principal.name)))
    ready(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as never, headers)
  },
}
await adapters[adapter]?.()

async function waysIn(): Promise<{ authenticators: readonly Authenticator[]; headers: Record<string, string> }> {
  if (way === 'jwt-cached' || way === 'jwt-hs256') {
    return jwtWay(
      importKey({ alg: 'HS256', key: secret, kid: '1' }),
      createSecretKey(Buffer.from(secret)),
      way === 'jwt-cached',
    )
  }
  if (way === 'jwt-rs256') {
    const { alg, kid, privateKey, publicKey } = await generateSigningKey('RS256')
    return jwtWay({ alg, kid, key: publicKey }, privateKey, false)
  }
  return stored()
}

function jwtWay(verifying: JwsKey, signing: JwsKey['key'], cached: boolean): Awaited<ReturnType<typeof waysIn>> {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: 'bench',
    aud: 'bench',
    sub: '0IXeFClJMTA',
    name: 'ada',
    token_type: 'access',
    iat: now,
    exp: now + 3600,
    jti: '0IXeFClJMTB',
  }
  const text = signJws({ ...verifying, key: signing }, { typ: 'JWT' }, claims)
  const authenticator = jwt({
    keys: keysFrom([verifying]),
    issuer: 'bench',
    audience: 'bench',
    ...(cached ? {} : { cache: false }),
  })
  return { authenticators: [authenticator], headers: { authorization: `Bearer ${text}` } }
}

/** Ways that read one row of SQLite each time, and the chain of five of which the last decides. */
async function stored(): Promise<Awaited<ReturnType<typeof waysIn>>> {
  const { openInstance, readSettings } = await import('doorward/server')
  const folder = mkdtempSync(join(tmpdir(), 'doorward-bench-'))
  const instance = await openInstance(readSettings({ data: folder, logLevel: 'silent' }))
  const { users, apiTokens, apiKeys, sessions, passwords, pairs } = instance
  const { id } = await users.create({ username: 'ada', password: 'correct horse battery' })
  const owner = { kind: 'user', id } as const
  const keyed = apiKey({ keys: apiKeys })
  if (way === 'token') {
    const { text } = await apiTokens.issue({ owner, name: 'bench' })
    return { authenticators: [token({ tokens: apiTokens })], headers: { authorization: `Token ${text}` } }
  }
  if (way === 'session') {
    const { value } = await sessions.create({ userId: id })
    const session = sessionCookie({ sessions, csrf: instance.csrf, cookie: sessions.cookieName })
    return { authenticators: [session], headers: { cookie: `${sessions.cookieName}=${value}` } }
  }
  const { key } = await apiKeys.create({ owner, name: 'bench' })
  const headers = { 'x-api-key': key }
  if (way === 'api-key') return { authenticators: [keyed], headers }
  const chain = [
    sessionCookie({ sessions, csrf: instance.csrf, cookie: sessions.cookieName }),
    token({ tokens: apiTokens }),
    jwt({ verifier: pairs.accessVerifier, issuer: 'http://localhost' }),
    basic({ passwords }),
    keyed,
  ]
  return { authenticators: chain, headers }
}
