import { getRequestListener } from '@hono/node-server'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono, type Context } from 'hono'
import { createAuth } from '../core/auth.ts'
import { PermissionDenied } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import { allowAny } from '../permissions/allow-any.ts'
import { isReadOnly } from '../permissions/is-read-only.ts'
import { badge } from './door-stage.contract.ts'
import type { Identity } from '../core/identity.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { adapterContract } from './adapters.contract.ts'
import { listRoutes, type HonoRoutes } from './hono-routes.ts'
import { honoAuth, type HonoGuard } from './hono.ts'
import { askedOf, guardFrom } from './mounted-routes.contract.ts'

adapterContract('honoAuth', async (auth, routes) => {
  const door = honoAuth(auth)
  const app = new Hono()
  const inner = new Hono()
  inner.use(door.protect(isStaff))
  for (const { method, path, gate, handle } of routes) {
    const guard = gate && guardFrom<HonoGuard<Identity, Identity | null>>(door as never, gate)
    const isInner = path.startsWith('/inner/')
    const at = isInner ? path.slice('/inner'.length) : path
    const to = isInner ? inner : app
    if (guard !== undefined) to.on(method, at, guard)
    to.on(method, at, async (c) => {
      const asking = guard ?? door
      const identity = gate === undefined ? null : asking.visitor(c)
      return c.json(await handle(askedOf(asking, c, { identity, param: (name) => c.req.param(name as never) })))
    })
  }
  app.route('/inner', inner)
  app.onError((error, c) =>
    error.message.includes('secret') ? c.text('Internal Server Error', 500) : door.errorHandler(error, c),
  )
  return { listener: getRequestListener(app.fetch), list: () => listRoutes(app) }
})

describe('honoAuth', () => {
  const seen: AuthRequest[] = []
  const auth = createAuth({
    authenticators: [{ ...badge, authenticate: async (request) => (seen.push(request), badge.authenticate(request)) }],
  })
  const door = honoAuth(auth, { peer: (c) => ({ address: (c.env as { from?: string } | undefined)?.from ?? null }) })
  const held = { headers: { 'x-badge': '7' } }
  const deny = async (): Promise<never> => Promise.reject(new PermissionDenied('permission_denied', 'Not this one.'))

  it('runs without Node, and takes the peer from where it is told to', async () => {
    const app = new Hono().get('/', door.protect(), (c) => c.text(c.var.identity.principal.name))
    assert.equal(await (await app.request('/', held, { from: '192.0.2.1' })).text(), 'badge 7')
    assert.equal(seen.at(-1)?.peer?.address, '192.0.2.1')
    assert.equal((await app.request('/')).status, 401)
  })

  it('asks the authenticators once for a request, whatever asks, auth.require(c.req.raw) too', async () => {
    const app = new Hono()
    app.use(door.open(allowAny))
    app.get('/', door.protect(), door.protect(allowAny), async (c) => {
      await auth.require(c.req.raw, allowAny, 1)
      await door.requireFor(c, allowAny, 1)
      return c.text(door.identity(c).via)
    })
    const before = seen.length
    assert.equal(await (await app.request('/', held)).text(), 'badge')
    assert.equal(seen.length, before + 1)
  })

  it('sees a request that was rewritten as it is now', async () => {
    const inner = new Hono().get('/', door.protect(), (c) => c.text(c.var.identity.principal.name))
    const app = new Hono()
    app.get('/strip', (c) => inner.fetch(new Request('http://a/', { headers: {} }), c.env))
    app.get('/swap', (c) => inner.fetch(new Request('http://a/', { headers: { 'x-badge': '8' } }), c.env))
    app.get('/delete', (c) => {
      c.req.raw.headers.delete('x-badge')
      return inner.fetch(new Request('http://a/', c.req.raw), c.env)
    })
    assert.equal((await app.request('/strip', held)).status, 401)
    assert.equal(await (await app.request('/swap', held)).text(), 'badge 8')
    assert.equal((await app.request('/delete', held)).status, 401)
  })

  it('answers for refusals behind a gate without onError, and keeps the headers of other middleware', async (t) => {
    const app = new Hono()
    app.use(async (c, next) => {
      c.header('vary', 'Origin')
      c.header('cache-control', 'public')
      await next()
    })
    app.get('/', door.protect(), async (c) => c.text((await door.requireFor(c, deny, 1)).via))
    const written = t.mock.method(console, 'error', () => {})
    const response = await app.request('/', held)
    assert.deepEqual(
      [response.status, response.headers.get('vary'), response.headers.get('cache-control'), await response.json()],
      [403, 'Origin', 'no-store', { detail: 'Not this one.', code: 'permission_denied' }],
    )
    assert.equal(written.mock.callCount(), 1)
  })

  it('answers in onError for routes without a gate, and for other errors as Hono does', async (t) => {
    const app = new Hono().onError(door.errorHandler)
    app.get('/refused', async (c) => c.text((await door.requireFor(c, allowAny, 1)).via))
    app.get('/own', () => Promise.reject(Object.assign(new Error('own'), { getResponse: () => new Response('own') })))
    app.get('/wrong', () => Promise.reject(new Error('disk')))
    const written = t.mock.method(console, 'error', () => {})
    const responses = await Promise.all(['/refused', '/own', '/wrong'].map(async (path) => app.request(path)))
    const texts = await Promise.all(responses.map(async (response) => response.text()))
    assert.deepEqual(
      [responses[0]?.status, texts[1], responses[2]?.status, texts[2]],
      [401, 'own', 500, 'Internal Server Error'],
    )
    assert.deepEqual(
      written.mock.calls.map(({ arguments: given }) => String(given)),
      ['Error: disk'],
    )
  })

  it('tells of a refusal once, whoever answers for it', async () => {
    const told: unknown[] = []
    const telling = honoAuth(createAuth({ authenticators: [badge], onRefused: (_request, error) => told.push(error) }))
    const app = new Hono().onError(telling.errorHandler)
    app.use(telling.open(allowAny))
    app.get('/', telling.protect(), async (c) => c.text((await telling.requireFor(c, deny, 1)).via))
    assert.equal((await app.request('/', held)).status, 403)
    assert.equal(told.length, 1)
  })

  it('leaves the form to the handler once its token is found', async () => {
    const asking = honoAuth(
      createAuth({
        authenticators: [
          {
            ...badge,
            authenticate: async (request) => badge.authenticate(withBadge(request, await request.field?.('badge'))),
          },
        ],
      }),
    )
    const app = new Hono().post('/', asking.protect(), async (c) =>
      c.json([await c.req.parseBody(), await c.req.text()]),
    )
    const body = 'badge=7&title=a+b'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await app.request('/', { method: 'POST', headers, body })
    assert.deepEqual(await response.json(), [{ badge: '7', title: 'a b' }, body])
    assert.equal((await app.request('/', { method: 'POST', headers, body: 'badge=7&badge=7' })).status, 401)
    assert.equal(
      (await app.request('/', { method: 'POST', headers: { 'content-type': 'text/plain' }, body })).status,
      401,
    )
  })
})

function withBadge(request: AuthRequest, number: string | null | undefined): AuthRequest {
  return { ...request, headers: { get: () => number ?? null } }
}

describe('listRoutes of Hono', () => {
  const { protect, open } = honoAuth(createAuth({ authenticators: [] }))
  const text = (c: Context): Response => c.text('')

  it('counts middleware and gates before the handler, by path and method, and none behind it [B-PIPE-16]', () => {
    const app = new Hono()
    app.get('/early', text)
    app.use('/in/*', protect())
    app.get('/in', text).get('/in/x', open(isReadOnly), text)
    app.get('/behind', text, protect())
    app.post('/both', protect(isStaff)).get('/both', text).post('/both', text)
    app.on(['PUT', 'PURGE'], '/on', protect(), text)
    app.all('/all', protect(), text)
    assert.deepEqual(listed(app), [
      'GET /early null',
      'GET /in protect(isAuthenticated)',
      'GET /in/x allOf(protect(isAuthenticated), open(isReadOnly))',
      'GET /behind null',
      'GET /both null',
      'POST /both protect(isStaff)',
      'PUT /on protect(isAuthenticated)',
      'PURGE /on protect(isAuthenticated)',
      'ALL /all protect(isAuthenticated)',
    ])
  })

  it('looks through applications within, those that answer for errors themselves too', () => {
    const inner = new Hono().onError((_error, c) => c.text('')).get('/x', protect(isStaff), text)
    inner.use(protect()).get('/y', text)
    const app = new Hono().route('/inner', inner).basePath('/base').get('/z', text)
    assert.deepEqual(listed(app), [
      'GET /inner/x protect(isStaff)',
      'GET /inner/y protect(isAuthenticated)',
      'GET /base/z null',
    ])
  })

  it('lists a handler that could pass on, and no mere middleware', () => {
    const app = new Hono()
    app.use(async (_c, next) => next())
    app.get('/a', async (c, next) => (await next(), c.text('')))
    assert.deepEqual(listed(app), ['GET /a null'])
  })
})

function listed(app: HonoRoutes): string[] {
  return listRoutes(app).map(({ method, path, policy }) => `${method} ${path} ${policy?.rule?.name ?? null}`)
}
