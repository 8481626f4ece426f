/* oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 and Fastify wait for them */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { createAuth } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import type { Client, Identity, User } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import { isOwner } from '../permissions/is-owner.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { expressAuth } from './express.ts'
import { fastifyAuth } from './fastify.ts'
import { honoAuth } from './hono.ts'
import { nodeAuth } from './node.ts'
import { webAuth } from './web.ts'

// What is asked of the compiler stands in functions that nothing calls: `tsc` checks this file as every other.

interface Note {
  readonly ownerId: string | null
}

declare const key: Authenticator<'apiKey', Client, { readonly scopes: readonly string[] }>
declare const session: Authenticator<'session', User, { readonly expiresAt: number }>
declare const badge: Authenticator<'badge', User, { readonly badge: number }>
declare const note: Note
declare const mayEdit: Permission<Identity | null, Note>
declare const isBadge7: Permission<Identity<'badge', User, { readonly badge: number }> | null>

/** Fails to compile unless both are one type. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the two are compared with each other
function same<A, B>(_proof: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false): void {}

type Who =
  | Identity<'apiKey', Client, { readonly scopes: readonly string[] }>
  | Identity<'session', User, { readonly expiresAt: number }>
type Badge = Identity<'badge', User, { readonly badge: number }>

const auth = (): ReturnType<typeof createAuth<readonly [typeof key, typeof session]>> =>
  createAuth({ authenticators: [key, session] })

function ofNode(): void {
  const { protect, open, identity, visitor, requireFor } = nodeAuth(auth())
  protect(isStaff)((req, _res, who) => {
    same<typeof who, Who>(true)
    if (who.via === 'apiKey') same<typeof who.auth.scopes, readonly string[]>(true)
    // @ts-expect-error -- a session has no scopes
    if (who.via === 'session') void who.auth.scopes
    // @ts-expect-error -- no authenticator has this name
    void (who.via === 'badge')
    same<ReturnType<typeof identity>, Who>(true)
    same<ReturnType<typeof visitor>, Who | null>(true)
    void requireFor(req, mayEdit, note)
    // @ts-expect-error -- the permission asks about a note
    void requireFor(req, mayEdit, { id: 7 })
    // @ts-expect-error -- what it asks about has to be handed over
    void requireFor(req, mayEdit)
  })
  open(isStaff)((_req, _res, who) => same<typeof who, Who | null>(true))
  protect(isBadge7, { authenticators: [badge] })((_req, _res, who) => same<typeof who, Badge>(true))
  open(isBadge7, { authenticators: [badge] })((_req, _res, who) => same<typeof who, Badge | null>(true))
  protect(undefined, { throttles: [] })((_req, _res, who) => same<typeof who, Who>(true))
  // @ts-expect-error -- a permission of a thing cannot be asked before there is one
  protect(mayEdit)
  // @ts-expect-error -- nor one of identities that this door does not know
  protect(isBadge7)
  // @ts-expect-error -- there is no such option
  protect(isStaff, { throttle: [] })
  // @ts-expect-error -- an open route names its permission
  open()
  // @ts-expect-error -- a permission answers with a promise, so that nobody forgets to wait for it
  protect(() => true)
}

function ofExpress(): void {
  const { protect, open, identity, requireFor, errorHandler } = expressAuth(auth())
  const badges = protect(isBadge7, { authenticators: [badge] })
  const app = express()
  app.use('/admin', protect(isStaff))
  app.get('/notes/:id', protect(), async (req, res) => {
    same<typeof req.params.id, string>(true)
    const who = identity(req)
    same<typeof who, Who>(true)
    res.json(await requireFor(req, mayEdit, note))
    // @ts-expect-error -- the permission asks about a note
    await requireFor(req, mayEdit, 'note')
  })
  app.get('/badge', badges, (req) => {
    const who = badges.identity(req)
    same<typeof who, Badge>(true)
  })
  app.get('/news', open(isStaff))
  app.use(errorHandler)
  // @ts-expect-error -- there is no such option
  protect(isStaff, { authenticator: [badge] })
}

async function ofFastify(): Promise<void> {
  const { protect, open, plugin, everyRoute, identity, errorHandler } = fastifyAuth(auth())
  const badges = protect(undefined, { authenticators: [badge] })
  const app = Fastify()
  await app.register(plugin)
  everyRoute(app, protect(isStaff))
  app.setErrorHandler(errorHandler)
  app.addHook('preHandler', protect())
  app.get<{ Params: { id: string } }>('/notes/:id', { onRequest: protect() }, async (request) => {
    same<typeof request.params.id, string>(true)
    const who = identity(request)
    same<typeof who, Who>(true)
  })
  app.get('/badge', { onRequest: [badges, open(isStaff)] }, async (request) => {
    const who = badges.identity(request)
    same<typeof who, Badge>(true)
  })
  const secure = Fastify({ http2: true })
  await secure.register(plugin)
  secure.get('/', { onRequest: protect() }, async (request) => identity(request).via)
  // @ts-expect-error -- there is no such option
  protect(isStaff, { permission: isStaff })
}

function ofHono(): void {
  const { protect, open, errorHandler, requireFor } = honoAuth(auth())
  const app = new Hono<{ Variables: { trace: string } }>()
  app.use('/admin/*', protect(isStaff))
  app.onError(errorHandler)
  app.get('/notes/:id', protect(), async (c) => {
    same<typeof c.var.identity, Who>(true)
    same<typeof c.var.trace, string>(true)
    const who = await requireFor(c, mayEdit, note)
    same<typeof who, Who>(true)
    return c.text(c.req.param('id'))
  })
  app.get('/news', open(isStaff), (c) => {
    same<typeof c.var.identity, Who | null>(true)
    return c.text(c.var.identity?.principal.name ?? 'stranger')
  })
  app.get('/badge', protect(isBadge7, { authenticators: [badge] }), (c) => {
    same<typeof c.var.identity, Badge>(true)
    return c.text('')
  })
  app.get('/free', (c) => {
    // @ts-expect-error -- nobody was asked who they are
    return c.text(c.var.identity)
  })
  // @ts-expect-error -- there is no such option
  honoAuth(auth(), { peers: () => undefined })
}

async function ofWeb(): Promise<void> {
  const plain = webAuth(auth())
  const handler = plain.protect(isStaff)((_request, who) => {
    same<typeof who, Who>(true)
    return new Response()
  })
  await handler(new Request('http://a'))
  // @ts-expect-error -- the platform hands over nothing more
  await handler(new Request('http://a'), 1)
  const onDeno = webAuth(auth(), { peer: (_request, info: { readonly remote: string }) => ({ address: info.remote }) })
  await onDeno.open(isStaff)((_request, who, { remote }) => {
    same<typeof who, Who | null>(true)
    return new Response(remote)
  })(new Request('http://a'), { remote: '192.0.2.1' })
  // @ts-expect-error -- a handler answers with a response
  plain.protect()(() => 'text')
}

function ofPermissions(): void {
  const { requireFor } = expressAuth(auth())
  void requireFor({} as never, isOwner('ownerId'), note)
  // @ts-expect-error -- the note has no such field
  void requireFor({} as never, isOwner('owner'), note)
}

describe('the types of the adapters', () => {
  it('are those that the comments above say: this file compiles', () => {
    for (const proof of [ofNode, ofExpress, ofFastify, ofHono, ofWeb, ofPermissions]) assert.equal(proof.length, 0)
  })
})
