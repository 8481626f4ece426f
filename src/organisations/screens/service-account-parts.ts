import { html } from 'hono/html'
import { badge } from '../../pages/facts.ts'
import type { Markup } from '../../pages/layout.ts'
import type { ServiceAccountRecord } from '../../tokens/service-accounts.ts'

/** Whether a service account is on. */
export function activity({ isActive }: ServiceAccountRecord): Markup {
  return isActive ? badge('On', 'good') : badge('Off', 'bad')
}

/** Scopes or permissions in a cell. */
export function wordsOrNone(words: readonly string[]): Markup | string {
  return words.length === 0 ? html`<span class="quiet">none</span>` : words.join(', ')
}
