import { html } from 'hono/html'
import type { Markup } from './layout.ts'

/** A field by which a long part of a form is searched, where scripts run; without them nothing is left out, and there is none. It is not sent. */
export function narrowing({
  id,
  label,
  place,
}: {
  readonly id: string
  readonly label: string
  /** The id of that part. */
  readonly place: string
}): Markup {
  return html`<div class="field" hidden>
    <label for="${id}">${label}</label>
    <input
      id="${id}"
      type="search"
      autocomplete="off"
      autocapitalize="none"
      spellcheck="false"
      aria-describedby="${id}-found"
      data-narrows="${place}"
    />
    <p class="hint" id="${id}-found" role="status"></p>
  </div>`
}
