import { html } from 'hono/html'
import type { Clients } from '../../oauth/clients.ts'
import { pager } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import type { Screen } from '../../screens/screen.ts'
import { applicationFrame, applicationOf } from './application-frame.ts'
import { auditTable } from '../audit/audit-table.ts'
import type { Historian } from '../history-of.ts'

/** What was done to a client. */
export function applicationHistory({
  clients,
  log,
  names,
}: Historian & { readonly clients: Pick<Clients, 'find'> }): Screen {
  return {
    path: 'applications/:id/history/',
    show: async (visit) => {
      const client = await applicationOf(visit, clients)
      const page = askedPage(visit.query, size)
      const { entries, next } = await log.list({ subject: `client:${client.id}` }, page)
      return {
        ...applicationFrame(client),
        content: html`${await auditTable(entries, names, 'Nothing has been recorded.')}
        ${pager({ path: visit.path, query: visit.query, next, size })}`,
      }
    },
  }
}

const size = 50
