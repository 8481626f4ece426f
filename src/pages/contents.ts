import { html } from 'hono/html'
import type { NavLink } from './console.ts'
import type { Markup } from './layout.ts'

/** What a long page has, as links to its headings. */
export function contents(links: readonly NavLink[]): Markup {
  return html`<nav class="contents" aria-label="On this page">
    ${links.map(({ href, text }) => html`<a href="${href}">${text}</a>`)}
  </nav>`
}
