import { isEmergency } from '../../accounts/emergency-session.ts'
import { permission, type Permission } from '../../core/permission.ts'

/** They did not sign in by a code for emergencies: whoever has stolen one must not be the one who says that all is well. */
export const isNoEmergency: Permission = permission(
  { name: 'isNoEmergency' },
  async ({ identity }) => identity !== null && !isEmergency(identity.auth ?? {}),
)
