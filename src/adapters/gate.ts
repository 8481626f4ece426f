import type { Auth } from '../core/auth.ts'
import type { Authenticator, IdentityOf } from '../core/authenticator.ts'
import type { Identity } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import type { AuthRequest } from '../core/request.ts'
import type { Throttle } from '../core/throttle.ts'

/** What a route may set for itself besides its permission. */
export interface RouteThrottles {
  /** What meters its use, in place of what `createAuth` has for that; what stops floods and guessing stays (the same). */
  readonly throttles?: readonly Throttle[]
  readonly authenticators?: undefined
}

/** The same, with authenticators of its own: the type of the identity follows. */
export interface RouteAuthenticators<Own extends readonly Authenticator[]> {
  /** In place of those of `createAuth`. */
  readonly authenticators: Own
  /** What meters its use, in place of what `createAuth` has for that; what stops floods and guessing stays (the same). */
  readonly throttles?: readonly Throttle[]
}

/** A permission that can be asked before there is a resource. */
export type RoutePermission<Who> = Permission<Who | null, undefined>

/** The identity that a list of authenticators yields. */
export type WhoOf<Own extends readonly Authenticator[]> = IdentityOf<Own[number]>

/** What a route asks of each request. */
export interface Gate {
  readonly auth: Auth
  readonly permission: RoutePermission<Identity>
  /** Whether strangers may pass, where the permission admits them. */
  readonly isOpen: boolean
  /** `Auth.allow` where they may, else `Auth.require`. */
  readonly ask: (request: AuthRequest, permission: RoutePermission<Identity>) => Promise<Identity | null>
}

/** Makes the gate of a route. The adapters have the exact types, each for its own shape of `protect` and `open`. */
export function createGate(
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  auth: Auth<any>,
  verb: 'protect' | 'open',
  permission?: RoutePermission<never>,
  overrides?: RouteThrottles | RouteAuthenticators<readonly Authenticator[]>,
): Gate {
  const own: Auth = overrides === undefined ? auth : auth.with(overrides as RouteThrottles)
  const isOpen = verb === 'open'
  return {
    auth: own,
    permission: (permission as RoutePermission<Identity> | undefined) ?? own.permission,
    isOpen,
    ask: isOpen ? own.allow : own.require,
  }
}
