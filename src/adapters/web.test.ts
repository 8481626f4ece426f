import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { createAuth } from '../core/auth.ts'
import { PermissionDenied, RequestRefused } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { allowAny } from '../permissions/allow-any.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { perPrincipal } from '../throttling/per-principal.ts'
import { adapterContract } from './adapters.contract.ts'
import { badge } from './door-stage.contract.ts'
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

describe('webAuth', () => {
  const auth = createAuth({ authenticators: [badge] })
  const held = { headers: { 'x-badge': '7' } }

  it('shows the peer that the platform hands over, and none where it hands over none', async () => {
    const seen: unknown[] = []
    const door = createAuth({
      authenticators: [badge],
      permission: async ({ request }) => (seen.push(request.peer), true),
    })
    const answer = (): Response => new Response('in')
    const told = webAuth(door, { peer: (_request, address: string) => ({ address }) })
    await told.protect()(answer)(new Request('http://a', held), '192.0.2.1')
    await webAuth(door).protect()(answer)(new Request('http://a', held))
    assert.deepEqual(seen, [{ address: '192.0.2.1' }, undefined])
  })

  it('puts its headers on responses that cannot be written to', async () => {
    const throttles = [perPrincipal('5/min')]
    const { protect } = webAuth(createAuth({ authenticators: [badge], throttles }))
    const handler = protect()(() => Response.redirect('http://a/next', 303))
    const response = await handler(new Request('http://a', held))
    assert.deepEqual(
      [response.status, response.headers.get('location'), response.headers.get('ratelimit-remaining')],
      [303, 'http://a/next', '4'],
    )
    const same = new Response('in')
    assert.equal(await webAuth(auth).protect()(() => same)(new Request('http://a', held)), same)
  })

  it('passes on what is no refusal, and answers for what is, thrown before the first await too', async () => {
    const { protect } = webAuth(auth)
    const wrong = protect()(() => {
      throw new Error('disk')
    })
    await assert.rejects(wrong(new Request('http://a', held)), /disk/)
    const refusing = protect()(() => {
      throw new PermissionDenied()
    })
    assert.equal((await refusing(new Request('http://a', held))).status, 403)
  })

  it('asks the authenticators once for a request, auth.require(request) too', async () => {
    let asked = 0
    const counting = createAuth({
      authenticators: [{ ...badge, authenticate: async (request) => ((asked += 1), badge.authenticate(request)) }],
    })
    const { protect, requireFor, identity } = webAuth(counting)
    const handler = protect()(async (request) => {
      await counting.require(request, allowAny, 1)
      await requireFor(request, allowAny, 1)
      return new Response(identity(request).principal.name)
    })
    assert.equal(await (await handler(new Request('http://a', held))).text(), 'badge 7')
    assert.equal(asked, 1)
  })

  it('finds a field of a form, and leaves the body to the handler', async () => {
    const fields: unknown[] = []
    const reading = createAuth({
      authenticators: [
        {
          ...badge,
          authenticate: async (request) => (fields.push(await request.field?.('csrf')), badge.authenticate(request)),
        },
      ],
    })
    const handler = webAuth(reading, { formLimit: 100 }).protect()(
      async (request) => new Response(await request.text()),
    )
    const send = async (body: BodyInit, type?: string): Promise<unknown> => {
      const headers = type === undefined ? held.headers : { ...held.headers, 'content-type': type }
      const response = await handler(new Request('http://a', { method: 'POST', headers, body }))
      return [fields.pop(), (await response.text()).length]
    }
    const form = 'application/x-www-form-urlencoded'
    assert.deepEqual(await send('csrf=7&a=b', form), ['7', 10])
    assert.deepEqual(await send('csrf=7&csrf=7', form), [null, 13])
    assert.deepEqual(await send('csrf=%ff', form), [null, 8])
    assert.deepEqual(await send(`csrf=7&a=${'b'.repeat(100)}`, form), [null, 109])
    assert.deepEqual(await send('csrf=7', 'text/plain'), [undefined, 6])
    assert.deepEqual(await send('{"csrf":"7"}', 'application/json'), [undefined, 12])
  })

  it('finds a field of a form with parts', async () => {
    const form = new FormData()
    form.set('csrf', '7')
    const request = new Request('http://a', { method: 'POST', body: form, ...held })
    let found: unknown
    const reading = createAuth({
      authenticators: [
        { ...badge, authenticate: async (asked) => ((found = await asked.field?.('csrf')), badge.authenticate(asked)) },
      ],
    })
    await webAuth(reading).protect()(() => new Response())(request)
    assert.equal(found, '7')
  })
})
