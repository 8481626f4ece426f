import { RequestRefused } from '../../core/errors.ts'
import { confirmation } from '../../pages/forms.ts'
import { leave, type Screen, type Visit } from '../../screens/screen.ts'
import type { RoleGrants } from '../role-grants.ts'
import type { Role } from '../role-values.ts'
import type { Roles } from '../roles.ts'
import { byAt, type RoleDesk, roleOf, type RolePlace } from './role-place.ts'

export interface DeleteRoleScreenStores {
  readonly roles: Pick<Roles, 'find' | 'delete'>
  readonly roleGrants: Pick<RoleGrants, 'holders'>
}

/** Deleting a role. */
export function deleteRoleScreen(place: RolePlace, { roles, roleGrants }: DeleteRoleScreenStores): Screen {
  async function allowed(visit: Visit): Promise<{ readonly desk: RoleDesk; readonly role: Role }> {
    const desk = await place.enter(visit)
    const role = await roleOf(visit, desk, roles)
    desk.check('delete', role.permissions)
    if (role.isBuiltIn) throw new RequestRefused('conflict', 'The role is built in, and stays.')
    return { desk, role }
  }
  return {
    path: `${place.path}:role/delete/`,
    show: async (visit) => {
      const { desk, role } = await allowed(visit)
      const count = (await roleGrants.holders(role.id)).length
      const up = `${desk.list}${role.id}/`
      return {
        title: `Delete the role ${role.name}?`,
        crumbs: [...desk.crumbs, { href: up, text: role.name }],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'delete',
          button: 'Delete the role',
          what: 'It is gone for good, and whoever has it loses what it allows.',
          stops: count === 0 ? [] : [`the role of ${count} ${count === 1 ? 'person' : 'people'}`],
          cancel: up,
        }),
      }
    },
    actions: {
      delete: {
        run: async (visit) => {
          const { desk, role } = await allowed(visit)
          await roles.delete(role.id, { by: byAt(visit, desk), organisationId: desk.organisationId })
          return leave(desk.list, `The role ${role.name} is deleted.`)
        },
      },
    },
  }
}
