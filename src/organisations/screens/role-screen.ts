import { html } from 'hono/html'
import { badge, facts, momentOr } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { permissionMatrix } from '../../pages/permission-matrix.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { RoleGrants } from '../role-grants.ts'
import type { Role, RoleValues } from '../role-values.ts'
import type { Roles } from '../roles.ts'
import { roleControls, roleValuesTyped } from './role-form.ts'
import { byAt, type RoleDesk, roleOf, type RolePlace } from './role-place.ts'

export interface RoleScreenStores {
  readonly roles: Pick<Roles, 'find' | 'list' | 'update'>
  readonly roleGrants: Pick<RoleGrants, 'holders'>
}

/** One role: what it allows, who has it, and changing it. */
export function roleScreen(place: RolePlace, { roles, roleGrants }: RoleScreenStores): Screen {
  async function page(
    visit: Visit,
    desk: RoleDesk,
    role: Role,
    typed: RoleValues = role,
    faults: Faults = {},
  ): Promise<View> {
    const all = await roles.list(desk.organisationId)
    const mayChange = desk.may('change') && !role.isBuiltIn
    return {
      title: role.name,
      crumbs: desk.crumbs,
      problems: problemsOf(faults, { main: 'name' }),
      content: html`${facts([
          ['For', role.description === '' ? null : html`<bdi>${role.description}</bdi>`],
          ['Counts', countsWhere(role, desk)],
          ...(role.isBuiltIn ? [['Kind', badge('Built in')] as const] : []),
        ])}
        ${
          mayChange
            ? postForm({
                to: visit.path,
                proof: visit.form,
                action: 'change',
                button: 'Save',
                content: roleControls(desk, typed, all, faults),
              })
            : html`<p class="quiet">
                  ${
                    role.isBuiltIn
                      ? 'It is built in and cannot be changed. Clone it, and change the clone.'
                      : 'You may look at it, and not change it.'
                  }
                </p>
                ${permissionMatrix({
                  id: 'matrix',
                  caption: 'What it allows',
                  permissions: role.permissions,
                  held: new Set(role.permissions),
                })}`
        }
        <p class="buttons">
          ${desk.may('add') ? html`<a class="button small second" id="clone" href="${desk.list}new/?from=${role.id}">Clone</a>` : ''}
          ${
            desk.may('delete') && !role.isBuiltIn
              ? html`<a class="button small danger" id="delete" href="${visit.path}delete/">Delete</a>`
              : ''
          }
        </p>
        ${role.isBuiltIn ? '' : html`${await holdersTable(role)} ${await place.foot(visit, role)}`}`,
    }
  }

  async function holdersTable(role: Role): Promise<Markup> {
    const holders = await roleGrants.holders(role.id)
    return html`<h2>Who has it</h2>
      ${table({
        id: 'holders',
        caption: 'Who has it',
        columns: [
          { heading: 'Username' },
          ...(role.organisationId === null ? [{ heading: 'Where' }] : []),
          { heading: 'Until' },
        ],
        rows: holders.map(({ username, userId, organisationId, endsAt }) => [
          html`<bdi>${shownName(username, userId)}</bdi>`,
          ...(role.organisationId === null ? [organisationId === null ? 'everywhere' : 'in one organisation'] : []),
          momentOr(endsAt, 'no end'),
        ]),
        empty: 'Nobody has it yet.',
      })}`
  }

  return {
    path: `${place.path}:role/`,
    show: async (visit) => {
      const desk = await place.enter(visit)
      return page(visit, desk, await roleOf(visit, desk, roles))
    },
    actions: {
      change: {
        run: async (visit) => {
          const desk = await place.enter(visit)
          const role = await roleOf(visit, desk, roles)
          const typed = roleValuesTyped(visit, desk, await roles.list(desk.organisationId))
          desk.check('change', [...role.permissions, ...typed.permissions])
          try {
            await roles.update(role.id, typed, { by: byAt(visit, desk), organisationId: desk.organisationId })
          } catch (error) {
            return page(visit, desk, role, typed, faultsOf(error))
          }
          return leave(visit.path, 'The role is changed. It counts from the next request on.')
        },
      },
    },
  }
}

function countsWhere(role: Role, { organisationId }: RoleDesk): string {
  if (role.isBuiltIn) return 'in the organisation where somebody is this'
  return organisationId === null ? 'everywhere, or in the organisation that it is given for' : 'in this organisation'
}
