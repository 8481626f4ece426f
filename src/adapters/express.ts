import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import { AuthError } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { doorOf, pass } from './admission.ts'
import { createAsking, type Asking } from './asking.ts'
import { createGate, type Gate, type RouteAuthenticators, type RoutePermission, type RouteThrottles } from './gate.ts'
import type { WhoOf } from './gate.ts'
import { setHeaders, writeRefusal } from './node-answer.ts'
import { nodeRequest } from './node-request.ts'
import { markPolicy } from './policy-mark.ts'

type Next = (error?: unknown) => void

/** Middleware. What handlers ask about a request, they can ask it too. */
export interface ExpressGuard<Who extends Identity> extends Asking<IncomingMessage, Who> {
  (req: IncomingMessage, res: ServerResponse, next: Next): Promise<void>
}

export interface ExpressAuth<Who extends Identity> extends Asking<IncomingMessage, Who> {
  /** Lets in whom the permission admits (that of `createAuth`), and no strangers. */
  readonly protect: {
    (permission?: RoutePermission<Who>, overrides?: RouteThrottles): ExpressGuard<Who>
    <const Own extends readonly Authenticator[]>(
      permission: RoutePermission<WhoOf<Own>> | undefined,
      overrides: RouteAuthenticators<Own>,
    ): ExpressGuard<WhoOf<Own>>
  }
  /** Lets in strangers too, where the permission admits them: `visitor(req)` is `null` then. */
  readonly open: {
    (permission: RoutePermission<Who>, overrides?: RouteThrottles): ExpressGuard<Who>
    <const Own extends readonly Authenticator[]>(
      permission: RoutePermission<WhoOf<Own>>,
      overrides: RouteAuthenticators<Own>,
    ): ExpressGuard<WhoOf<Own>>
  }
  /** Answers for refusals that handlers throw, and passes other errors on: `app.use(errorHandler)`, after all routes. */
  readonly errorHandler: (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => void
}

/**
 * Guards routes of Express 5: `app.get('/me', protect(), (req, res) => res.json(identity(req).principal))`. The CSRF token of
 * a form is found where `express.urlencoded()` has come before.
 */
export function expressAuth<Who extends Identity>(auth: Auth<Who>): ExpressAuth<Who> {
  function guardOf(gate: Gate): ExpressGuard<never> {
    const guard = async (req: IncomingMessage, res: ServerResponse, next: Next): Promise<void> => {
      const request = nodeRequest(req)
      try {
        await pass(gate, request)
      } catch (error) {
        errorHandler(error, req, res, next)
        return
      }
      setHeaders(res, gate.auth.headers(request))
      next()
    }
    const asking = createAsking<IncomingMessage, never>(gate.auth as unknown as Auth<never>, nodeRequest)
    return markPolicy(Object.assign(guard, asking), gate)
  }

  function errorHandler(error: unknown, req: IncomingMessage, res: ServerResponse, next: Next): void {
    if (!(error instanceof AuthError)) {
      next(error)
      return
    }
    const request = nodeRequest(req)
    writeRefusal(res, doorOf(request, auth).refusal(request, error))
  }

  return {
    ...createAsking(auth, nodeRequest),
    protect: (permission?: RoutePermission<never>, overrides?: RouteThrottles) =>
      guardOf(createGate(auth, 'protect', permission, overrides)),
    open: (permission: RoutePermission<never>, overrides?: RouteThrottles) =>
      guardOf(createGate(auth, 'open', permission, overrides)),
    errorHandler,
  }
}
