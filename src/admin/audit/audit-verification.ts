import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import { badge, facts } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { table } from '../../pages/table.ts'
import { isSuperuser } from '../../permissions/is-superuser.ts'
import { formatId } from '../../storage/id.ts'
import type { AuditReport } from '../../storage/verify-audit.ts'
import { leave, type Screen } from '../../screens/screen.ts'

export interface AuditVerificationStores {
  /** Reads the whole log and checks its chains; hears how far it has got. */
  readonly verifyAudit: (onProgress: (rows: number) => void) => Promise<AuditReport>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Checks the chains of the audit log. A long log takes a while, so it goes on by itself and the page tells how far it is. */
export function auditVerification({ verifyAudit, clock }: AuditVerificationStores): Screen {
  let check: Check | null = null

  async function run(started: Check): Promise<void> {
    try {
      const report = await verifyAudit((rows) => {
        if (check === started) check = started = { ...started, rows }
      })
      check = { ...started, rows: report.rows, report, endedAt: clock() }
    } catch {
      check = { ...started, hasFailed: true, endedAt: clock() }
    }
  }

  return {
    path: 'audit/verify/',
    permission: isSuperuser,
    show: async (visit) => ({
      title: 'Check the audit log',
      crumbs: [{ href: '/admin/audit/', text: 'Audit log' }],
      content: html`<p>
          Each event holds the fingerprint of the one before it. Checking reads all of them, and shows where one was
          changed, taken out or put in.
        </p>
        ${check === null ? '' : resultOf(check, visit.path)}
        ${
          check !== null && check.endedAt === null
            ? ''
            : postForm({
                to: visit.path,
                proof: visit.form,
                action: 'verify',
                button: check === null ? 'Check it now' : 'Check it again',
              })
        }`,
    }),
    actions: {
      verify: {
        run: async (visit) => {
          if (check === null || check.endedAt !== null) {
            check = { startedAt: clock(), rows: 0, report: null, hasFailed: false, endedAt: null }
            void run(check)
          }
          return leave(visit.path, 'The check has begun.')
        },
      },
    },
  }
}

interface Check {
  readonly startedAt: number
  readonly rows: number
  readonly report: AuditReport | null
  readonly hasFailed: boolean
  /** `null` while it goes on. */
  readonly endedAt: number | null
}

function resultOf({ startedAt, rows, report, hasFailed, endedAt }: Check, path: string): ReturnType<typeof html> {
  if (endedAt === null) {
    return html`<p class="note" id="running">
      It goes on: ${rows.toLocaleString('en')} events so far. <a href="${path}">Look again</a>
    </p>`
  }
  if (hasFailed || report === null) {
    return html`<p class="note" id="failed">It could not be finished: the database was away. Try again.</p>`
  }
  const isWhole = report.breaks.length === 0
  return html`${facts([
    ['Result', isWhole ? badge('Whole', 'good') : badge('Broken', 'bad')],
    ['Events', report.rows.toLocaleString('en')],
    ['Chains', report.chains],
    ['Begin later than they did', `${report.trimmed}, as it is where old events are cleared away`],
    ...(report.unbound === 0
      ? []
      : [['Not bound to the secret', `${report.unbound.toLocaleString('en')}, as those of releases before`] as const]),
    ['Checked', moment(startedAt)],
  ])}
  ${
    isWhole
      ? ''
      : table({
          id: 'breaks',
          caption: 'Where it does not hold',
          columns: [
            { heading: 'Event' },
            { heading: 'Chain' },
            { heading: 'Place', isNumeric: true },
            { heading: 'What is wrong' },
          ],
          rows: report.breaks.map(({ id, chainId, position, reason }) => [
            html`<a href="/admin/audit/${formatId(id)}/"><code>${formatId(id)}</code></a>`,
            html`<code>${formatId(chainId)}</code>`,
            position,
            reason,
          ]),
        })
  }`
}
