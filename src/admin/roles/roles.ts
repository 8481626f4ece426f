import { html } from 'hono/html'
import type { Organisations } from '../../organisations/organisations.ts'
import type { RolePlace } from '../../organisations/screens/role-place.ts'
import { type RoleScreensStores, roleScreens } from '../../organisations/screens/role-screens.ts'
import { copyAs } from '../../pages/facts.ts'
import type { Screen } from '../../screens/screen.ts'
import { apiCall } from '../../pages/api-call.ts'
import { configOf } from '../config-of.ts'
import { type Historian, historyOf } from '../history-of.ts'
import { roleWithHolders } from '../stanzas.ts'

export interface AdminRolesStores extends RoleScreensStores, Historian {
  readonly organisations: Pick<Organisations, 'find'>
  readonly origin: string
}

/** The roles that are there for all. */
export function adminRoles(stores: AdminRolesStores): readonly Screen[] {
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
    foot: async (_, role) =>
      html`${await historyOf(stores, `role:${role.id}`)}
      ${copyAs({
        call: apiCall(stores.origin, 'GET', `/api/admin/roles/${role.id}/`),
        config: configOf('roles', await roleWithHolders(role, stores)),
      })}`,
  }
  return roleScreens(place, stores)
}

const list = '/admin/roles/'
