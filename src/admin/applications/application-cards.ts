import { html } from 'hono/html'
import type { Markup } from '../../pages/layout.ts'
import { applicationTypes } from './application-types.ts'

/** The kinds of application to choose from, each a link to the next step. `answers` go along. */
export function applicationCards(answers: URLSearchParams = new URLSearchParams()): Markup {
  return html`<div class="cards" id="types">
    ${applicationTypes.map(({ value, text, what }) => {
      const query = new URLSearchParams(answers)
      query.set('type', value)
      query.set('step', '2')
      // What follows from the type is worked out anew.
      for (const name of Array.from(query.keys())) if (/^(?:client_type$|grant_)/.test(name)) query.delete(name)
      return html`<section class="panel" aria-labelledby="type-${value}-heading">
        <h2 id="type-${value}-heading">${text}</h2>
        <p>${what}</p>
        <a
          class="button small"
          id="type-${value}"
          href="/admin/applications/new/?${query}"
          aria-describedby="type-${value}-heading"
          >Choose</a
        >
      </section>`
    })}
  </div>`
}
