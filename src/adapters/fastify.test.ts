import { createServer, type RequestListener } from 'node:http'
import Fastify, { type FastifyInstance } from 'fastify'
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
