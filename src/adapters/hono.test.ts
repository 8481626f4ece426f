import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { Identity } from '../core/identity.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { adapterContract } from './adapters.contract.ts'
import { listRoutes } from './hono-routes.ts'
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
