import { html } from 'hono/html'
import type { Markup } from './layout.ts'

/** Tells somebody who is held up by a step how many come after it. Nothing where it is the last. */
export function moreSteps(count: number): Markup | '' {
  if (count === 0) return ''
  return html`<p class="quiet" id="more-steps">
    ${count === 1 ? 'One more step comes after this one.' : `${count} more steps come after this one.`}
  </p>`
}
