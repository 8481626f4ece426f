import { html } from 'hono/html'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'
import type { Named } from './names.ts'

/** Somebody or something by its name, as a link to its page where it has one. */
export function linked(subject: string | null, names: ReadonlyMap<string, Named>, none = 'nobody'): Markup {
  if (subject === null) return html`<span class="quiet">${none}</span>`
  const { text, href } = names.get(subject) ?? { text: subject, href: null }
  const shown = shownName(text, subject)
  // What has no name here is long and says little: its event has all of it.
  if (href === null) return html`<bdi>${shown.length > 26 ? `${shown.slice(0, 25)}…` : shown}</bdi>`
  return html`<a href="${href}"><bdi>${shown}</bdi></a>`
}
