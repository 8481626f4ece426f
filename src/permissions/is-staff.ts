import type { Identity } from '../core/identity.ts'
import { permission, type Permission } from '../core/permission.ts'

/**
 * A member of staff: Django REST framework's `IsAdminUser`, which asks for `is_staff` and for nothing else. A superuser who
 * is not staff is refused here, as there; `isSuperuser` is the stronger rule.
 */
export const isStaff: Permission = permission({ name: 'isStaff', filter: holds }, async ({ identity }) =>
  holds(identity),
)

function holds(identity: Identity | null): boolean {
  return identity?.principal.kind === 'user' && identity.principal.isStaff === true
}
