import { html } from 'hono/html'
import type { Markup } from '../pages/layout.ts'
import { shownName } from '../pages/shown-name.ts'

/** One of many that something is not done to, and why. */
export interface LeftOut {
  readonly id: string
  /** `null` where there is nothing of this id. */
  readonly name: string | null
  /** A sentence. */
  readonly why: string
}

/** All who are left out, for the page that asks before something is done to many. */
export function leftOut(left: readonly LeftOut[]): Markup | '' {
  if (left.length === 0) return ''
  return html`<section class="section" aria-labelledby="left-heading">
    <h2 id="left-heading">Left out</h2>
    <ul class="points" id="left-out">
      ${left.map(({ id, name, why }) => html`<li><bdi>${shownName(name ?? id, id)}</bdi>: ${why}</li>`)}
    </ul>
  </section>`
}

/** The same behind a message, with the first of them by name: a message is short. */
export function leftOutText(left: readonly LeftOut[]): string {
  if (left.length === 0) return ''
  const named = left
    .slice(0, atMost)
    .map(({ id, name, why }) => `${shownName(name ?? id, id)} (${why.replace(/\.$/, '')})`)
  return ` Left out: ${named.join(', ')}${left.length > atMost ? `, and ${left.length - atMost} more` : ''}.`
}

const atMost = 3
