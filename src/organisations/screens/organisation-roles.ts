import type { Screen } from '../../screens/screen.ts'
import { standingPermissions } from '../../tokens/standing.ts'
import { checkMayWriteRole, may } from '../authority.ts'
import { enterFor, organisationCrumbs, organisationFrame, type Place } from './place.ts'
import type { RolePlace } from './role-place.ts'
import { type RoleScreensStores, roleScreens } from './role-screens.ts'

/** The roles of an organisation. They may allow what it may give, and what its members do with it itself. */
export function organisationRoles(place: Place, stores: RoleScreensStores): readonly Screen[] {
  const roles: RolePlace = {
    path: `${place.path}roles/`,
    enter: async (visit) => {
      const entered = await enterFor(place, visit, 'roles.view')
      const { organisation, authority, base } = entered
      return {
        organisationId: organisation.id,
        list: `${base}roles/`,
        frame: organisationFrame(entered),
        crumbs: organisationCrumbs(entered, 'roles/', 'Roles'),
        allowed: [
          ...organisation.allowedPermissions,
          ...standingPermissions.owner.filter((permission) => may(authority, permission)),
        ],
        allowedBy: authority.userId,
        may: (action) => may(authority, `roles.${action}`),
        check: (action, permissions) => checkMayWriteRole(authority, `roles.${action}`, permissions),
      }
    },
    foot: async (visit, role) => place.foot(visit, await place.enter(visit), { kind: 'role', role }),
  }
  return roleScreens(roles, stores)
}
