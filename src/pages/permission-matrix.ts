import { html } from 'hono/html'
import type { Markup } from './layout.ts'

export interface PermissionMatrixOptions {
  readonly id: string
  readonly caption: string
  /** All that there are, such as `notes.change`: a row for each word before the last dot, a column for each after it. */
  readonly permissions: readonly string[]
  readonly held: ReadonlySet<string>
  /** The name of the boxes: `name_notes.change`, see `chosenIn`. Without, the matrix is for reading. */
  readonly name?: string
  /** Those that cannot be chosen here (none). */
  readonly fixed?: ReadonlySet<string>
}

/** Permissions as a table, resource by action: to read, or with a box for each. */
export function permissionMatrix(options: PermissionMatrixOptions): Markup {
  const { id, caption, permissions } = options
  const { resources, actions } = gridOf(permissions)
  return html`<div class="scroll" role="region" aria-labelledby="${id}_caption" tabindex="0">
    <table id="${id}" class="matrix" role="table">
      <caption id="${id}_caption">
        ${caption}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">Resource</th>
          ${actions.map((action) => html`<th scope="col" role="columnheader">${action}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${resources.map(
          (resource) =>
            html`<tr role="row">
              <th scope="row" role="rowheader">
                ${resource === '' ? html`<span class="quiet">none</span>` : resource}
              </th>
              ${actions.map((action) => html`<td role="cell">${cell(options, resource, action)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

function cell(options: PermissionMatrixOptions, resource: string, action: string): Markup | '' {
  const { permissions, held, name, fixed, id } = options
  const permission = resource === '' ? action : `${resource}.${action}`
  if (!permissions.includes(permission)) return ''
  if (name === undefined) {
    const seen = html`<span class="unseen action">${action}: </span>`
    return held.has(permission) ? html`${seen}<span class="has">yes</span>` : html`${seen}<span class="quiet">no</span>`
  }
  const own = `${id}_${permission.replaceAll(/[^\w-]/g, '-')}`
  return html`<label class="check" for="${own}"
    ><input
      id="${own}"
      name="${name}_${permission}"
      type="checkbox"
      value="on"
      autocomplete="off"
      ${held.has(permission) ? html` checked` : ''}${fixed?.has(permission) === true ? html` disabled` : ''}
    /><span class="unseen">${resource === '' ? '' : `${resource}.`}</span
    ><span class="unseen action">${action}</span></label
  >`
}

/** Rows by name; columns in the order in which people think of them. */
function gridOf(permissions: readonly string[]): {
  readonly resources: readonly string[]
  readonly actions: readonly string[]
} {
  const parts = permissions.map((permission) => {
    const dot = permission.lastIndexOf('.')
    return dot === -1 ? (['', permission] as const) : ([permission.slice(0, dot), permission.slice(dot + 1)] as const)
  })
  const place = (action: string): number => {
    const known = usual.indexOf(action)
    return known === -1 ? usual.length : known
  }
  return {
    resources: [...new Set(parts.map(([resource]) => resource))].toSorted(),
    actions: [...new Set(parts.map(([, action]) => action))].toSorted(
      (one, other) => place(one) - place(other) || (one < other ? -1 : 1),
    ),
  }
}

const usual = ['view', 'add', 'change', 'delete']
