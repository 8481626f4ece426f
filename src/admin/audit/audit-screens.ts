import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import { RequestRefused } from '../../core/errors.ts'
import { moment } from '../../pages/components.ts'
import { codeBlock, facts } from '../../pages/facts.ts'
import { filterForm, pager } from '../../pages/table.ts'
import type { AuditLog } from '../../storage/audit-log.ts'
import { askedPage } from '../../screens/asked-page.ts'
import type { Screen } from '../../screens/screen.ts'
import { auditControls, auditFilterOf, auditQueryIn, searchOf } from './audit-filter.ts'
import { auditExport } from './audit-export.ts'
import { auditTable } from './audit-table.ts'
import { auditVerification, type AuditVerificationStores } from './audit-verification.ts'
import { linked } from '../linked.ts'
import type { Names } from '../names.ts'

export interface AuditScreensStores extends AuditVerificationStores {
  readonly log: Pick<AuditLog, 'list' | 'find'>
  readonly users: Pick<Users, 'findByLogin'>
  readonly names: Names
}

/** The audit log: to search, to take away as a file, and to check. */
export function auditScreens(stores: AuditScreensStores): readonly Screen[] {
  const { log, users, names } = stores
  return [
    {
      path: 'audit/',
      menu: { text: 'Audit log', group: 'Security' },
      show: async ({ path, query }) => {
        const wanted = auditQueryIn(query)
        const page = askedPage(query, size)
        const { entries, next } = await log.list(await auditFilterOf(wanted, users), page)
        const search = searchOf(wanted)
        const file = (format: string): string =>
          `${path}export/?${new URLSearchParams([...search, ['format', format]])}`
        return {
          title: 'Audit log',
          content: html`<div class="toolbar">
              <a id="verify" href="${path}verify/">Check that nobody has changed it</a>
              <span
                ><a id="export-csv" href="${file('csv')}">Download as CSV</a> ·
                <a id="export-json" href="${file('json')}">as JSON</a></span
              >
            </div>
            ${filterForm({ path, controls: auditControls(wanted), isFiltered: search.size > 0 })}
            ${await auditTable(entries, names, next === null ? 'Nothing matched. Widen the days, or leave something out.' : 'Nothing matched in this stretch of the log. There is more behind it.')}
            ${pager({ path, query, next, size })}`,
        }
      },
    },
    {
      path: 'audit/:id/',
      show: async ({ params }) => {
        const entry = await log.find(params['id'] ?? '')
        if (entry === null)
          throw new RequestRefused('not_found', 'There is no such event. Old ones may have been cleared away.')
        const named = await names([entry.actor, entry.subject])
        const about = new URLSearchParams({ subject: entry.subject })
        return {
          title: entry.event,
          crumbs: [{ href: '/admin/audit/', text: 'Audit log' }],
          content: html`${facts([
              ['Time', moment(entry.at)],
              ['Event', html`<code>${entry.event}</code>`],
              ['By', html`${linked(entry.actor, named)} <code class="quiet">${entry.actor}</code>`],
              ['On', html`${linked(entry.subject, named)} <code class="quiet">${entry.subject}</code>`],
              ['From', entry.address],
              [
                'Request',
                entry.requestId === null
                  ? null
                  : html`<a href="/admin/audit/?request=${entry.requestId}"><code>${entry.requestId}</code></a>`,
              ],
              ['Chain', html`<code>${entry.chain}</code>, place ${entry.position}`],
              ['Id', html`<code>${entry.id}</code>`],
            ])}
            ${codeBlock('detail', 'Details', JSON.stringify(entry.detail, null, 2))}
            <p><a id="about" href="/admin/audit/?${about}">All that happened to it</a></p>`,
        }
      },
    },
    auditExport(stores),
    auditVerification(stores),
  ]
}

const size = 50
