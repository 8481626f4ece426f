import { html } from 'hono/html'
import { textControl } from '../../pages/controls.ts'
import type { Markup } from '../../pages/layout.ts'
import type { Faults } from '../../screens/faults.ts'
import { type PermissionChoice, permissionControls, permissionsIn } from '../../screens/permission-choice.ts'
import type { Posted } from '../../screens/screen.ts'
import type { Role, RoleValues } from '../role-values.ts'
import { knownPermissions, type RoleDesk } from './role-place.ts'

/** The controls for what a role is called and allows; `roles` are those that are there already. */
export function roleControls(desk: RoleDesk, typed: RoleValues, roles: readonly Role[], faults: Faults): Markup {
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
  ${permissionControls(choiceOf(desk, roles), { held: typed.permissions, wrong: faults['permissions'] })}`
}

/** What was typed and chosen there. */
export function roleValuesTyped(visit: Posted, desk: RoleDesk, roles: readonly Role[]): RoleValues {
  return {
    name: visit.text('name'),
    description: visit.text('description'),
    permissions: permissionsIn(visit, choiceOf(desk, roles)),
  }
}

function choiceOf(desk: RoleDesk, roles: readonly Role[]): PermissionChoice {
  return { known: knownPermissions(desk, roles), isOpen: desk.allowed === null }
}
