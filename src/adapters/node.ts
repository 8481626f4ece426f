import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import { AuthError } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import type { RouteEntry } from '../permissions/audit-routes.ts'
import { doorOf, pass } from './admission.ts'
import { createAsking, type Asking } from './asking.ts'
import { createGate, type Gate, type RouteAuthenticators, type RoutePermission, type RouteThrottles } from './gate.ts'
import type { WhoOf } from './gate.ts'
import { setHeaders, writeRefusal } from './node-answer.ts'
import { nodeRequest } from './node-request.ts'
import { markedPolicy, markPolicy } from './policy-mark.ts'

/** Answers a request that was let in. What an `async` one throws is answered too. */
export type NodeHandler<Who> = (req: IncomingMessage, res: ServerResponse, identity: Who) => unknown

/** Puts a gate in front of a handler. What handlers ask about a request, they can ask it too. */
export interface NodeGuard<Who extends Identity, Given = Who> extends Asking<IncomingMessage, Who> {
  (handler: NodeHandler<Given>): NodeListener
}

/** What `createServer` takes. Whatever goes wrong inside becomes an answer. */
export type NodeListener = (req: IncomingMessage, res: ServerResponse) => void

export interface NodeAuthOptions {
  /** Hears of what a handler threw that is no refusal (`console.error`). The caller gets 500 and no detail. */
  readonly onFault?: (error: unknown, req: IncomingMessage) => void
}

export interface NodeAuth<Who extends Identity> extends Asking<IncomingMessage, Who> {
  /** Lets in whom the permission admits (that of `createAuth`), and no strangers. */
  readonly protect: {
    (permission?: RoutePermission<Who>, overrides?: RouteThrottles): NodeGuard<Who>
    <const Own extends readonly Authenticator[]>(
      permission: RoutePermission<WhoOf<Own>> | undefined,
      overrides: RouteAuthenticators<Own>,
    ): NodeGuard<WhoOf<Own>>
  }
  /** Lets in strangers too, where the permission admits them: their identity is `null`. */
  readonly open: {
    (permission: RoutePermission<Who>, overrides?: RouteThrottles): NodeGuard<Who, Who | null>
    <const Own extends readonly Authenticator[]>(
      permission: RoutePermission<WhoOf<Own>>,
      overrides: RouteAuthenticators<Own>,
    ): NodeGuard<WhoOf<Own>, WhoOf<Own> | null>
  }
  /** Answers for what was thrown, a refusal as such and anything else as 500: for handlers without a gate. */
  readonly handle: (error: unknown, req: IncomingMessage, res: ServerResponse) => void
}

/**
 * Guards handlers of `node:http`: `createServer(protect(isStaff)((req, res, identity) => …))`. The CSRF token of a form is
 * found where something has put the parsed form into `req.body` before.
 */
export function nodeAuth<Who extends Identity>(auth: Auth<Who>, options: NodeAuthOptions = {}): NodeAuth<Who> {
  const { onFault = (error) => console.error(error) } = options

  function guardOf(gate: Gate): NodeGuard<never, never> {
    const guard = (handler: NodeHandler<never>): NodeListener => {
      const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
        try {
          const request = nodeRequest(req)
          const identity = await pass(gate, request)
          setHeaders(res, gate.auth.headers(request))
          const answered = handler(req, res, identity as never)
          if (answered instanceof Promise) await answered
        } catch (error) {
          handle(error, req, res)
        }
      }
      return markPolicy((req: IncomingMessage, res: ServerResponse): void => void answer(req, res), gate, handler)
    }
    return Object.assign(guard, createAsking<IncomingMessage, never>(gate.auth as unknown as Auth<never>, nodeRequest))
  }

  function handle(error: unknown, req: IncomingMessage, res: ServerResponse): void {
    const request = nodeRequest(req)
    if (!(error instanceof AuthError)) onFault(error, req)
    writeRefusal(res, doorOf(request, auth).refusal(request, error))
  }

  return {
    ...createAsking(auth, nodeRequest),
    protect: (permission?: RoutePermission<never>, overrides?: RouteThrottles) =>
      guardOf(createGate(auth, 'protect', permission, overrides)),
    open: (permission: RoutePermission<never>, overrides?: RouteThrottles) =>
      guardOf(createGate(auth, 'open', permission, overrides)),
    handle,
  }
}

/** Lists routes with their policies, for `auditRoutes`: `listRoutes({ 'GET /me': me, 'PUT /notes/:id': edit })`. */
export function listRoutes(table: Readonly<Record<string, NodeListener>>): RouteEntry[] {
  return Object.entries(table).map(([route, listener]) => {
    const [method = '', path = ''] = route.split(' ')
    return { method, path, policy: markedPolicy(listener) }
  })
}
