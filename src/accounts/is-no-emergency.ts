import { PermissionDenied } from '../core/errors.ts'
import { permission, type Permission } from '../core/permission.ts'
import { isEmergency } from './emergency-session.ts'

/** They did not sign in by a code for emergencies: whoever has found one must not make with it what is there when it has ended. */
export const isNoEmergency: Permission = permission({ name: 'isNoEmergency' }, async ({ identity }) => {
  if (identity === null) return false
  if (!isEmergency(identity.auth ?? {})) return true
  throw new PermissionDenied(
    'permission_denied',
    'You are signed in by a code for emergencies, which is for getting in again and for stopping harm. For this, mend your own way to sign in, then sign in by it.',
  )
})
