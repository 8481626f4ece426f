import type { Context, ErrorHandler, MiddlewareHandler } from 'hono'
import type { Auth } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import { AuthError } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import type { AuthRequest, Peer } from '../core/request.ts'
import { doorOf, pass } from './admission.ts'
import { createAsking, type Asking } from './asking.ts'
import { createGate, type Gate, type RouteAuthenticators, type RoutePermission, type RouteThrottles } from './gate.ts'
import type { WhoOf } from './gate.ts'
import { formField } from './form-field.ts'
import { socketOf } from './hono-socket.ts'
import { markPolicy } from './policy-mark.ts'
import { hasForm, type WebRequest } from './web-request.ts'

/** Whatever the environment of the application is. */
type AnyContext = Context

/** Middleware that sets `c.var.identity`. What handlers ask about a request, they can ask it too. */
export interface HonoGuard<Who extends Identity, Given = Who>
  extends MiddlewareHandler<{ Variables: { identity: Given } }>, Asking<AnyContext, Who> {}

export interface HonoAuthOptions {
  /** Who is at the other end, where Hono does not run on Node (nobody knows). Never take it from a header. */
  readonly peer?: (c: AnyContext) => Peer | undefined
}

export interface HonoAuth<Who extends Identity> extends Asking<AnyContext, Who> {
  /** Lets in whom the permission admits (that of `createAuth`), and no strangers. */
  readonly protect: {
    (permission?: RoutePermission<Who>, overrides?: RouteThrottles): HonoGuard<Who>
    <const Own extends readonly Authenticator[]>(
      permission: RoutePermission<WhoOf<Own>> | undefined,
      overrides: RouteAuthenticators<Own>,
    ): HonoGuard<WhoOf<Own>>
  }
  /** Lets in strangers too, where the permission admits them: their identity is `null`. */
  readonly open: {
    (permission: RoutePermission<Who>, overrides?: RouteThrottles): HonoGuard<Who, Who | null>
    <const Own extends readonly Authenticator[]>(
      permission: RoutePermission<WhoOf<Own>>,
      overrides: RouteAuthenticators<Own>,
    ): HonoGuard<WhoOf<Own>, WhoOf<Own> | null>
  }
  /**
   * Answers for refusals that handlers throw, and for other errors as Hono does: `app.onError(errorHandler)`. Behind a gate
   * they are answered without it too, but Hono writes them to the console first.
   */
  readonly errorHandler: ErrorHandler
}

/**
 * Guards routes of Hono: `app.get('/me', protect(), (c) => c.json(c.var.identity.principal))`. The door sees `c.req.raw`, so
 * `auth.require(c.req.raw, mayEdit, note)` asks about the same request.
 */
export function honoAuth<Who extends Identity>(auth: Auth<Who>, options: HonoAuthOptions = {}): HonoAuth<Who> {
  const requestOf = (c: AnyContext): AuthRequest => {
    const request = c.req.raw as WebRequest
    request.peer ??= socketOf(c) ?? options.peer?.(c)
    if (request.method !== 'GET') request.field ??= fieldOf(c)
    return request
  }
  const answered = new WeakSet<AnyContext>()

  function refuse(c: AnyContext, error: AuthError): Response {
    answered.add(c)
    const request = requestOf(c)
    const { status, headers, body } = doorOf(request, auth).refusal(request, error)
    const response = c.body(body, status as 403)
    response.headers.set('content-length', String(Buffer.byteLength(body)))
    for (const name of new Set(headers.map(([given]) => given))) response.headers.delete(name)
    for (const [name, value] of headers) response.headers.append(name, value)
    return response
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- the variables of a context are read and written
  function guardOf(gate: Gate): HonoGuard<never, any> {
    const guard: MiddlewareHandler = async (c, next) => {
      const request = requestOf(c)
      try {
        c.set('identity', await pass(gate, request))
      } catch (error) {
        if (error instanceof AuthError) return refuse(c, error)
        throw error
      }
      for (const [name, value] of gate.auth.headers(request)) c.header(name, value)
      await next()
      if (c.error instanceof AuthError && !answered.has(c)) replace(c, refuse(c, c.error))
      return undefined
    }
    const asking = createAsking<AnyContext, never>(gate.auth as unknown as Auth<never>, requestOf)
    return markPolicy(Object.assign(guard, asking), gate)
  }

  return {
    ...createAsking(auth, requestOf),
    protect: (permission?: RoutePermission<never>, overrides?: RouteThrottles) =>
      guardOf(createGate(auth, 'protect', permission, overrides)),
    open: (permission: RoutePermission<never>, overrides?: RouteThrottles) =>
      guardOf(createGate(auth, 'open', permission, overrides)),
    errorHandler: (error, c) => {
      if (error instanceof AuthError) return refuse(c, error)
      if ('getResponse' in error) return error.getResponse()
      console.error(error)
      return c.text('Internal Server Error', 500)
    },
  }
}

/** Hono would lay the headers of the response before over those of the new one, which has the others already. */
function replace(c: AnyContext, response: Response): void {
  c.res = undefined
  c.res = response
}

/** By way of Hono, which keeps what it has read of the body: the handler can still ask for it in any form. */
function fieldOf(c: AnyContext): AuthRequest['field'] {
  if (!hasForm(c.req.method, c.req.raw.headers.get('content-type'))) return undefined
  return async (name) => {
    const form: unknown = await c.req.parseBody({ all: true }).catch(() => null)
    return (await formField(form)?.(name)) ?? null
  }
}
