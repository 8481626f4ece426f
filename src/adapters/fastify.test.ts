/* oxlint-disable oxc/no-async-endpoint-handlers -- Fastify waits for them */
import { createServer, type RequestListener } from 'node:http'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Fastify, { type FastifyInstance, type FastifyServerOptions, type InjectOptions } from 'fastify'
import { createAuth } from '../core/auth.ts'
import { PermissionDenied } from '../core/errors.ts'
import type { Permission } from '../core/permission.ts'
import { badge } from './door-stage.contract.ts'
import type { Identity } from '../core/identity.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { adapterContract } from './adapters.contract.ts'
import { listRoutes } from './fastify-routes.ts'
import { fastifyAuth, type FastifyGuard } from './fastify.ts'
import { askedOf, guardFrom, type MountedRoute } from './mounted-routes.contract.ts'
import { formOf } from './raw-exchange.contract.ts'

adapterContract('fastifyAuth', async (auth, routes) => {
  const door = fastifyAuth(auth)
  let listener: RequestListener | undefined
  const app = Fastify({
    serverFactory: (handler) => {
      listener = handler
      return createServer(handler)
    },
  })
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, formOf(String(body)))
  })
  app.setErrorHandler(door.errorHandler)
  await app.register(door.plugin)
  const isInner = ({ path }: MountedRoute): boolean => path.startsWith('/inner/')
  for (const route of routes.filter((one) => !isInner(one))) add(app, route, route.path)
  await app.register(
    async (scope) => {
      door.everyRoute(scope, door.protect(isStaff))
      for (const route of routes.filter(isInner)) add(scope, route, route.path.slice('/inner'.length))
    },
    { prefix: '/inner' },
  )
  await app.ready()

  function add(scope: FastifyInstance, { method, gate, handle }: MountedRoute, url: string): void {
    const guard = gate && guardFrom<FastifyGuard<Identity>>(door, gate)
    scope.route({
      method,
      url,
      ...(guard === undefined ? {} : { onRequest: guard }),
      handler: async (request) => {
        const asking = guard ?? door
        const identity = gate === undefined ? null : asking.visitor(request)
        const { params } = request as { readonly params: Readonly<Record<string, string>> }
        return handle(askedOf(asking, request, { identity, param: (name) => params[name] ?? '' }))
      },
    })
  }

  return { listener: listener as RequestListener, list: () => listRoutes(app), close: async () => app.close() }
})

/** A badge, or a cookie with a CSRF token that has to be the same. */
const ticket: typeof badge = {
  ...badge,
  authenticate: async (request) => {
    const number = /ticket=(\d+)/.exec(request.headers.get('cookie') ?? '')?.[1]
    if (number === undefined) return badge.authenticate(request)
    if ((await request.field?.('csrf')) !== number) throw new PermissionDenied('csrf_failed')
    return { principal: { kind: 'user', id: number, name: 'ticket' }, auth: { badge: Number(number) } }
  },
}

describe('fastifyAuth', () => {
  const door = fastifyAuth(createAuth({ authenticators: [ticket] }))
  const held = { 'x-badge': '7' }
  const form = { 'content-type': 'application/x-www-form-urlencoded', cookie: 'ticket=7' }

  async function appWith(add: (app: FastifyInstance) => unknown, options: FastifyServerOptions = {}): Promise<Inject> {
    const app = Fastify(options)
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      done(null, formOf(String(body)))
    })
    await add(app)
    return async (given) => {
      const { statusCode, body } = await app.inject(given)
      return [statusCode, body.startsWith('{') ? (JSON.parse(body) as { code?: string }).code : body]
    }
  }

  it('refuses at its gate without the plugin too, and on routes of a scope by a hook of it', async () => {
    const inject = await appWith(async (app) => {
      app.get('/a', { onRequest: door.protect() }, async () => 'a')
      await app.register(async (scope) => {
        scope.addHook('onRequest', door.protect())
        scope.get('/b', async () => 'b')
      })
    })
    for (const url of ['/a', '/b']) {
      assert.deepEqual(await inject({ url }), [401, 'not_authenticated'])
      assert.deepEqual(await inject({ url, headers: held }), [200, url.slice(1)])
    }
  })

  it('lets a form wait for its body only where the plugin has it asked then', async () => {
    const payload = 'csrf=7'
    const without = await appWith((app) => {
      app.post('/early', { onRequest: door.protect() }, async () => 'early')
      app.post('/late', { preHandler: door.protect() }, async () => 'late')
    })
    assert.deepEqual(await without({ method: 'POST', url: '/early', headers: form, payload }), [403, 'csrf_failed'])
    assert.deepEqual(await without({ method: 'POST', url: '/late', headers: form, payload }), [200, 'late'])
    const scoped = await appWith(async (app) => {
      await app.register(door.plugin)
      app.addHook('onRequest', door.protect())
      app.post('/', async () => 'in')
    })
    assert.deepEqual(await scoped({ method: 'POST', url: '/', headers: form, payload }), [403, 'csrf_failed'])
  })

  it('asks every gate of a route about a form, of several doors too', async () => {
    const other = fastifyAuth(createAuth({ authenticators: [{ ...ticket, name: 'other' }] }))
    const never: Permission = async () => false
    const routes = {
      '/first': [door.protect(never), door.protect()],
      '/second': [door.protect(), door.protect(never)],
      '/ours': [door.protect(never), other.protect()],
      '/theirs': [door.protect(), other.protect(never)],
    }
    for (const plugins of [[door.plugin], [door.plugin, other.plugin], [other.plugin]]) {
      const inject = await appWith(async (app) => {
        for (const plugin of plugins) await app.register(plugin)
        for (const [url, onRequest] of Object.entries(routes)) app.post(url, { onRequest }, async () => 'let in')
        app.post('/both', { onRequest: [door.protect(), other.protect()] }, async () => 'let in')
      })
      for (const url of Object.keys(routes)) {
        const [status] = await inject({ method: 'POST', url, headers: form, payload: 'csrf=7' })
        assert.equal(status, 403, url)
      }
      const answer = await inject({ method: 'POST', url: '/both', headers: form, payload: 'csrf=7' })
      assert.deepEqual(answer, plugins.length === 2 ? [200, 'let in'] : [403, 'csrf_failed'])
    }
  })

  it('asks who a form is from before its fields are looked at, and what is wrong with them after', async () => {
    const schema = { body: { type: 'object', required: ['title'] } }
    const inject = await appWith(async (app) => {
      await app.register(door.plugin)
      app.post('/', { onRequest: door.protect(), schema }, async () => 'in')
    })
    const post = { method: 'POST', url: '/', headers: form } as const
    assert.deepEqual(await inject({ ...post, payload: 'csrf=8' }), [403, 'csrf_failed'])
    assert.deepEqual(await inject({ ...post, payload: 'csrf=7' }), [400, 'FST_ERR_VALIDATION'])
  })

  it('leaves hooks, settings and errors of a route to it [B-PIPE-18]', async () => {
    const heard: unknown[] = []
    const inject = await appWith(async (app) => {
      await app.register(door.plugin)
      app.setErrorHandler((error, _request, reply) => reply.code(418).send(String(error)))
      app.post(
        '/:what',
        {
          onRequest: [async (request) => heard.push(request.routeOptions.config), door.protect()],
          preValidation: async () => heard.push('preValidation'),
          config: { own: 'setting' },
          errorHandler: (error, request, reply) => {
            if ((request.params as { what: string }).what === 'ours') throw error
            void reply.code(500).send('mine')
          },
        },
        async (request) => {
          if ((request.params as { what: string }).what === 'refused') {
            await door.requireFor(request, async () => false, undefined)
          }
          throw new Error('disk')
        },
      )
    })
    const post = (url: string): Promise<unknown> => inject({ method: 'POST', url, headers: held })
    assert.deepEqual(await post('/mine'), [500, 'mine'])
    assert.deepEqual(
      heard.map((one) => (typeof one === 'object' ? (one as { own: string }).own : one)),
      ['setting', 'preValidation'],
    )
    assert.deepEqual(await post('/ours'), [418, 'Error: disk'])
    assert.deepEqual(await post('/refused'), [403, 'permission_denied'])
  })

  it('says nothing of what went wrong in a permission, and hands it over as the cause', async () => {
    const heard: unknown[] = []
    const inject = await appWith((app) => {
      app.addHook('onError', async (_request, _reply, error) => heard.push(error.cause))
      app.get('/', { onRequest: door.protect(async () => Promise.reject(new Error('disk'))) }, async () => 'in')
    })
    assert.deepEqual(await inject({ url: '/', headers: held }), [500, 'internal_error'])
    assert.match(String(heard[0]), /disk/)
  })

  it('runs no handler after a refusal, however slow other hooks are, and keeps their headers', async () => {
    const app = Fastify()
    let ran = false
    app.addHook('onRequest', async (_request, reply) => void reply.header('vary', 'Origin'))
    app.addHook('onSend', async () => new Promise((resolve) => setTimeout(resolve, 20)))
    app.setReplySerializer(() => 'serialized')
    app.get('/', { onRequest: door.protect() }, async () => (ran = true))
    const { statusCode, headers, json } = await app.inject({ url: '/' })
    assert.deepEqual([statusCode, headers['vary'], ran], [401, 'Origin', false])
    assert.equal((json as () => { code: string })().code, 'not_authenticated')
  })

  it('needs the plugin for a list of routes', () => {
    assert.throws(() => listRoutes(Fastify()), /register the plugin/)
  })

  it('lists gates at other hooks, every method of a route, and scopes within scopes', async () => {
    const app = Fastify({ exposeHeadRoutes: false })
    await app.register(door.plugin)
    app.route({ method: ['GET', 'PUT'], url: '/a', preHandler: door.protect(isStaff), handler: async () => '' })
    await app.register(async (scope) => {
      door.everyRoute(scope, door.protect())
      await scope.register(async (inner) => {
        door.everyRoute(inner, door.protect(isStaff))
        inner.get('/b', async () => '')
      })
      scope.get('/c', async () => '')
    })
    app.get('/d', async () => '')
    await app.ready()
    assert.deepEqual(
      listRoutes(app).map(({ method, path, policy }) => `${method} ${path} ${policy?.rule?.name ?? null}`),
      [
        'GET /a protect(isStaff)',
        'PUT /a protect(isStaff)',
        'GET /b allOf(protect(isAuthenticated), protect(isStaff))',
        'GET /c protect(isAuthenticated)',
        'GET /d null',
      ],
    )
    assert.equal((await app.inject({ url: '/b', headers: held })).statusCode, 403)
    assert.equal((await app.inject({ url: '/c', headers: held })).statusCode, 200)
    assert.equal((await app.inject({ url: '/c' })).statusCode, 401)
  })
})

type Inject = (given: InjectOptions) => Promise<readonly [status: number, codeOrBody: string | undefined]>
