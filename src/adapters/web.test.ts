import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RequestRefused } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { adapterContract } from './adapters.contract.ts'
import { askedOf, guardFrom, type Mount, type MountedRoute } from './mounted-routes.contract.ts'
import { nodePeer } from './node-peer.ts'
import { listRoutes, webAuth, type FetchHandler, type WebGuard } from './web.ts'

type Platform = [HttpBindings]

adapterContract('webAuth', mount, { vault: 'protect(isStaff)' })

async function mount(...[auth, routes]: Parameters<Mount>): ReturnType<Mount> {
  const door = webAuth<Identity, Platform>(auth, { peer: (_request, { incoming }) => nodePeer(incoming.socket) })
  const table = Object.fromEntries(routes.map((route) => [`${route.method} ${route.path}`, handlerOf(route)]))

  function handlerOf({ path, gate, handle }: MountedRoute): FetchHandler<Platform> {
    const guard = gate && guardFrom<WebGuard<Identity, Platform, Identity | null>>(door, gate)
    const answer = async (request: Request, identity: Identity | null): Promise<Response> => {
      const param = (): string => request.url.split('/').at(-1) ?? ''
      return Response.json(await handle(askedOf(guard ?? door, request, { identity, param })))
    }
    const own: FetchHandler<Platform> = guard === undefined ? async (request) => answer(request, null) : guard(answer)
    return path.startsWith('/inner/')
      ? door.protect(isStaff)(async (request, _identity, bindings) => own(request, bindings))
      : own
  }

  return {
    list: () => listRoutes(table),
    listener: getRequestListener(async (request, bindings) => {
      const path = new URL(request.url).pathname.replace(/\/\d+$/, '/:id')
      const handler = table[`${request.method === 'HEAD' ? 'GET' : request.method} ${path}`]
      try {
        if (handler === undefined) throw new RequestRefused('not_found')
        return await handler(request, bindings as HttpBindings)
      } catch (error) {
        return auth.respond(request, error)
      }
    }),
  }
}
