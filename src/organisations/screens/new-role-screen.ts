import { postForm } from '../../pages/forms.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { RoleValues } from '../role-values.ts'
import type { Roles } from '../roles.ts'
import { roleControls, roleValuesTyped } from './role-form.ts'
import { byAt, type RoleDesk, type RolePlace } from './role-place.ts'

export interface NewRoleScreenStores {
  readonly roles: Pick<Roles, 'list' | 'create'>
}

/** A new role: an empty one, or a clone of another. */
export function newRoleScreen(place: RolePlace, { roles }: NewRoleScreenStores): Screen {
  async function page(visit: Visit, desk: RoleDesk, typed: RoleValues, faults: Faults = {}): Promise<View> {
    return {
      title: 'New role',
      crumbs: desk.crumbs,
      problems: problemsOf(faults, { main: 'name' }),
      content: postForm({
        to: visit.path,
        proof: visit.onceForm,
        action: 'create',
        button: 'Make the role',
        cancel: desk.list,
        content: roleControls(desk, typed, await roles.list(desk.organisationId), faults),
      }),
    }
  }

  return {
    path: `${place.path}new/`,
    show: async (visit) => {
      const desk = await place.enter(visit)
      desk.check('add', [])
      const from = visit.query.get('from')
      const base = from === null ? null : (await roles.list(desk.organisationId)).find(({ id }) => id === from)
      const name = base === null || base === undefined ? '' : `${base.name}-copy`
      return page(visit, desk, {
        name,
        description: base?.description ?? '',
        permissions: base?.permissions ?? [],
      })
    },
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const desk = await place.enter(visit)
          const typed = roleValuesTyped(visit, desk, await roles.list(desk.organisationId))
          desk.check('add', typed.permissions)
          try {
            const made = await roles.create({ ...typed, organisationId: desk.organisationId }, byAt(visit, desk))
            return leave(`${desk.list}${made.id}/`, 'The role is made. Now give it to somebody.')
          } catch (error) {
            return page(visit, desk, typed, faultsOf(error))
          }
        },
      },
    },
  }
}
