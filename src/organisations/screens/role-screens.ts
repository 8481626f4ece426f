import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import { chosenIn, textControl } from '../../pages/controls.ts'
import { badge, facts, momentOr } from '../../pages/facts.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { permissionMatrix } from '../../pages/permission-matrix.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Posted, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { MemberActedBy } from '../authority-now.ts'
import type { RoleGrants } from '../role-grants.ts'
import type { Role, RoleValues } from '../role-values.ts'
import type { Roles } from '../roles.ts'
import { knownPermissions, type RoleDesk, type RolePlace } from './role-place.ts'

export interface RoleScreenStores {
  readonly roles: Roles
  readonly roleGrants: Pick<RoleGrants, 'holders'>
}

/** One role with its matrix, a new one or a clone, and deleting one. */
export function roleScreens(place: RolePlace, stores: RoleScreenStores): readonly Screen[] {
  return [newScreen(place, stores), oneScreen(place, stores), deleteScreen(place, stores)]
}

function newScreen(place: RolePlace, { roles }: RoleScreenStores): Screen {
  async function page(visit: Visit, desk: RoleDesk, typed: RoleValues, faults: Faults = {}): Promise<View> {
    return {
      title: 'New role',
      crumbs: desk.crumbs,
      problems: problemsOf(faults, { main: 'name', permissions: 'permissions' }),
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
          const typed = typedIn(visit, desk, await roles.list(desk.organisationId))
          desk.check('add', typed.permissions)
          try {
            const made = await roles.create({ ...typed, organisationId: desk.organisationId }, byIn(visit, desk))
            return leave(`${desk.list}${made.id}/`, 'The role is made. Now give it to somebody.')
          } catch (error) {
            return page(visit, desk, typed, faultsOf(error))
          }
        },
      },
    },
  }
}

function oneScreen(place: RolePlace, { roles, roleGrants }: RoleScreenStores): Screen {
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
        ${role.isBuiltIn ? '' : html`${await holdersTable(role)} ${(await place.below?.(role)) ?? ''}`}`,
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
      return page(visit, desk, await roleIn(visit, desk, roles))
    },
    actions: {
      change: {
        run: async (visit) => {
          const desk = await place.enter(visit)
          const role = await roleIn(visit, desk, roles)
          const typed = typedIn(visit, desk, await roles.list(desk.organisationId))
          desk.check('change', [...role.permissions, ...typed.permissions])
          try {
            await roles.update(role.id, typed, { by: byIn(visit, desk), organisationId: desk.organisationId })
          } catch (error) {
            return page(visit, desk, role, typed, faultsOf(error))
          }
          return leave(visit.path, 'The role is changed. It counts from the next request on.')
        },
      },
    },
  }
}

function deleteScreen(place: RolePlace, { roles, roleGrants }: RoleScreenStores): Screen {
  async function allowed(visit: Visit): Promise<{ readonly desk: RoleDesk; readonly role: Role }> {
    const desk = await place.enter(visit)
    const role = await roleIn(visit, desk, roles)
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
          await roles.delete(role.id, { by: byIn(visit, desk), organisationId: desk.organisationId })
          return leave(desk.list, `The role ${role.name} is deleted.`)
        },
      },
    },
  }
}

function byIn({ by }: Visit, { allowedBy }: RoleDesk): MemberActedBy {
  return { ...by, allowedBy }
}

/** A role of this place, or one that is built in. */
async function roleIn({ params }: Visit, desk: RoleDesk, roles: Pick<Roles, 'find'>): Promise<Role> {
  const role = await roles.find(params['role'] ?? '')
  if (role === null || (!role.isBuiltIn && role.organisationId !== desk.organisationId)) {
    throw new RequestRefused('not_found', 'There is no such role. It may have been deleted.')
  }
  return role
}

function countsWhere(role: Role, { organisationId }: RoleDesk): string {
  if (role.isBuiltIn) return 'in the organisation where somebody is this'
  return organisationId === null ? 'everywhere, or in the organisation that it is given for' : 'in this organisation'
}

function roleControls(desk: RoleDesk, typed: RoleValues, roles: readonly Role[], faults: Faults): Markup {
  const known = knownPermissions(desk, roles)
  const others = typed.permissions.filter((one) => !known.includes(one))
  return html`${textControl({
    id: 'name',
    name: 'name',
    label: 'Name',
    required: true,
    maxLength: 50,
    value: typed.name,
    wrong: faults['name'] ?? faults['main'],
    hint: 'One word, as rules have it: editor.',
  })}
  ${textControl({
    id: 'description',
    name: 'description',
    label: 'What it is for',
    maxLength: 200,
    value: typed.description,
    wrong: faults['description'],
  })}
  ${
    known.length === 0
      ? ''
      : permissionMatrix({
          id: 'matrix',
          caption: 'What it allows',
          permissions: known,
          held: new Set(typed.permissions),
          name: 'permission',
        })
  }
  ${
    desk.allowed === null
      ? textControl({
          id: 'permissions',
          name: 'permissions',
          label: 'Further permissions',
          isLong: true,
          value: others.join(' '),
          wrong: faults['permissions'],
          hint: 'Words such as notes.change, with spaces or line breaks between.',
        })
      : faults['permissions'] === undefined
        ? ''
        : html`<p class="wrong" id="permissions">${faults['permissions']}</p>`
  }`
}

function typedIn({ fields, text }: Posted, desk: RoleDesk, roles: readonly Role[]): RoleValues {
  const further = desk.allowed === null ? text('permissions').split(/\s+/) : []
  return {
    name: text('name'),
    description: text('description'),
    permissions: [...chosenIn(fields, 'permission', knownPermissions(desk, roles)), ...further].filter(
      (word) => word !== '',
    ),
  }
}
