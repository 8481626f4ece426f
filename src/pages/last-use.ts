import { html } from 'hono/html'
import { moment } from './components.ts'
import { deviceName } from './device-name.ts'
import type { Markup } from './layout.ts'

/** The last use of something, as it is stored: times are milliseconds since 1970. */
interface LastUse {
  readonly lastUsedAt: number | null
  readonly lastUsedAddress: string | null
  readonly lastUsedUserAgent: string | null
}

/** When it was last used, from where, and by what, as that called itself. */
export function lastUse({ lastUsedAt, lastUsedAddress, lastUsedUserAgent }: LastUse): Markup {
  if (lastUsedAt === null) return html`<span class="quiet">never</span>`
  const by = lastUsedUserAgent === null ? '' : html` by <bdi>${deviceName(lastUsedUserAgent)}</bdi>`
  const from = lastUsedAddress === null ? '' : html` from ${lastUsedAddress}`
  return html`${moment(lastUsedAt)} <span class="quiet">${from}${by}</span>`
}
