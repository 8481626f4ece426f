import { html } from 'hono/html'
import type { Markup } from '../pages/layout.ts'

/** A code that an answer can carry. */
export interface ExplainedError {
  readonly code: string
  readonly status: number
  /** When it is answered, and what to do. What stands between backticks is code. */
  readonly help: string
}

/** Codes that belong together. */
export interface ErrorGroup {
  readonly heading: string
  /** What comes before a code in the address of its place (nothing). */
  readonly prefix?: string
  readonly errors: readonly ExplainedError[]
}

/** Where a code is explained on the page. */
export function anchorOfError(code: string, prefix = ''): string {
  return `error-${prefix}${code}`
}

/** Every code that an answer of this server can carry: when, and what to do. Error pages lead here by their code. */
export function errorsPage(groups: readonly ErrorGroup[]): Markup {
  return html`<p>
      At the API an error is JSON: <code>{ "detail": "…", "code": "…" }</code>, and at OAuth endpoints
      <code>{ "error": "…", "error_description": "…" }</code>. Codes are stable; texts are for people and may change.
    </p>
    ${groups.map(
      ({ heading, prefix = '', errors }, index) =>
        html`<section class="section" aria-labelledby="errors-${index}">
          <h2 id="errors-${index}">${heading}</h2>
          <dl class="facts">
            ${errors.map(
              ({ code, status, help }) =>
                html`<div id="${anchorOfError(code, prefix)}">
                  <dt><code>${code}</code> ${status}</dt>
                  <dd>${withCode(help)}</dd>
                </div>`,
            )}
          </dl>
        </section>`,
    )}`
}

function withCode(text: string): readonly (Markup | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))
}
