import type { Identity } from '../core/identity.ts'
import { permission, type Permission } from '../core/permission.ts'

/** A superuser: someone who has every permission. */
export const isSuperuser: Permission = permission({ name: 'isSuperuser', filter: holds }, async ({ identity }) =>
  holds(identity),
)

function holds(identity: Identity | null): boolean {
  return identity?.principal.kind === 'user' && identity.principal.isSuperuser === true
}
