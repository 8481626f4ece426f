import { devices, otherDevices } from '../account/devices.ts'
import { isUser } from '../permissions/is-user.ts'
import type { AreaPlan } from './consoles.ts'
import type { Instance } from './instance.ts'

/** One's own account, in the order of its menu. */
export function accountArea({ sessions }: Instance): AreaPlan {
  return {
    path: '/account/',
    name: 'Account',
    permission: isUser,
    screens: [devices({ sessions }), otherDevices({ sessions })],
  }
}
