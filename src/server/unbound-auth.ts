import { checkUnbound } from '../account/check-unbound.ts'
import type { Auth } from '../core/auth.ts'
import type { Identity } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import type { AuthRequest } from '../core/request.ts'

/** A door that is shut to a token for one organisation: administration is for all of them, and for everybody's accounts. */
export function unboundAuth(auth: Pick<Auth, 'allow'>): Pick<Auth, 'allow'> {
  return {
    allow: async <Resource>(
      request: AuthRequest,
      permission: Permission<Identity | null, Resource>,
      resource?: Resource,
    ): Promise<Identity | null> => {
      const identity = await auth.allow(request, permission, resource as Resource)
      checkUnbound(identity, 'administration is for all of them')
      return identity
    },
  }
}
