import { html } from 'hono/html'
import { badge } from '../../pages/facts.ts'
import { select } from '../../pages/controls.ts'
import type { Markup } from '../../pages/layout.ts'
import { filterForm, table } from '../../pages/table.ts'
import type { Screen } from '../../screens/screen.ts'
import type { Role } from '../role-values.ts'
import type { Roles } from '../roles.ts'
import { knownPermissions, type RolePlace } from './role-place.ts'

/** The roles of a place: what each is for and how much it allows, and two of them side by side. */
export function rolesScreens(place: RolePlace, { roles }: { readonly roles: Pick<Roles, 'list'> }): readonly Screen[] {
  return [listScreen(place, roles), compareScreen(place, roles)]
}

function listScreen(place: RolePlace, roles: Pick<Roles, 'list'>): Screen {
  return {
    path: place.path,
    ...(place.path === 'roles/' ? { menu: { text: 'Roles', group: 'People' } } : {}),
    show: async (visit) => {
      const desk = await place.enter(visit)
      const all = await roles.list(desk.organisationId)
      return {
        ...desk.frame,
        content: html`<div class="toolbar">
            ${desk.may('add') ? html`<a class="button small" href="${desk.list}new/" id="new-role">New role</a>` : ''}
            <a href="${desk.list}compare/" id="compare-roles">Compare two roles</a>
          </div>
          ${table({
            id: 'roles',
            caption: 'Roles',
            columns: [
              { heading: 'Role' },
              { heading: 'For' },
              { heading: 'Permissions', isNumeric: true },
              ...(desk.may('add') ? [{ heading: 'Begin another' }] : []),
            ],
            rows: all.map((role) => [
              html`<a href="${desk.list}${role.id}/">${role.name}</a> ${role.isBuiltIn ? badge('Built in') : ''}`,
              role.description === ''
                ? html`<span class="quiet">not said</span>`
                : html`<bdi>${role.description}</bdi>`,
              role.permissions.length,
              ...(desk.may('add')
                ? [
                    html`<a class="button small second" href="${desk.list}new/?from=${role.id}" id="clone-${role.name}"
                      >Clone</a
                    >`,
                  ]
                : []),
            ]),
          })}`,
      }
    },
  }
}

function compareScreen(place: RolePlace, roles: Pick<Roles, 'list'>): Screen {
  return {
    path: `${place.path}compare/`,
    show: async (visit) => {
      const desk = await place.enter(visit)
      const all = await roles.list(desk.organisationId)
      const chosen = (name: string, otherwise: number): Role | undefined =>
        all.find(({ id }) => id === visit.query.get(name)) ?? all[otherwise]
      const [one, other] = [chosen('one', 0), chosen('other', 1)]
      const choices = all.map(({ id, name }) => ({ value: id, text: name }))
      return {
        title: 'Compare two roles',
        crumbs: desk.crumbs,
        content: html`${filterForm({
          path: visit.path,
          isFiltered: false,
          controls: [
            select({ id: 'one', name: 'one', label: 'Role', value: one?.id ?? '', choices }),
            select({ id: 'other', name: 'other', label: 'beside', value: other?.id ?? '', choices }),
          ],
        })}
        ${one === undefined || other === undefined ? '' : comparison(one, other, knownPermissions(desk, [one, other]))}`,
      }
    },
  }
}

function comparison(one: Role, other: Role, permissions: readonly string[]): Markup {
  const shown = permissions.filter((name) => one.permissions.includes(name) || other.permissions.includes(name))
  const differing = shown.filter((name) => one.permissions.includes(name) !== other.permissions.includes(name))
  const word = (role: Role, name: string): Markup =>
    role.permissions.includes(name) ? html`<span class="has">yes</span>` : html`<span class="quiet">no</span>`
  return html`<p id="differences">
      ${
        differing.length === 0
          ? 'Both allow the same.'
          : `They differ in ${differing.length} ${differing.length === 1 ? 'permission' : 'permissions'}.`
      }
    </p>
    ${table({
      id: 'comparison',
      caption: `What ${one.name} and ${other.name} allow`,
      columns: [{ heading: 'Permission' }, { heading: one.name }, { heading: other.name }, { heading: 'Difference' }],
      rows: shown.map((name) => [
        name,
        word(one, name),
        word(other, name),
        !differing.includes(name)
          ? ''
          : badge(`only ${one.permissions.includes(name) ? one.name : other.name}`, 'note'),
      ]),
      empty: 'Neither allows anything.',
    })}`
}
