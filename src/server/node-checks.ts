import type { Checked } from '../admin/operation/health.ts'
import type { ListedNode } from '../storage/node-reports.ts'

/** What the reports of the running servers say that somebody should look at. */
export function nodeChecks(
  nodes: readonly ListedNode[],
  { now, newer }: { readonly now: number; readonly newer: readonly string[] },
): readonly Checked[] {
  const reported = nodes.flatMap(({ number, reportedAt, report }) =>
    report === null || reportedAt === null ? [] : [{ number, reportedAt, report }],
  )
  const versions = [...new Set(reported.map(({ report }) => report.version))]
  const runtimes = [...new Set(reported.map(({ report }) => report.runtime))]
  const silent = reported.filter(({ reportedAt }) => now - reportedAt > silentAfter).map(({ number }) => number)
  const behind = reported.filter(({ reportedAt, report }) => reportedAt - report.lookedAt > lateAfter)
  const wrong = reported.filter(({ report }) => Math.abs(report.clockAhead ?? 0) > wrongBy)
  const known = reported.flatMap(({ report }) => (report.clockAhead === null ? [] : [report.clockAhead]))
  return [
    {
      what: 'Version',
      isWell: newer.length === 0 && versions.length <= 1,
      detail:
        newer.length > 0
          ? `a newer release has changed the schema (${newer.join(', ')}): update this server`
          : versions.length > 1
            ? `servers run ${versions.join(' and ')}: update the older ones`
            : reported.length === 0
              ? 'no server has said which one it is yet'
              : `${versions.join()} everywhere, with Node.js ${runtimes.map((one) => one.replace(/^v/, '')).join(' and ')}`,
    },
    {
      what: 'Servers',
      isWell: silent.length === 0 && behind.length === 0,
      detail:
        silent.length > 0
          ? `${numbers(silent)} ${silent.length === 1 ? 'has' : 'have'} said nothing for a minute`
          : behind.length > 0
            ? `${numbers(behind.map(({ number }) => number))} may not know what was revoked by others lately`
            : `${reported.length} running`,
    },
    {
      what: 'Clocks',
      isWell: wrong.length === 0,
      detail:
        known.length === 0
          ? 'the database has the clock of this machine'
          : wrong.length > 0
            ? `${wrong.map(({ number, report }) => `server ${number} is ${seconds(report.clockAhead ?? 0)}`).join(', ')} that of the database: set the clock`
            : `at most ${Math.max(...known.map(Math.abs))} ms from that of the database`,
    },
  ]
}

/** Milliseconds. A report comes every ten seconds. */
const silentAfter = 60_000
const lateAfter = 30_000
const wrongBy = 5000

function numbers(all: readonly number[]): string {
  return `${all.length === 1 ? 'server' : 'servers'} ${all.join(', ')}`
}

function seconds(ahead: number): string {
  return `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'}`
}
