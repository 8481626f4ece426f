import { PermissionDenied } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'

/**
 * A token that is for one organisation speaks for its user there and nowhere else: what they have in all of them it neither
 * makes nor changes. What programs do not do at all needs no such check: no other credential is for one alone. `what` says of what it is: `a key is for all of them`. Throws `PermissionDenied`.
 */
export function checkUnbound(identity: Identity | null, what: string): void {
  if (identity?.principal.kind !== 'user' || identity.principal.organisation === undefined) return
  throw new PermissionDenied('permission_denied', `The token is for one organisation, and ${what}.`)
}
