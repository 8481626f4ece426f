import type { SessionAuth } from '../accounts/session-finder.ts'
import type { Auth } from '../core/auth.ts'
import { AuthenticationFailed } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import type { AuthRequest } from '../core/request.ts'
import type { HeldSession } from '../factors/held-session.ts'

/**
 * The door for the APIs of the consoles and for the gatekeeper: as pages do, it holds up sessions of people who have to show or add a second factor by now. Scripts
 * are told by `sign_in_incomplete` (401), with `next` and `ways`; they send a factor to `/accounts/confirm/?second=1`, or sign in anew.
 */
export function heldAuth(auth: Pick<Auth, 'allow'>, held: HeldSession): Pick<Auth, 'allow'> {
  async function hold(request: Pick<AuthRequest, 'headers'>, identity: Identity | null): Promise<Identity | null> {
    const by = isSession(identity) ? await held(request, identity) : null
    if (by !== null) throw new AuthenticationFailed('sign_in_incomplete', undefined, { body: { ...by } })
    return identity
  }
  return {
    allow: async <Resource>(
      request: AuthRequest,
      permission: Permission<Identity | null, Resource>,
      resource?: Resource,
    ): Promise<Identity | null> =>
      // The door tells the two ways to call it apart by what is there.
      hold(request, await auth.allow(request, permission, resource as Resource)),
  }
}

type OfSession = Identity & {
  readonly principal: Extract<Identity['principal'], { readonly kind: 'user' }>
  readonly auth: SessionAuth
}

function isSession(identity: Identity | null): identity is OfSession {
  return identity?.via === 'session' && identity.principal.kind === 'user'
}
