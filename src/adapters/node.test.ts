import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { createAuth } from '../core/auth.ts'
import { errorCodes, PermissionDenied, RequestRefused } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { adapterContract } from './adapters.contract.ts'
import { badge } from './door-stage.contract.ts'
import { askedOf, guardFrom, type MountedRoute } from './mounted-routes.contract.ts'
import { answerTo, formOf } from './raw-exchange.contract.ts'
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

describe('nodeAuth', () => {
  const held = [['x-badge', '7']] as const

  it('hands what is no refusal to onFault, and tells the caller nothing', async () => {
    const heard: unknown[] = []
    const { protect } = nodeAuth(createAuth({ authenticators: [badge] }), { onFault: (error) => heard.push(error) })
    const failing = protect()(async () => Promise.reject(new Error('disk')))
    const sync = protect()(() => {
      throw new Error('disk')
    })
    for (const listener of [failing, sync]) {
      const { status, body } = await answerTo(listener, { path: '/', headers: held })
      assert.deepEqual(
        [status, JSON.parse(body)],
        [500, { detail: errorCodes.internal_error[1], code: 'internal_error' }],
      )
    }
    assert.deepEqual(heard.map(String), ['Error: disk', 'Error: disk'])
  })

  it('writes what is no refusal to the console unless it is told otherwise', async (t) => {
    const { protect } = nodeAuth(createAuth({ authenticators: [badge] }))
    const written = t.mock.method(console, 'error', () => {})
    await answerTo(
      protect()(async () => Promise.reject(new Error('disk'))),
      { path: '/', headers: held },
    )
    await answerTo(
      protect()((_req, res) => void res.end()),
      { path: '/' },
    )
    assert.equal(written.mock.callCount(), 1)
  })

  it('cuts the connection where a handler fails in the middle of its answer', async () => {
    const { protect } = nodeAuth(createAuth({ authenticators: [badge] }), { onFault: () => {} })
    const listener = protect()(async (_req, res) => {
      res.write('begun')
      throw new PermissionDenied()
    })
    await assert.rejects(answerTo(listener, { path: '/', headers: held }))
  })

  it('puts a refusal in the place of what a handler had prepared', async () => {
    const { protect } = nodeAuth(createAuth({ authenticators: [badge] }))
    const listener = protect()(async (_req, res) => {
      res.setHeader('content-length', '5').setHeader('transfer-encoding', 'chunked').setHeader('x-own', '1')
      throw new PermissionDenied('permission_denied', 'Nicht für dich.')
    })
    const { status, headers, body } = await answerTo(listener, { path: '/', headers: held })
    assert.deepEqual(
      [status, headers['x-own'], JSON.parse(body)],
      [403, '1', { detail: 'Nicht für dich.', code: 'permission_denied' }],
    )
    assert.equal(headers['content-length'], String(Buffer.byteLength(body)))
  })

  it('refuses over HTTP/2 too, with every challenge', async () => {
    const second = { ...badge, name: 'card', challenge: () => ({ scheme: 'Card' }) } as const
    const { protect } = nodeAuth(createAuth({ authenticators: [badge, second] }))
    const server = createHttp2Server(protect()((_req, res) => void res.end('in')) as never)
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const answers = [{}, { 'x-badge': '7' }].map(async (headers) => {
      const [received] = await once(client.request({ ':path': '/', ...headers }).resume(), 'response')
      return [received[':status'], received['www-authenticate']]
    })
    assert.deepEqual(await Promise.all(answers), [
      [401, 'Badge, Card'],
      [200, undefined],
    ])
    client.close()
    server.close()
  })

  it('refuses a large body without reading it', async () => {
    const { protect } = nodeAuth(createAuth({ authenticators: [badge] }))
    const body = 'x'.repeat(1_000_000)
    const listener = protect()((_req, res) => void res.end('in'))
    assert.equal((await answerTo(listener, { method: 'POST', path: '/', body })).status, 401)
  })
})

/** As one does by hand, or by a body parser. */
async function withForm(req: IncomingMessage & { body?: unknown }): Promise<void> {
  if (req.headers['content-type'] === 'application/x-www-form-urlencoded') req.body = formOf(await text(req))
}
