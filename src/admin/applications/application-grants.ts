import { html } from 'hono/html'
import type { Clients } from '../../oauth/clients.ts'
import type { GrantList } from '../../oauth/grant-list.ts'
import { pager } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import type { Screen } from '../../screens/screen.ts'
import { applicationFrame, applicationOf } from './application-frame.ts'
import { grantTable } from '../credentials/grant-table.ts'

export interface ApplicationGrantsStores {
  readonly clients: Pick<Clients, 'find'>
  readonly grantList: Pick<GrantList, 'page'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** What people have allowed a client. */
export function applicationGrants({ clients, grantList, clock }: ApplicationGrantsStores): Screen {
  return {
    path: 'applications/:id/grants/',
    show: async (visit) => {
      const client = await applicationOf(visit, clients)
      const isAll = visit.query.get('state') === 'all'
      const page = askedPage(visit.query, size)
      const { items, next } = await grantList.page({ clientId: client.id, ...(isAll ? {} : { isAlive: true }) }, page)
      return {
        ...applicationFrame(client),
        content: html`<p>
            ${
              isAll
                ? html`All grants. <a id="other-state" href="${visit.path}">Only those that go on</a>`
                : html`Grants that go on. <a id="other-state" href="${visit.path}?state=all">All of them</a>`
            }
          </p>
          ${grantTable(items, clock(), { empty: 'Nobody has allowed it anything.', isOfClient: true })}
          ${pager({ path: visit.path, query: visit.query, next, size })}`,
      }
    },
  }
}

const size = 50
