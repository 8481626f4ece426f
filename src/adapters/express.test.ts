import express, { Router } from 'express'
import { isStaff } from '../permissions/is-staff.ts'
import { adapterContract } from './adapters.contract.ts'
import { listRoutes } from './express-routes.ts'
import { expressAuth, type ExpressGuard } from './express.ts'
import type { Identity } from '../core/identity.ts'
import { askedOf, guardFrom } from './mounted-routes.contract.ts'

adapterContract('expressAuth', async (auth, routes) => {
  const door = expressAuth(auth)
  const app = express()
  const inner = Router()
  app.use(express.urlencoded())
  app.use('/inner', door.protect(isStaff), inner)
  for (const { method, path, gate, handle } of routes) {
    const guard = gate && guardFrom<ExpressGuard<Identity>>(door, gate)
    const isInner = path.startsWith('/inner/')
    const route = isInner ? inner.route(path.slice('/inner'.length)) : app.route(path)
    const verb = method.toLowerCase() as 'get'
    route[verb](...(guard === undefined ? [] : [guard]), async (req, res) => {
      const asking = guard ?? door
      const identity = gate === undefined ? null : asking.visitor(req)
      res.json(await handle(askedOf(asking, req, { identity, param: (name) => String(req.params[name]) })))
    })
  }
  app.use(door.errorHandler)
  app.use((_error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    res.status(500).end()
  })
  return { listener: app, list: () => listRoutes(app) }
})
