import { html } from 'hono/html'
import { emptyState, badge, momentOr } from '../pages/facts.ts'
import type { Markup } from '../pages/layout.ts'
import { table } from '../pages/table.ts'
import type { Screen } from '../screens/screen.ts'
import type { ApiKeyRecord, ApiKeys } from '../tokens/api-keys.ts'
import { ownerOf } from './own-keys.ts'

/** One's own API keys. */
export function keys({
  apiKeys,
  clock,
}: {
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly clock: () => number
}): Screen {
  return {
    path: 'keys/',
    menu: { text: 'My API keys' },
    show: async (visit) => {
      const all = await apiKeys.list(ownerOf(visit))
      return {
        title: 'My API keys',
        content: html`${
          all.length === 0
            ? ''
            : html`<div class="toolbar">
                <p class="quiet">They act in your name, within what each may do.</p>
                <a class="button small" href="${visit.path}new/" id="new-key">New key</a>
              </div>`
        }
        ${keyTable(
          all,
          clock(),
          html`${emptyState({
            what: 'Keys are for scripts. For software that other people use, register an app.',
            button: { href: `${visit.path}new/`, text: 'New key' },
          })}`,
        )}`,
      }
    },
  }
}

/** Keys as a list: never more of one than how it begins. */
export function keyTable(all: readonly ApiKeyRecord[], now: number, empty: Markup): Markup {
  return table({
    id: 'keys',
    caption: 'API keys',
    empty,
    columns: [
      { heading: 'Name' },
      { heading: 'Key' },
      { heading: 'May' },
      { heading: 'State' },
      { heading: 'Last used' },
      { heading: 'Expires' },
    ],
    rows: all.map((key) => [
      html`<a href="/portal/keys/${key.id}/"><bdi>${key.name}</bdi></a>`,
      html`<code>${key.masked}</code>`,
      key.scopes.length === 0 ? html`<span class="quiet">nothing that needs a scope</span>` : key.scopes.join(', '),
      keyState(key, now),
      html`${momentOr(key.lastUsedAt)}${key.lastUsedAddress === null ? '' : html` <span class="quiet">${key.lastUsedAddress}</span>`}`,
      momentOr(key.expiresAt),
    ]),
  })
}

/** How a key stands, in a word. */
export function keyState(key: ApiKeyRecord, now: number): Markup {
  if (key.revokedAt !== null) return badge('revoked', 'bad')
  if (key.expiresAt !== null && key.expiresAt <= now) return badge('expired', 'bad')
  if (key.disabledAt !== null) return badge('off', 'note')
  if (key.rotation !== null) return badge('being rolled', 'note')
  if (key.expiresAt !== null && key.expiresAt - now < twoWeeks) return badge('expires soon', 'note')
  return badge(key.mode === 'test' ? 'test' : 'in use', 'good')
}

const twoWeeks = 14 * 86_400_000
