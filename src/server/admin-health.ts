import { sql } from 'kysely'
import type { Health } from '../admin/operation/health.ts'
import { moment } from '../pages/components.ts'
import { columns } from '../storage/columns.ts'
import { createNodeReports } from '../storage/node-reports.ts'
import { isDevelopment } from './is-development.ts'
import type { Instance } from './instance.ts'
import { nodeChecks } from './node-checks.ts'
import { isSigningKeyLate, signingKeyAge } from './signing-key-age.ts'
import { version } from './version.ts'

/** How the server and what it needs are, for the page that shows it. */
export function adminHealth(instance: Instance): () => Promise<Health> {
  const { database, settings, signingKeys, revocations, hasher, mail, clock } = instance
  const startedAt = clock() - process.uptime() * 1000
  const reports = createNodeReports({ database, clock })

  return async () => {
    const begun = performance.now()
    await database.ping()
    const milliseconds = Math.max(1, Math.round(performance.now() - begun))
    const pending = await database.pendingMigrations()
    const keys = await signingKeys.list()
    const current = signingKeys.current().kid
    const age = signingKeyAge(keys, current, clock())
    const now = Math.floor(clock())
    const nodes = await reports.list()
    const newer = await database.newerMigrations()
    const isLate = isSigningKeyLate(keys, current, { now, lifetime: settings.signingKeyLifetime })
    return {
      checks: [
        {
          what: 'Database',
          isWell: milliseconds < 500,
          detail: `${dialectNames[database.dialect]}, answers in ${milliseconds} ms`,
        },
        {
          what: 'Schema',
          isWell: pending.length === 0,
          detail: pending.length === 0 ? 'up to date' : `lacks ${pending.join(', ')}: run doorward migrate`,
        },
        {
          what: 'Signing keys',
          isWell: !isLate,
          detail: `the current one has signed for ${age} ${age === 1 ? 'day' : 'days'}${isLate ? ', longer than it should: publish the next' : ''}`,
        },
        {
          what: 'Revocations',
          isWell: !revocations.stale(),
          detail: revocations.stale()
            ? 'what other processes revoked may be missing: the database was away'
            : 'up to date',
        },
        {
          what: 'Password hashing',
          isWell: hasher.waiting() < settings.passwordQueue / 2,
          detail: `${hasher.running()} running, ${hasher.waiting()} waiting`,
        },
        {
          what: 'Mail',
          isWell: mail.outbox.isOpen,
          detail: mailText(settings.smtpUrl !== null, mail.outbox.isOpen),
        },
        {
          what: 'Counters of throttles',
          isWell: true,
          detail: settings.redisUrl === null ? 'in the database' : 'in Redis; in the database while it is away',
        },
        ...nodeChecks(nodes, { now, newer }),
      ],
      process: [
        ['Version', version],
        ['Node.js', process.version],
        ['Mode', isDevelopment(settings) ? 'development' : 'production'],
        ['Started', moment(startedAt)],
        ['Memory', `${Math.round(process.memoryUsage.rss() / 1_048_576)} MB`],
      ],
      nodes,
      tables: await Promise.all(
        Object.keys(columns).map(async (name) => ({ name, rows: await countOf(instance, name) })),
      ),
    }
  }
}

const dialectNames = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const

/** Up to a hundred thousand: a larger table would keep the page waiting. */
async function countOf({ database: { read } }: Instance, table: string): Promise<number> {
  const query = sql<{
    readonly count: unknown
  }>`select count(*) as count from (select 1 from ${sql.table(table)} limit 100000) as counted`
  return Number((await query.execute(read)).rows[0]?.count ?? 0)
}

function mailText(hasServer: boolean, isOpen: boolean): string {
  if (hasServer) return 'goes to the mail server'
  return isOpen ? 'is shown at /accounts/outbox/, and goes nowhere else' : 'is not sent: set smtpUrl'
}
