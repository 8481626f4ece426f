import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import { emptyState } from '../../pages/facts.ts'
import { table } from '../../pages/table.ts'
import type { Screen } from '../../screens/screen.ts'
import type { ServiceAccounts } from '../../tokens/service-accounts.ts'
import { may } from '../authority.ts'
import { enterFor, organisationFrame, type Place } from './place.ts'
import { activity, wordsOrNone } from './service-account-parts.ts'

export interface ServiceAccountsScreenStores {
  readonly serviceAccounts: Pick<ServiceAccounts, 'list'>
}

/** The programs of an organisation. */
export function serviceAccountsScreen(place: Place, { serviceAccounts }: ServiceAccountsScreenStores): Screen {
  return {
    path: `${place.path}service-accounts/`,
    show: async (visit) => {
      const entered = await enterFor(place, visit, 'service_accounts.view')
      const { organisation, authority } = entered
      const all = await serviceAccounts.list({ organisationId: organisation.id })
      const mayAdd = may(authority, 'service_accounts.add')
      return {
        ...organisationFrame(entered),
        content: html`${
          all.length > 0 && mayAdd
            ? html`<div class="toolbar">
                <a class="button small" href="${visit.path}new/" id="new-account">New service account</a>
              </div>`
            : ''
        }
        ${table({
          id: 'service-accounts',
          caption: 'Service accounts',
          columns: [{ heading: 'Name' }, { heading: 'Scopes' }, { heading: 'Status' }, { heading: 'Made' }],
          rows: all.map((account) => [
            html`<a href="${visit.path}${account.id}/"><bdi>${account.name}</bdi></a>`,
            wordsOrNone(account.scopes),
            activity(account),
            moment(account.createdAt),
          ]),
          empty: emptyState({
            what: 'A service account is a program of the organisation. It has keys of its own, which go on when people leave.',
            ...(mayAdd ? { button: { href: `${visit.path}new/`, text: 'New service account' } } : {}),
          }),
        })}`,
      }
    },
  }
}
