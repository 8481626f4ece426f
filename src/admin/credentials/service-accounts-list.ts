import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import { select } from '../../pages/controls.ts'
import { badge, emptyState, momentOr } from '../../pages/facts.ts'
import { shownName } from '../../pages/shown-name.ts'
import { filterForm, pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import type { Screen } from '../../screens/screen.ts'
import { sought } from '../../screens/sought.ts'
import type { CountAccountKeys } from '../../tokens/service-account-keys.ts'
import type { ServiceAccountList } from '../../tokens/service-account-list.ts'
import { linked } from '../linked.ts'
import { answeringFor } from '../answering.ts'
import type { Names } from '../names.ts'

export interface ServiceAccountsListStores {
  readonly serviceAccountList: ServiceAccountList
  readonly countAccountKeys: CountAccountKeys
  readonly names: Names
}

/** Programs that act under their own name, and which of them nobody answers for. */
export function serviceAccountsList({
  serviceAccountList,
  countAccountKeys,
  names,
}: ServiceAccountsListStores): Screen {
  return {
    path: 'service-accounts/',
    menu: { text: 'Service accounts', group: 'Credentials' },
    show: async ({ path, query }) => {
      const state = sought(query, 'state')
      const filter = state === 'orphans' ? { isOrphan: true } : {}
      const { items, next } = await serviceAccountList(filter, askedPage(query, size))
      const named = await names(items.map((one) => answeringFor(one) ?? ''))
      const keys = await countAccountKeys(items.map(({ id }) => id))
      return {
        title: 'Service accounts',
        content: html`<div class="toolbar">
            <a class="button small" id="new-service-account" href="${path}new/">New service account</a>
          </div>
          ${filterForm({
            path,
            isFiltered: state !== '',
            controls: [select({ id: 'state', name: 'state', label: 'Show', value: state, choices: stateChoices })],
          })}
          ${table({
            id: 'service-accounts',
            caption: 'Service accounts',
            columns: [
              { heading: 'Name' },
              { heading: 'Owner' },
              { heading: 'Status' },
              { heading: 'Scopes' },
              { heading: 'Keys', isNumeric: true },
              { heading: 'Last used' },
              { heading: 'Made' },
            ],
            rows: items.map(({ id, name, isActive, scopes, createdAt, ...of }) => [
              html`<a href="${path}${id}/"><bdi>${shownName(name, id)}</bdi></a>`,
              answeringFor(of) === null ? badge('Nobody answers for it', 'bad') : linked(answeringFor(of), named),
              isActive ? badge('Active', 'good') : badge('Disabled', 'bad'),
              scopes.join(' '),
              keys.get(id)?.keys ?? 0,
              momentOr(keys.get(id)?.lastUsedAt ?? null),
              moment(createdAt),
            ]),
            empty:
              state === 'orphans'
                ? 'Somebody answers for every one of them.'
                : emptyState({
                    what: 'A service account is a program that acts under its own name: a job, a deployment, the system of a partner.',
                    button: { href: `${path}new/`, text: 'New service account' },
                  }),
          })}
          ${pager({ path, query, next, size })}`,
      }
    },
  }
}

const size = 50
const stateChoices = [
  { value: '', text: 'All' },
  { value: 'orphans', text: 'Those whose owner has left or is disabled' },
]
