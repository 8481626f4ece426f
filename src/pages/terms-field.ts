import { html } from 'hono/html'
import type { Markup } from './layout.ts'

/** Terms, as people read them: as text (empty lines part paragraphs), on a page of their own, or both. */
export interface ShownTerms {
  readonly text: string | null
  readonly url: string | null
}

/** The terms, and the box by which somebody accepts them. `wrong` is what is wrong with it (nothing). */
export function termsField({ text, url }: ShownTerms, wrong?: string): Markup {
  return html`<div class="field">
    ${
      text === null
        ? ''
        : html`<div class="terms" id="terms-text" tabindex="0" role="region" aria-label="Terms">
            ${text.split(/\n\s*\n/).map((paragraph) => html`<p>${paragraph}</p>`)}
          </div>`
    }
    ${
      url === null
        ? ''
        : html`<p>
            <a href="${url}" id="terms-link" target="_blank" rel="noopener">Read the terms</a> (in a new window)
          </p>`
    }
    ${wrong === undefined ? '' : html`<p class="wrong" id="id_terms_error">${wrong}</p>`}
    <label class="check" for="id_terms"
      ><input
        id="id_terms"
        name="terms"
        type="checkbox"
        value="on"
        required${wrong === undefined ? '' : html` aria-invalid="true" aria-describedby="id_terms_error"`}
      />I accept these terms</label
    >
  </div>`
}
