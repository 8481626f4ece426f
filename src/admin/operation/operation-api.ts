import { z } from 'zod'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { ListedNode } from '../../storage/node-reports.ts'
import { mayAdminister } from '../may-administer.ts'
import type { Health } from './health.ts'
import type { ShownSetting } from './settings-page.ts'

export interface OperationApiStores {
  readonly health: () => Promise<Health>
  readonly shownSettings: readonly ShownSetting[]
}

/** How the server is, and with which settings it runs, for administrators. Of secrets it says only whether they are set. */
export function operationApi({ health, shownSettings }: OperationApiStores): {
  readonly health: readonly Operation[]
  readonly settings: readonly Operation[]
} {
  const common = { tag: 'Operation', permission: mayAdminister } as const
  return {
    health: [
      operation({
        ...common,
        method: 'GET',
        path: '/api/admin/health/',
        summary: 'Read how the server and what it needs are',
        answer: json(healthAnswer),
        handler: async () => {
          const { checks, nodes, tables } = await health()
          return {
            checks: checks.map(({ what, isWell, detail }) => ({ what, is_well: isWell, detail })),
            nodes: nodes.map(nodeAnswer),
            tables,
          }
        },
      }),
    ],
    settings: [
      operation({
        ...common,
        method: 'GET',
        path: '/api/admin/settings/',
        summary: 'Read the settings that the server runs with',
        answer: json(z.object({ settings: z.array(setting) })),
        handler: async () => ({ settings: shownSettings.map((one) => ({ ...one })) }),
      }),
    ],
  }
}

const report = z.object({
  at: moment.meta({ description: 'When it said so: it does every ten seconds.' }),
  host: z.string(),
  process: z.int(),
  version: z.string(),
  node_version: z.string().meta({ description: 'Of Node.js.' }),
  started_at: moment,
  memory: z.int().meta({ description: 'Bytes that it holds.' }),
  clock_ahead_ms: z
    .int()
    .nullable()
    .meta({ description: 'By how much its clock is ahead of the database’s; null: that has none of its own.' }),
  turn_delay_ms: z
    .int()
    .meta({ description: 'In the ten seconds before, hardly anything had to wait longer until it got its turn.' }),
  tokens_remembered: z.int().meta({ description: 'JWTs that came and were known from before, since it started.' }),
  tokens_verified: z.int().meta({ description: 'JWTs whose signature was verified, since it started.' }),
  revocations_looked_at: moment.meta({ description: 'When it last looked for what other processes revoked.' }),
  last_revocation_at: momentOrNull.meta({ description: 'When it last learned of a revocation, since it started.' }),
  passwords_running: z.int(),
  passwords_waiting: z.int(),
})

const node = z
  .object({
    number: z.int(),
    is_this: z.boolean(),
    until: moment.meta({ description: 'Until when it holds its number.' }),
    report: report.nullable().meta({
      description: 'What a server says of itself; null: it is a command, or an application that Doorward is a part of.',
    }),
  })
  .meta({ id: 'Node', description: 'A process that writes to the database.' })

function nodeAnswer({ number, isThis, until, reportedAt, report: said }: ListedNode): z.input<typeof node> {
  return {
    number,
    is_this: isThis,
    until: toMoment(until),
    report:
      said === null || reportedAt === null
        ? null
        : {
            at: toMoment(reportedAt),
            host: said.host,
            process: said.process,
            version: said.version,
            node_version: said.runtime.replace(/^v/, ''),
            started_at: toMoment(said.startedAt),
            memory: said.memory,
            clock_ahead_ms: said.clockAhead,
            turn_delay_ms: said.turnDelay,
            tokens_remembered: said.tokensRemembered,
            tokens_verified: said.tokensVerified,
            revocations_looked_at: toMoment(said.lookedAt),
            last_revocation_at: toMoment(said.revokedAt),
            passwords_running: said.passwordsRunning,
            passwords_waiting: said.passwordsWaiting,
          },
  }
}

const healthAnswer = z
  .object({
    checks: z.array(z.object({ what: z.string(), is_well: z.boolean(), detail: z.string() })),
    nodes: z.array(node).meta({ description: 'The processes that share the database.' }),
    tables: z
      .array(z.object({ name: z.string(), rows: z.int() }))
      .readonly()
      .meta({ description: 'Rows of each table: 100000 stands for that and more.' }),
  })
  .meta({ id: 'Health', description: 'How the server is.' })

const setting = z
  .object({
    name: z.string(),
    variable: z.string().meta({ description: 'The environment variable that sets it.' }),
    group: z.string(),
    meaning: z.string(),
    value: z.string().meta({ description: 'As text; of a secret only whether it is set.' }),
    default: z.string(),
    from: z.string().meta({ description: 'default, configuration file, command line, or the name of the variable.' }),
  })
  .meta({ id: 'Setting', description: 'A setting that is in force.' })
