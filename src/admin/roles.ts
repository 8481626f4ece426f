import type { RolePlace } from '../organisations/screens/role-place.ts'
import { type RoleScreenStores, roleScreens } from '../organisations/screens/role-screens.ts'
import { rolesScreens } from '../organisations/screens/roles-screen.ts'
import type { Screen } from '../screens/screen.ts'

/** The roles that are there for all. */
export function adminRoles(stores: RoleScreenStores): readonly Screen[] {
  return [...rolesScreens(place, stores), ...roleScreens(place, stores)]
}

const list = '/admin/roles/'

const place: RolePlace = {
  path: 'roles/',
  enter: async () => ({
    organisationId: null,
    list,
    frame: { title: 'Roles' },
    crumbs: [{ href: list, text: 'Roles' }],
    allowed: null,
    may: () => true,
    check: () => undefined,
  }),
}
