import { NotAuthenticated } from '../core/errors.ts'
import type { Identity, User } from '../core/identity.ts'

/** The person who calls: the permission has seen to it that it is one. */
export function personOf(identity: Identity | null): User {
  if (identity?.principal.kind === 'user') return identity.principal
  throw new NotAuthenticated()
}
