import type { Screen } from '../../screens/screen.ts'
import { deleteRoleScreen, type DeleteRoleScreenStores } from './delete-role-screen.ts'
import { newRoleScreen, type NewRoleScreenStores } from './new-role-screen.ts'
import type { RolePlace } from './role-place.ts'
import { roleScreen, type RoleScreenStores } from './role-screen.ts'
import { rolesScreens } from './roles-screen.ts'

export type RoleScreensStores = NewRoleScreenStores & RoleScreenStores & DeleteRoleScreenStores

/** The roles of a place: all of them, a new one or a clone, one with its matrix, and deleting one. */
export function roleScreens(place: RolePlace, stores: RoleScreensStores): readonly Screen[] {
  return [
    ...rolesScreens(place, stores),
    newRoleScreen(place, stores),
    roleScreen(place, stores),
    deleteRoleScreen(place, stores),
  ]
}
