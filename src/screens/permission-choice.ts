import { html } from 'hono/html'
import { chosenIn, textControl } from '../pages/controls.ts'
import type { Markup } from '../pages/layout.ts'
import { permissionMatrix } from '../pages/permission-matrix.ts'
import type { Posted } from './screen.ts'
import { wordsIn } from './words-in.ts'

export interface PermissionChoice {
  /** What there is to choose from. */
  readonly known: readonly string[]
  /** Whether any other can be written beside (true). */
  readonly isOpen?: boolean
}

/** The controls for what a group or role allows. */
export function permissionControls(
  { known, isOpen = true }: PermissionChoice,
  { held, wrong }: { readonly held: readonly string[]; readonly wrong: string | undefined },
): Markup {
  return html`${
    known.length === 0
      ? ''
      : permissionMatrix({
          id: 'matrix',
          caption: 'What it allows',
          permissions: known,
          held: new Set(held),
          name: 'permission',
        })
  }
  ${
    isOpen
      ? textControl({
          id: 'permissions',
          name: 'permissions',
          label: known.length === 0 ? 'Permissions' : 'Further permissions',
          isLong: true,
          value: held.filter((one) => !known.includes(one)).join(' '),
          wrong,
          hint: 'Words such as notes.change, with spaces or line breaks between.',
        })
      : wrong === undefined
        ? ''
        : html`<p class="wrong" id="permissions">${wrong}</p>`
  }`
}

/** What was chosen and written. */
export function permissionsIn({ fields, text }: Posted, { known, isOpen = true }: PermissionChoice): readonly string[] {
  return [...chosenIn(fields, 'permission', known), ...(isOpen ? wordsIn(text('permissions')) : [])]
}
