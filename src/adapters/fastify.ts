import type { FastifyReply } from 'fastify'
import type { Auth } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import { AuthError, errorCodes } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { doorOf, pass } from './admission.ts'
import { createAsking, type Asking } from './asking.ts'
import { createPlugin, everyRoute, mayWait } from './fastify-plugin.ts'
import type { AnyPlugin, AnyReply, AnyRequest, Hook } from './fastify-plugin.ts'
import type { AnyInstance } from './fastify-routes.ts'
import { formField } from './form-field.ts'
import { createGate, type Gate, type RouteAuthenticators, type RoutePermission, type RouteThrottles } from './gate.ts'
import type { WhoOf } from './gate.ts'
import { groupedHeaders } from './grouped-headers.ts'
import { nodeRequest } from './node-request.ts'
import { markPolicy } from './policy-mark.ts'

/** A hook, best at `onRequest`, which is first. What handlers ask about a request, they can ask it too. */
export interface FastifyGuard<Who extends Identity> extends Asking<AnyRequest, Who> {
  (...hook: Parameters<Hook>): ReturnType<Hook>
}

export interface FastifyAuth<Who extends Identity> extends Asking<AnyRequest, Who> {
  /** Lets in whom the permission admits (that of `createAuth`), and no strangers. */
  readonly protect: {
    (permission?: RoutePermission<Who>, overrides?: RouteThrottles): FastifyGuard<Who>
    <const Own extends readonly Authenticator[]>(
      permission: RoutePermission<WhoOf<Own>> | undefined,
      overrides: RouteAuthenticators<Own>,
    ): FastifyGuard<WhoOf<Own>>
  }
  /** Lets in strangers too, where the permission admits them: `visitor(request)` is `null` then. */
  readonly open: {
    (permission: RoutePermission<Who>, overrides?: RouteThrottles): FastifyGuard<Who>
    <const Own extends readonly Authenticator[]>(
      permission: RoutePermission<WhoOf<Own>>,
      overrides: RouteAuthenticators<Own>,
    ): FastifyGuard<WhoOf<Own>>
  }
  /**
   * To be registered before the routes: `app.register(plugin)`. On routes with a gate, it answers for refusals that handlers
   * throw, and lets forms with a cookie wait until their CSRF token can be read. `everyRoute` and `listRoutes` need it.
   */
  readonly plugin: AnyPlugin
  /** Puts a gate in front of every route of a scope that is added after: `everyRoute(admin, protect(isStaff))`. */
  readonly everyRoute: (scope: AnyInstance, guard: Hook) => void
  /** Answers for refusals where there is no gate, and passes other errors on: `app.setErrorHandler(errorHandler)`. */
  readonly errorHandler: (error: unknown, request: AnyRequest, reply: AnyReply) => void
}

/** Guards routes of Fastify 5: `app.get('/me', { onRequest: protect() }, async (request) => identity(request).principal)`. */
export function fastifyAuth<Who extends Identity>(auth: Auth<Who>): FastifyAuth<Who> {
  const gates = new Map<unknown, Gate>()

  function guardOf(gate: Gate): FastifyGuard<never> {
    const guard: Hook = (request, reply) => (mayWait(gate, request) ? nothing : run(gate, request, reply))
    gates.set(guard, gate)
    const asking = createAsking<AnyRequest, never>(gate.auth as unknown as Auth<never>, requestOf)
    return markPolicy(Object.assign(guard, asking), gate)
  }

  async function run(gate: Gate, ...[given, reply]: Parameters<Hook>): ReturnType<Hook> {
    const request = requestOf(given)
    try {
      await pass(gate, request)
    } catch (error) {
      if (!(error instanceof AuthError)) throw fault(error)
      errorHandler(error, given, reply)
      return reply
    }
    for (const [name, value] of gate.auth.headers(request)) (reply as FastifyReply).header(name, value)
    return undefined
  }

  /** Sent as bytes, which serializers of the application leave alone. */
  function errorHandler(error: unknown, given: AnyRequest, reply: AnyReply): void {
    if (!(error instanceof AuthError)) throw error
    const request = requestOf(given)
    const { status, headers, body } = doorOf(request, auth).refusal(request, error)
    const answer = (reply as FastifyReply).code(status)
    for (const [name, value] of groupedHeaders(headers)) answer.header(name, value)
    answer.send(Buffer.from(body))
  }

  return {
    ...createAsking(auth, requestOf),
    protect: (permission?: RoutePermission<never>, overrides?: RouteThrottles) =>
      guardOf(createGate(auth, 'protect', permission, overrides)),
    open: (permission: RoutePermission<never>, overrides?: RouteThrottles) =>
      guardOf(createGate(auth, 'open', permission, overrides)),
    plugin: createPlugin({ gates, run, errorHandler }),
    everyRoute,
    errorHandler,
  }
}

const nothing = Promise.resolve(undefined)

function requestOf(given: AnyRequest): AuthRequest {
  const request = nodeRequest(given.raw as never)
  request.ownField ??= formField((given as { readonly body?: unknown }).body)
  return request
}

/** Fastify sends the message of an error. One of ours that went wrong goes to the log, as the cause, and to nobody else. */
function fault(cause: unknown): Error {
  const {
    internal_error: [statusCode, detail],
  } = errorCodes
  return Object.assign(new Error(detail, { cause }), { statusCode, code: 'internal_error' })
}
