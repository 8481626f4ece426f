import { PermissionDenied } from '../core/errors.ts'
import type { Identity, User } from '../core/identity.ts'

/** The person who asks: administration is done by people, with whatever credential of theirs. */
export function actingUser(identity: Identity | null): User {
  if (identity?.principal.kind === 'user') return identity.principal
  throw new PermissionDenied()
}
