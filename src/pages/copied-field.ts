import { html } from 'hono/html'
import type { Markup } from './layout.ts'

export interface CopiedFieldOptions {
  /** A button with `data-copies` of this id copies it; what it is for stands in the element `ID-note`. */
  readonly id: string
  readonly label: string
  readonly value: string
  /** Whether the page begins there (false). */
  readonly isFirst?: boolean
}

/** A secret or a link, to be copied from a field that nothing is typed into. */
export function copiedField({ id, label, value, isFirst = false }: CopiedFieldOptions): Markup {
  return html`<div class="field">
    <label for="${id}">${label}</label>
    <input
      id="${id}"
      class="secret"
      type="text"
      value="${value}"
      readonly
      ${isFirst ? html`autofocus` : ''}
      autocomplete="off"
      spellcheck="false"
      aria-describedby="${id}-note"
    />
  </div>`
}
