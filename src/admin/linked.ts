import { html } from 'hono/html'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import type { Named } from './names.ts'

/** Somebody or something by its name, as a link to its page where it has one. */
export function linked(subject: string | null, names: ReadonlyMap<string, Named>, none = 'nobody'): Markup {
  if (subject === null) return html`<span class="quiet">${none}</span>`
  const { text, href } = names.get(subject) ?? { text: subject, href: null }
  const shown = shownName(text, subject)
  return href === null ? html`<bdi>${shown}</bdi>` : html`<a href="${href}"><bdi>${shown}</bdi></a>`
}
