/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 and Fastify wait for them */
// An application that uses everything, as somebody would write it. It is compiled, and never run: see type-cost.test.ts.
import {
  accessToken,
  allOf,
  allowAny,
  anonymousPerAddress,
  anyOf,
  apiKey,
  assertGuarded,
  auditRoutes,
  AuthenticationFailed,
  basic,
  bearer,
  byKind,
  clientCertificate,
  createAuth,
  createGuessingGuard,
  createTrustedPeers,
  failuresPerAddress,
  filterFor,
  forwardedFor,
  freshLogin,
  hasAnyScope,
  hasPermission,
  hasScope,
  hasScopeByMethod,
  importKey,
  isAuthenticated,
  isAuthenticatedOrReadOnly,
  isOwner,
  isReadOnly,
  isStaff,
  isSuperuser,
  isUser,
  isVia,
  jwt,
  keysFrom,
  matches,
  memoryCounters,
  modelPermissions,
  not,
  objectPermissions,
  perAddress,
  perKey,
  permission,
  perPrincipal,
  remoteKeys,
  remoteUser,
  scoped,
  scopesOf,
  sessionCookie,
  throttleBy,
  token,
  type AccessTokenAuth,
  type Authenticator,
  type Client,
  type Identity,
  type Permission,
  type User,
} from 'doorward'
import { defineConfig } from 'doorward/config'
import { expressAuth, listRoutes as listExpressRoutes } from 'doorward/express'
import { fastifyAuth, listRoutes as listFastifyRoutes } from 'doorward/fastify'
import { honoAuth, listRoutes as listHonoRoutes } from 'doorward/hono'
import { listRoutes as listNodeRoutes, nodeAuth } from 'doorward/node'
import { createDoor, jsonAnswer, loadSettings, openInstance, serve } from 'doorward/server'
import { createTestDoorward } from 'doorward/testing'
import { webAuth } from 'doorward/web'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'

interface Note {
  readonly id: string
  readonly ownerId: string
  text: string
}

declare const notes: Note[]
declare const grants: {
  readonly find: (text: string) => Promise<{ readonly principal: User | Client; readonly auth: AccessTokenAuth } | null>
}

const instance = await openInstance(await loadSettings())
const counters = memoryCounters()
const peers = createTrustedPeers({ addresses: ['10.0.0.0/8'] })

const badge: Authenticator<'badge', User, { readonly number: number }> = {
  name: 'badge',
  challenge: () => ({ scheme: 'Badge' }),
  authenticate: async (request) => {
    const number = Number(request.headers.get('x-badge') ?? Number.NaN)
    if (Number.isNaN(number)) return null
    if (number < 0) throw new AuthenticationFailed()
    return { principal: { kind: 'user', id: String(number), name: `badge ${number}` }, auth: { number } }
  },
}

const auth = createAuth({
  authenticators: [
    sessionCookie({ sessions: instance.sessions, csrf: instance.csrf, cookie: instance.sessions.cookieName }),
    token({ tokens: instance.apiTokens }),
    jwt({ verifier: instance.pairs.accessVerifier, isRevoked: instance.pairs.isRevoked }),
    jwt({
      name: 'partner',
      keys: remoteKeys({ jwksUri: 'https://id.example/jwks.json' }),
      issuer: 'https://id.example',
      audience: 'https://api.example',
    }),
    jwt({ name: 'fixed', keys: keysFrom([importKey({ alg: 'HS256', key: 'secret' })]), issuer: null, audience: null }),
    apiKey({ keys: instance.apiKeys, address: instance.address }),
    accessToken({ recognises: (text) => text.startsWith('oat_'), find: grants.find }),
    bearer({ name: 'device', recognises: (text) => text.startsWith('dev_'), find: async () => null }),
    basic({ passwords: instance.passwords }),
    remoteUser({ peers, users: instance.usersByName }),
    clientCertificate({ source: { from: 'rfc9440', peers }, find: instance.clientCertificates.find }),
    badge,
  ],
  permission: isAuthenticated,
  throttles: [
    perAddress('1000/min'),
    failuresPerAddress('300/min'),
    perPrincipal('1000/hour', { counters }),
    perKey('100/min', { counters }),
    byKind({ user: '1000/day', client: '10/s' }, { counters }),
    anonymousPerAddress('20/hour', { counters }),
    throttleBy('5/s', ({ request }) => request.headers.get('x-tenant'), { name: 'tenant', counters }),
  ],
  address: forwardedFor({ trusted: ['10.0.0.0/8'] }),
})

const uploads = { throttles: [scoped('uploads', '5/min', { counters })] }
const mayEdit = anyOf(isOwner('ownerId'), isStaff)
const isMember: Permission<Identity | null, Note> = permission(
  { name: 'isMember' },
  async ({ resource }) => resource.id !== '',
)
const policies = [
  allOf(isUser, not(isVia('basic')), freshLogin({ within: 60 })),
  anyOf(isSuperuser, hasPermission('notes.change'), hasAnyScope('read', 'write')),
  allOf(hasScope('read'), hasScopeByMethod({ read: 'read', write: 'write' }), modelPermissions('notes')),
  anyOf(isAuthenticatedOrReadOnly, isReadOnly, allowAny),
] as const
const notesPolicy = objectPermissions<Note>({ read: isMember, change: mayEdit })
const guard = createGuessingGuard({ counters })

async function describeIdentity(request: Request): Promise<string> {
  const identity = await auth.require(request)
  const visible = notes.filter((note) => matches(filterFor(mayEdit, identity), note)).length
  switch (identity.via) {
    case 'session':
      return `${identity.auth.authenticatedAt}`
    case 'jwt':
    case 'partner':
    case 'fixed':
      return identity.auth.claims.iss ?? ''
    case 'apiKey':
      return `${identity.auth.mode} ${identity.auth.scopes.join(' ')}`
    case 'oauth2':
      return identity.auth.clientId
    case 'badge':
      return `${identity.auth.number}`
    case 'remoteUser':
      return identity.auth.name
    case 'basic':
    case 'clientCertificate':
    case 'device':
    case 'token':
      break
  }
  return `${identity.principal.name} ${visible} ${(scopesOf(identity) ?? []).join(' ')}`
}

const hono = honoAuth(auth)
const own = honoAuth(createDoor(instance))
const honoApp = new Hono()
  .onError(hono.errorHandler)
  .get('/me', hono.protect(), (c) => c.json({ name: c.var.identity.principal.name, via: c.var.identity.via }))
  .get('/open', hono.open(isReadOnly), (c) => c.text(c.var.identity?.via ?? ''))
  .post('/badges', hono.protect(undefined, { authenticators: [badge], ...uploads }), (c) =>
    c.json({ number: c.var.identity.auth.number }),
  )
  .get('/own', own.protect(isStaff, uploads), (c) => c.text(c.var.identity.via))

const { protect, open, identity, requireFor, errorHandler } = expressAuth(auth)
const expressApp = express()
expressApp.get('/me', protect(), (req, res) => void res.json(identity(req).principal))
expressApp.get('/open', open(allowAny), (_req, res) => void res.end())
expressApp.put('/notes/:id', protect(isUser), async (req, res) => {
  const note = notes.find(({ id }) => id === req.params.id)
  if (note !== undefined) await requireFor(req, mayEdit, note)
  res.json(note)
})
expressApp.use(errorHandler)

const fastify = fastifyAuth(auth)
const fastifyApp = Fastify()
await fastifyApp.register(fastify.plugin)
fastifyApp.get('/me', { onRequest: fastify.protect() }, async (request) => fastify.identity(request).principal)

const node = nodeAuth(auth)
const me = node.protect(isUser)((_req, res, { principal }) => res.end(principal.name))
const web = webAuth(auth)
const handler = web.protect(hasScope('read'))(async (_request, { via }) => Response.json({ via }))

for (const routes of [
  listHonoRoutes(honoApp),
  listExpressRoutes(expressApp),
  listFastifyRoutes(fastifyApp),
  listNodeRoutes({ 'GET /me': me }),
]) {
  console.log(auditRoutes(routes).text)
  assertGuarded(routes)
}

const config = defineConfig({ publicUrl: 'https://id.example', accessTokenLifetime: '5m' })
const server = await serve(instance.settings, {
  routes: (door) => [
    { path: '/x/', guard: async (request) => door.require(request), methods: { GET: async () => jsonAnswer({}) } },
  ],
})

async function tried(): Promise<number> {
  await using door = await createTestDoorward({ settings: { sessionIdle: '1h' } })
  const client = door.client(honoApp.fetch)
  await client.signIn(await door.users.create({ isStaff: true }), 'jwt')
  await door.clock.advance('2h')
  return (await client.fetch('/me')).status + door.queries.reads
}

void [policies, notesPolicy, guard, describeIdentity, handler, config, server, tried]
