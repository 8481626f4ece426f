import { html } from 'hono/html'
import type { Group } from '../../accounts/groups.ts'
import { textControl } from '../../pages/controls.ts'
import type { Markup } from '../../pages/layout.ts'
import type { Faults } from '../../screens/faults.ts'
import { permissionControls, permissionsIn } from '../../screens/permission-choice.ts'
import type { Posted } from '../../screens/screen.ts'

/** What is typed and chosen for a group. */
export interface GroupForm {
  readonly name: string
  readonly permissions: readonly string[]
}

/** The controls for it; `groups` are those that are there already, whose permissions are there to choose from. */
export function groupControls(typed: GroupForm, groups: readonly Group[], faults: Faults): Markup {
  return html`${textControl({
    id: 'name',
    name: 'name',
    label: 'Name',
    required: true,
    maxLength: 254,
    value: typed.name,
    wrong: faults['name'] ?? faults['main'],
  })}
  ${permissionControls({ known: known(groups) }, { held: typed.permissions, wrong: faults['permissions'] })}`
}

/** Reads the form as it was sent. */
export function groupFormIn(visit: Posted, groups: readonly Group[]): GroupForm {
  return { name: visit.text('name'), permissions: permissionsIn(visit, { known: known(groups) }) }
}

function known(groups: readonly Group[]): readonly string[] {
  return [...new Set(groups.flatMap(({ permissions }) => permissions))].toSorted()
}
