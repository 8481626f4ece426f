import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { RequestRefused } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { adapterContract } from './adapters.contract.ts'
import { askedOf, guardFrom, type MountedRoute } from './mounted-routes.contract.ts'
import { formOf } from './raw-exchange.contract.ts'
import { listRoutes, nodeAuth, type NodeGuard, type NodeListener } from './node.ts'

adapterContract('nodeAuth', async (auth, routes) => {
  const door = nodeAuth(auth, { onFault: () => {} })
  const table = Object.fromEntries(routes.map((route) => [`${route.method} ${route.path}`, listenerOf(route)]))

  function listenerOf({ path, gate, handle }: MountedRoute): NodeListener {
    const guard = gate && guardFrom<NodeGuard<Identity, Identity | null>>(door, gate)
    const answer = async (req: IncomingMessage, res: ServerResponse, identity: Identity | null): Promise<void> => {
      const asked = askedOf(guard ?? door, req, { identity, param: () => req.url?.split('/').at(-1) ?? '' })
      const json = JSON.stringify(await handle(asked))
      res.writeHead(200, { 'content-type': 'application/json' }).end(json)
    }
    if (guard === undefined) {
      const free = (req: IncomingMessage, res: ServerResponse): void =>
        void answer(req, res, null).catch((error: unknown) => door.handle(error, req, res))
      return path.startsWith('/inner/') ? door.protect(isStaff)(free) : free
    }
    return path.startsWith('/inner/') ? door.protect(isStaff)(guard(answer)) : guard(answer)
  }

  return {
    list: () => listRoutes(table),
    listener: (req, res) => {
      const path = (req.url ?? '').replace(/\?.*/, '').replace(/\/\d+$/, '/:id')
      const listener = table[`${req.method === 'HEAD' ? 'GET' : req.method} ${path}`]
      if (listener === undefined) door.handle(new RequestRefused('not_found'), req, res)
      else void withForm(req).then(() => listener(req, res))
    },
  }
})

/** As one does by hand, or by a body parser. */
async function withForm(req: IncomingMessage & { body?: unknown }): Promise<void> {
  if (req.headers['content-type'] === 'application/x-www-form-urlencoded') req.body = formOf(await text(req))
}
