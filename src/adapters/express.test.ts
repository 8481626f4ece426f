/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 waits for them */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import express, { Router, type NextFunction, type Request, type Response } from 'express'
import { createAuth } from '../core/auth.ts'
import type { Identity } from '../core/identity.ts'
import { allowAny } from '../permissions/allow-any.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { adapterContract } from './adapters.contract.ts'
import { badge } from './door-stage.contract.ts'
import { listRoutes } from './express-routes.ts'
import { expressAuth, type ExpressGuard } from './express.ts'
import { askedOf, guardFrom } from './mounted-routes.contract.ts'
import { answerTo } from './raw-exchange.contract.ts'

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
  app.use(silent)
  return { listener: app, list: () => listRoutes(app) }
})

describe('expressAuth', () => {
  const seen: unknown[] = []
  const auth = createAuth({
    authenticators: [badge],
    permission: async ({ request, identity }) => {
      seen.push([request.url, request.peer?.address])
      return identity !== null
    },
  })
  const door = expressAuth(auth)
  const held = [['x-badge', '7']] as const

  it('shows the whole URL to permissions, and the peer of the connection, in routers too', async () => {
    const app = express().set('trust proxy', true)
    app.use(
      '/a',
      Router().use(
        '/b',
        Router().get('/c', door.protect(), (_req, res) => void res.end()),
      ),
    )
    const headers = [...held, ['x-forwarded-for', '192.0.2.9']] as const
    assert.equal((await answerTo(app, { path: '/a/b/c?d=1', headers })).status, 200)
    assert.deepEqual(seen.at(-1), ['/a/b/c?d=1', '127.0.0.1'])
  })

  it('passes errors that are no refusals on, those of permissions too', async () => {
    const wrong = new Error('disk')
    const heard: unknown[] = []
    const app = express()
    app.get('/', door.protect(), async () => Promise.reject(wrong))
    const broken = door.protect(async () => Promise.reject(wrong))
    app.get('/broken', broken, (_req, res) => void res.end('let in'))
    app.use(door.errorHandler)
    app.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
      heard.push(error)
      silent(error, req, res, next)
    })
    for (const path of ['/', '/broken']) assert.equal((await answerTo(app, { path, headers: held })).status, 500)
    assert.deepEqual(heard, [wrong, wrong])
  })

  it('puts a refusal in the place of what a handler had prepared, and keeps headers of others', async () => {
    const app = express().disable('x-powered-by')
    app.get('/', door.protect(), async (req, res) => {
      res.set({ 'content-encoding': 'gzip', etag: '"1"', 'content-type': 'text/csv', vary: 'Origin' })
      res.status(201)
      await door.requireFor(req, async () => false, undefined)
    })
    app.use(door.errorHandler)
    const { status, headers } = await answerTo(app, { path: '/', headers: held })
    assert.equal(status, 403)
    assert.deepEqual(Object.keys(headers).toSorted(), [
      'cache-control',
      'content-length',
      'content-type',
      'vary',
      'x-content-type-options',
    ])
  })

  it('cuts the connection where an answer had begun', async () => {
    const app = express()
    app.get('/', door.protect(), async (req, res) => {
      res.write('begun')
      await door.requireFor(req, async () => false, undefined)
    })
    app.use(door.errorHandler)
    await assert.rejects(answerTo(app, { path: '/', headers: held }))
  })

  it('tells who it is only where somebody was let in, and by the door of the route', async () => {
    const other = createAuth({ authenticators: [{ ...badge, name: 'card' }] })
    const cards = door.protect(undefined, { authenticators: other.authenticators })
    const told = (ask: () => unknown): string => {
      try {
        return JSON.stringify(ask())
      } catch (error) {
        return String(error)
      }
    }
    const app = express()
    const answer = (req: Request, res: Response): void =>
      void res.json([told(() => door.identity(req)), told(() => door.visitor(req)), told(() => cards.identity(req))])
    app.get('/free', answer)
    app.get('/open', door.open(allowAny), answer)
    app.get('/cards', cards, answer)
    const free = /^Error: Nobody was let in/
    const foreign = /^Error: This route has authenticators of its own/
    const expected = {
      '/free': [free, free, free],
      '/open': [/^Error: A stranger came/, /^null$/, foreign],
      '/cards': [foreign, foreign, /"via":"card"/],
    }
    for (const [path, patterns] of Object.entries(expected)) {
      const texts = JSON.parse((await answerTo(app, { path, headers: path === '/cards' ? held : [] })).body) as string[]
      for (const [index, text] of texts.entries()) assert.match(text, patterns[index] as RegExp, path)
    }
  })

  it('asks the authenticators once for a request, whatever asks', async () => {
    let asked = 0
    const counting = expressAuth(
      createAuth({
        authenticators: [{ ...badge, authenticate: async (request) => ((asked += 1), badge.authenticate(request)) }],
      }),
    )
    const app = express()
    app.use(counting.open(allowAny))
    app.get('/', counting.protect(), counting.protect(allowAny), async (req, res) => {
      await counting.requireFor(req, allowAny, 1)
      res.end()
    })
    assert.equal((await answerTo(app, { path: '/', headers: held })).status, 200)
    assert.equal(asked, 1)
  })
})

function silent(_error: unknown, _req: Request, res: Response, _next: NextFunction): void {
  res.status(500).end()
}
