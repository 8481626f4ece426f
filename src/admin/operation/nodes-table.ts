import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import { badge } from '../../pages/facts.ts'
import type { Markup } from '../../pages/layout.ts'
import { type Cell, table } from '../../pages/table.ts'
import type { ListedNode } from '../../storage/node-reports.ts'

/** The processes on the database, each with what it says of itself. */
export function nodesTable(nodes: readonly ListedNode[]): Markup {
  return table({
    id: 'nodes',
    caption: 'Processes on this database',
    columns: [
      { heading: 'Number' },
      { heading: 'What it is' },
      { heading: 'Last heard' },
      { heading: 'What waits' },
      { heading: 'Clock', isNumeric: true },
      { heading: 'Tokens remembered', isNumeric: true },
      { heading: 'Last revocation' },
    ],
    rows: nodes.map(rowOf),
  })
}

function rowOf({ number, isThis, reportedAt, report }: ListedNode): readonly Cell[] {
  const first = html`${number} ${isThis ? badge('This one', 'good') : ''}`
  if (report === null || reportedAt === null) return [first, 'a command, or a part of an application', ...blank]
  const { host, process, version, runtime, turnDelay, clockAhead } = report
  return [
    first,
    html`server ${version} on <bdi>${host}</bdi>
      <span class="quiet">process ${process}, Node.js ${runtime.replace(/^v/, '')}</span>`,
    moment(reportedAt),
    html`${turnDelay} ms for a turn
      <span class="quiet">passwords: ${report.passwordsRunning} running, ${report.passwordsWaiting} waiting</span>`,
    clockAhead === null ? 'the database’s own' : `${clockAhead > 0 ? '+' : ''}${clockAhead} ms`,
    share(report.tokensRemembered, report.tokensVerified),
    report.revokedAt === null ? 'not since it started' : moment(report.revokedAt),
  ]
}

const blank = ['', '', '', '', '']

function share(remembered: number, anew: number): string {
  const all = remembered + anew
  return all === 0 ? 'none came' : `${Math.floor((remembered / all) * 100)} % of ${all.toLocaleString('en')}`
}
