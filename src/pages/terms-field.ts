import { html } from 'hono/html'
import type { Markup } from './layout.ts'

/** The terms as text, and the box by which somebody accepts them. `wrong` is what is wrong with it (nothing). */
export function termsField(terms: string, wrong?: string): Markup {
  return html`<div class="field">
    <div class="terms" id="terms-text" tabindex="0" role="region" aria-label="Terms">
      ${terms.split(/\n\s*\n/).map((paragraph) => html`<p>${paragraph}</p>`)}
    </div>
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
