import { html } from 'hono/html'
import { hiddenField } from '../pages/components.ts'
import type { Markup } from '../pages/layout.ts'
import type { Visit } from '../screens/screen.ts'

/** A box at the head of a row, for what is done to many at once. Its name says which row: fields come once each. */
export function rowBox(id: string, label: string): Markup {
  return html`<input
    type="checkbox"
    id="row_${id}"
    name="row_${id}"
    value="on"
    autocomplete="off"
    aria-label="Choose ${label}"
  />`
}

/** The rows that were chosen. */
export function chosenRows(fields: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(fields)
    .filter((name) => name.startsWith('row_'))
    .map((name) => name.slice('row_'.length))
}

/** The same rows once more, for the page that asks before it is done. */
export function chosenFields(ids: readonly string[]): Markup {
  return html`${ids.map((id) => hiddenField(`row_${id}`, 'on'))}`
}

/** A list whose rows can be chosen, with the buttons for what is done to them. */
export function rowsForm({
  to,
  proof,
  list,
  action,
  button,
  choices,
}: {
  readonly to: string
  readonly proof: Markup
  readonly list: Markup
  readonly action: string
  readonly button: string
  /** What can be chosen beside the button, which then only leads on (nothing: the button says what is done). */
  readonly choices?: Markup
}): Markup {
  const kind = choices === undefined ? 'danger' : 'second'
  return html`<form method="post" action="${to}" id="rows">
    ${proof} ${hiddenField('action', action)} ${list}
    <div class="filters">
      ${choices ?? ''}
      <div class="filter-buttons">
        <button class="button small ${kind}" type="submit" id="${action}">${button}</button>
      </div>
    </div>
  </form>`
}

/** The list as it was filtered when its rows were chosen. */
export function backTo({ path, query }: Pick<Visit, 'path' | 'query'>): string {
  return query.size === 0 ? path : `${path}?${query}`
}
