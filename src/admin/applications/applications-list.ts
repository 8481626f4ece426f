import { html } from 'hono/html'
import type { ClientRecord } from '../../oauth/client-record.ts'
import type { AppReviews } from '../../oauth/app-reviews.ts'
import type { Clients } from '../../oauth/clients.ts'
import { select, textControl } from '../../pages/controls.ts'
import { badge, momentOr } from '../../pages/facts.ts'
import { moment } from '../../pages/components.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { filterForm, pager, table } from '../../pages/table.ts'
import type { Users } from '../../accounts/users.ts'
import { askedPage } from '../../screens/asked-page.ts'
import type { Screen } from '../../screens/screen.ts'
import { sought } from '../../screens/sought.ts'
import { answeringFor } from '../answering.ts'
import { applicationCards } from './application-cards.ts'
import { applicationPath } from './application-frame.ts'
import { shortGrants, typeText } from './application-types.ts'
import { linked } from '../linked.ts'
import type { Names } from '../names.ts'
import { type UserSought, userSought } from '../user-sought.ts'

export interface ApplicationsListStores {
  readonly clients: Pick<Clients, 'list' | 'find'>
  readonly users: Pick<Users, 'findByLogin'>
  readonly names: Names
  readonly reviews: Pick<AppReviews, 'waiting'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** All clients, newest first. Where there is none yet, the kinds to choose from. */
export function applicationsList({ clients, users, names, reviews, clock }: ApplicationsListStores): Screen {
  /** One client is found by its id, whatever else is looked for. */
  async function found(query: URLSearchParams, { id: owner }: UserSought): Promise<Found> {
    const id = sought(query, 'client_id')
    const ending = query.get('credentials') === 'ending' ? { endsAfter: clock(), endsBefore: clock() + soon } : {}
    if (id === '' && query.get('review') === 'waiting') return { clients: await reviews.waiting(), next: null }
    if (id === '')
      return clients.list({ ...askedPage(query, size), ...ending, ...(owner === undefined ? {} : { owner }) })
    const client = await clients.find(id)
    return { clients: client === null ? [] : [client], next: null }
  }

  return {
    path: 'applications/',
    menu: { text: 'Applications', group: 'Applications' },
    show: async ({ path, query }) => {
      const id = sought(query, 'client_id')
      const owner = await userSought(query, 'owner', users)
      const page = await found(query, owner)
      const state = query.get('review') ?? ''
      const credentials = query.get('credentials') ?? ''
      const isFiltered = owner.typed !== '' || id !== '' || state !== '' || credentials !== ''
      if (page.clients.length === 0 && !isFiltered && !query.has('after')) return empty
      const named = await names(page.clients.map((one) => answeringFor(one) ?? ''))
      return {
        title: 'Applications',
        content: html`<div class="toolbar">
            <a class="button small" href="${path}new/" id="new-application">New application</a>
          </div>
          ${filterForm({
            path,
            isFiltered,
            controls: [
              textControl({
                id: 'owner',
                name: 'owner',
                label: 'Owner: username or e-mail',
                value: owner.typed,
                maxLength: 254,
              }),
              select({
                id: 'review',
                name: 'review',
                label: 'Review',
                value: state,
                choices: [
                  { value: '', text: 'All' },
                  { value: 'waiting', text: 'Waiting for one' },
                ],
              }),
              select({
                id: 'credentials',
                name: 'credentials',
                label: 'Ends',
                value: credentials,
                choices: [
                  { value: '', text: 'All' },
                  { value: 'ending', text: 'Within 14 days' },
                ],
              }),
              textControl({ id: 'client_id', name: 'client_id', label: 'Client id', value: id, maxLength: 2048 }),
            ],
          })}
          ${table({
            id: 'applications',
            caption: 'Applications',
            columns: [
              { heading: 'Name' },
              { heading: 'Type' },
              { heading: 'Grants' },
              { heading: 'Owner' },
              { heading: 'Status' },
              { heading: 'Secret last used' },
              { heading: 'Ends' },
            ],
            rows: page.clients.map((client) => [
              html`<a href="${applicationPath(client.id)}"><bdi>${shownName(client.name, client.id)}</bdi></a>`,
              typeText(client),
              shortGrants(client.grantTypes),
              linked(answeringFor(client), named),
              applicationState(client),
              client.hasSecret ? momentOr(client.secretLastUsedAt) : html`<span class="quiet">has none</span>`,
              endOf(client, clock()),
            ]),
            empty: 'No application matches.',
          })}
          ${pager({ path, query, next: page.next, size })}`,
      }
    },
  }
}

interface Found {
  readonly clients: readonly ClientRecord[]
  readonly next: string | null
}

/** How a client stands, in words. */
export function applicationState({ isActive, rotation, source }: ClientRecord): Markup {
  return html`${isActive ? badge('Active', 'good') : badge('Disabled', 'bad')}
  ${rotation === null ? '' : badge('New secret', 'note')} ${source === 'manual' ? '' : badge(sources[source], 'note')}`
}

const sources = {
  portal: 'Registered in the portal, not reviewed',
  dynamic: 'Registered itself',
  document: 'By its document',
} as const

const size = 50
/** Milliseconds. */
const soon = 14 * 86_400_000

/** When the first of what it shows itself by ends. The old secret of a rotation that is over is nobody's trouble any more. */
function endOf({ credentialsEndAt: end, rotation }: ClientRecord, now: number): Markup {
  if (end === null || (end <= now && end === rotation?.endsAt)) return momentOr(null)
  if (end <= now) return html`${badge('Ended', 'bad')} ${moment(end)}`
  return html`${end <= now + soon ? badge('Soon', 'note') : ''} ${moment(end)}`
}

const empty = {
  title: 'Applications',
  content: html`<p>
      An application asks this server for tokens, for itself or for the people who use it. Which kind is yours?
    </p>
    ${applicationCards()}`,
}
