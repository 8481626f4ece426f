import type { Auth } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import { AuthError } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import type { AuthRequest, Peer } from '../core/request.ts'
import { parseBody, type BodyFields } from '../http/parse-body.ts'
import { readBody } from '../http/read-body.ts'
import type { RouteEntry } from '../permissions/audit-routes.ts'
import { doorOf, pass } from './admission.ts'
import { createAsking, type Asking } from './asking.ts'
import { formField } from './form-field.ts'
import { createGate, type Gate, type RouteAuthenticators, type RoutePermission, type RouteThrottles } from './gate.ts'
import type { WhoOf } from './gate.ts'
import { markedPolicy, markPolicy } from './policy-mark.ts'
import { hasForm, type WebRequest } from './web-request.ts'

/** Answers a request that was let in. `platform` is what the platform hands over beside the request. */
export type WebHandler<Who, Platform extends readonly unknown[]> = (
  request: Request,
  identity: Who,
  ...platform: Platform
) => Response | Promise<Response>

/** What platforms serve: Deno, Bun, workers, and frameworks whose handlers are such functions. */
export type FetchHandler<Platform extends readonly unknown[]> = (
  request: Request,
  ...platform: Platform
) => Promise<Response>

/** Puts a gate in front of a handler. What handlers ask about a request, they can ask it too. */
export interface WebGuard<Who extends Identity, Platform extends readonly unknown[], Given = Who> extends Asking<
  Request,
  Who
> {
  (handler: WebHandler<Given, Platform>): FetchHandler<Platform>
}

export interface WebAuthOptions<Platform extends readonly unknown[]> {
  /** Who is at the other end, from what the platform hands over (nobody knows). Never take it from a header. */
  readonly peer?: (request: Request, ...platform: Platform) => Peer | undefined
  /** How many bytes of a form are read to find its CSRF token (65536). A script sends the token in a header instead. */
  readonly formLimit?: number
}

export interface WebAuth<Who extends Identity, Platform extends readonly unknown[]> extends Asking<Request, Who> {
  /** Lets in whom the permission admits (that of `createAuth`), and no strangers. */
  readonly protect: {
    (permission?: RoutePermission<Who>, overrides?: RouteThrottles): WebGuard<Who, Platform>
    <const Own extends readonly Authenticator[]>(
      permission: RoutePermission<WhoOf<Own>> | undefined,
      overrides: RouteAuthenticators<Own>,
    ): WebGuard<WhoOf<Own>, Platform>
  }
  /** Lets in strangers too, where the permission admits them: their identity is `null`. */
  readonly open: {
    (permission: RoutePermission<Who>, overrides?: RouteThrottles): WebGuard<Who, Platform, Who | null>
    <const Own extends readonly Authenticator[]>(
      permission: RoutePermission<WhoOf<Own>>,
      overrides: RouteAuthenticators<Own>,
    ): WebGuard<WhoOf<Own>, Platform, WhoOf<Own> | null>
  }
}

/**
 * Guards functions from `Request` to `Response`: `protect(isStaff)((request, identity) => …)`. Refusals that a handler throws
 * become answers; anything else that it throws is passed on to the platform.
 */
export function webAuth<Who extends Identity, Platform extends readonly unknown[] = []>(
  auth: Auth<Who>,
  options: WebAuthOptions<Platform> = {},
): WebAuth<Who, Platform> {
  const { peer, formLimit = 65_536 } = options

  function guardOf(gate: Gate): WebGuard<never, Platform> {
    const guard = (handler: WebHandler<never, Platform>): FetchHandler<Platform> => {
      const answer: FetchHandler<Platform> = async (given, ...platform) => {
        const request = given as WebRequest
        request.peer ??= peer?.(request, ...platform)
        request.field ??= fieldOf(request, formLimit)
        let headers: ReturnType<Auth['headers']> = []
        try {
          const identity = await pass(gate, request)
          headers = gate.auth.headers(request)
          return withHeaders(await handler(request, identity as never, ...platform), headers)
        } catch (error) {
          if (error instanceof AuthError) return withHeaders(doorOf(request, auth).respond(request, error), headers)
          throw error
        }
      }
      return markPolicy(answer, gate, handler)
    }
    return Object.assign(guard, createAsking<Request, never>(gate.auth as unknown as Auth<never>, itself))
  }

  return {
    ...createAsking(auth, itself),
    protect: (permission?: RoutePermission<never>, overrides?: RouteThrottles) =>
      guardOf(createGate(auth, 'protect', permission, overrides)),
    open: (permission: RoutePermission<never>, overrides?: RouteThrottles) =>
      guardOf(createGate(auth, 'open', permission, overrides)),
  }
}

/** Lists routes with their policies, for `auditRoutes`: `listRoutes({ 'GET /me': me, 'PUT /notes/:id': edit })`. */
export function listRoutes(table: Readonly<Record<string, unknown>>): RouteEntry[] {
  return Object.entries(table).map(([route, handler]) => {
    const [method = '', path = ''] = route.split(' ')
    return { method, path, policy: markedPolicy(handler) }
  })
}

const itself = (request: Request): Request => request

/** A response that came from elsewhere, such as from `fetch`, cannot be written to. */
function withHeaders(response: Response, headers: ReturnType<Auth['headers']>): Response {
  if (headers.length === 0) return response
  const answer = new Response(response.body, response)
  for (const [name, value] of headers) answer.headers.set(name, value)
  return answer
}

/** Reads a copy, so that the handler can still read the body. A form that cannot be read has no fields. */
function fieldOf(request: Request, limit: number): AuthRequest['field'] {
  const type = request.headers.get('content-type')
  if (!hasForm(request.method, type)) return undefined
  let form: Promise<BodyFields> | undefined
  return async (name) => {
    form ??= readBody(request.clone(), { limit })
      .then((bytes) => parseBody(type, bytes))
      .catch(() => ({}))
    return (await formField(await form)?.(name)) ?? null
  }
}
