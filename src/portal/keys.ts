import { html } from 'hono/html'
import { moment } from '../pages/components.ts'
import type { NavLink } from '../pages/console.ts'
import { select } from '../pages/controls.ts'
import { emptyState, badge, momentOr } from '../pages/facts.ts'
import { lastUse } from '../pages/last-use.ts'
import type { Markup } from '../pages/layout.ts'
import { filterForm, pager, table } from '../pages/table.ts'
import { askedPage } from '../screens/asked-page.ts'
import { keyFilterOf, keyStateChoices } from '../screens/key-filter.ts'
import type { Screen } from '../screens/screen.ts'
import { sought } from '../screens/sought.ts'
import type { ApiKeyList } from '../tokens/api-key-list.ts'
import type { ApiKeyRecord } from '../tokens/api-keys.ts'
import { ownerOf } from './own-keys.ts'
import type { OrganisationLink, ServiceAccountListOptions } from './service-account-list.ts'

/** One's own API keys, page by page. */
export function keys({
  keyList,
  organisationsOf,
  clock,
}: {
  readonly keyList: Pick<ApiKeyList, 'page'>
  /** The organisations whose keys they may look at: those of its service accounts. */
  readonly organisationsOf: ServiceAccountListOptions['organisationsOf']
  readonly clock: () => number
}): Screen {
  return {
    path: 'keys/',
    menu: { text: 'My API keys' },
    show: async (visit) => {
      const { path, query } = visit
      const state = sought(query, 'state')
      const filter = { ...keyFilterOf(state, clock()), owner: ownerOf(visit) }
      const [{ items, next }, organisations] = await Promise.all([
        keyList.page(filter, askedPage(query, size)),
        organisationsOf(visit),
      ])
      const isEmpty = items.length === 0 && state === '' && !query.has('after')
      return {
        title: 'My API keys',
        tabs: whoseTabs(organisations),
        content: html`${
          isEmpty
            ? ''
            : html`<div class="toolbar">
                  <p class="quiet">They act in your name, within what each may do.</p>
                  <a class="button small" href="${path}new/" id="new-key">New key</a>
                </div>
                ${filterForm({
                  path,
                  isFiltered: state !== '',
                  controls: [
                    select({
                      id: 'state',
                      name: 'state',
                      label: 'Status',
                      value: state,
                      choices: keyStateChoices('Off'),
                    }),
                  ],
                })}`
        }
        ${keyTable(
          items,
          clock(),
          isEmpty
            ? emptyState({
                what: 'Keys are for scripts. For software that other people use, register an app.',
                button: { href: `${path}new/`, text: 'New key' },
              })
            : html`<p>No key matches.</p>`,
        )}
        ${pager({ path, query, next, size })}`,
      }
    },
  }
}

const size = 50

/** From the keys of a person to those of an organisation, which are with its service accounts. */
function whoseTabs(organisations: readonly OrganisationLink[]): readonly NavLink[] {
  if (organisations.length === 0) return []
  return [{ href: '/portal/keys/', text: 'You' }, ...organisations.map(({ name, href }) => ({ href, text: name }))]
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
      { heading: 'Permissions', isNumeric: true },
      { heading: 'Status' },
      { heading: 'Created' },
      { heading: 'Last used' },
      { heading: 'Expires' },
      { heading: 'Limit' },
    ],
    rows: all.map((key) => [
      html`<a href="/portal/keys/${key.id}/"><bdi>${key.name}</bdi></a
        >${key.purpose === '' ? '' : html`<br /><span class="quiet"><bdi>${key.purpose}</bdi></span>`}`,
      html`<code>${key.masked}</code>`,
      key.scopes.length,
      keyState(key, now),
      moment(key.createdAt),
      lastUse(key),
      momentOr(key.expiresAt),
      key.rate ?? html`<span class="quiet">the API’s</span>`,
    ]),
  })
}

/** How a key stands, in a word. */
export function keyState(key: ApiKeyRecord, now: number): Markup {
  if (key.revokedAt !== null) return badge('revoked', 'bad')
  if (key.expiresAt !== null && key.expiresAt <= now) return badge('expired', 'bad')
  if (key.disabledAt !== null) return badge('off', 'note')
  if (key.rotation !== null) return badge('being rotated', 'note')
  if (key.expiresAt !== null && key.expiresAt - now < twoWeeks) return badge('expires soon', 'note')
  return badge(key.mode === 'test' ? 'test' : 'in use', 'good')
}

const twoWeeks = 14 * 86_400_000
