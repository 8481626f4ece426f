import type { Auth } from '../core/auth.ts'
import type { Identity } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import type { AuthRequest } from '../core/request.ts'
import { admissionOf } from './admission.ts'

/** What handlers ask about a request of their framework. */
export interface Asking<Request, Who extends Identity> {
  /** Who it is. Throws where nobody is known: the route has no `protect`, or is open and a stranger came. */
  readonly identity: (request: Request) => Who
  /** Who it is, or `null` for a stranger. Throws where the route has neither `protect` nor `open`. */
  readonly visitor: (request: Request) => Who | null
  /** As `Auth.require`, for something that the handler has loaded. */
  readonly requireFor: <Resource>(
    request: Request,
    permission: Permission<Who | null, Resource>,
    resource: Resource,
  ) => Promise<Who>
  /** As `Auth.allow`, for something that the handler has loaded. */
  readonly allowFor: <Resource>(
    request: Request,
    permission: Permission<Who | null, Resource>,
    resource: Resource,
  ) => Promise<Who | null>
  /** The request as the door sees it, such as `auth.explain` takes it: one object for each request. */
  readonly requestOf: (request: Request) => AuthRequest
}

/**
 * Makes these for a door. On a route with authenticators of its own, identities are of another type, and the door that it
 * was made for throws: what the route's `protect` or `open` gave is to be asked there.
 */
export function createAsking<Request, Who extends Identity>(
  auth: Auth<Who>,
  requestOf: (request: Request) => AuthRequest,
): Asking<Request, Who> {
  /** The door that the request came to, which may have throttles of its own, or this one where there was no gate. */
  function doorFor(asked: AuthRequest): Auth<Who> {
    const door = (admissionOf(asked)?.gate.auth ?? auth) as Auth<Who>
    if (door.authenticators === auth.authenticators) return door
    throw new Error('This route has authenticators of its own: ask what its protect() or open() gave.')
  }

  function visitor(request: Request): Who | null {
    const asked = requestOf(request)
    doorFor(asked)
    const identity = admissionOf(asked)?.identity
    if (identity === undefined) throw new Error('Nobody was let in: give this route a protect() or an open().')
    return identity as Who | null
  }

  return {
    requestOf,
    visitor,
    identity: (request) => {
      const who = visitor(request)
      if (who === null) throw new Error('A stranger came to an open route: ask visitor(), which gives null then.')
      return who
    },
    requireFor: async (request, permission, resource) => {
      const asked = requestOf(request)
      return doorFor(asked).require(asked, permission, resource)
    },
    allowFor: async (request, permission, resource) => {
      const asked = requestOf(request)
      return doorFor(asked).allow(asked, permission, resource)
    },
  }
}
