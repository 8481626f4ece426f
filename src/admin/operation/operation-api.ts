import { z } from 'zod'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { moment, toMoment } from '../../api/wire-values.ts'
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
            nodes: nodes.map(({ number, isThis, until }) => ({ number, is_this: isThis, until: toMoment(until) })),
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

const healthAnswer = z
  .object({
    checks: z.array(z.object({ what: z.string(), is_well: z.boolean(), detail: z.string() })),
    nodes: z
      .array(z.object({ number: z.int(), is_this: z.boolean(), until: moment }))
      .meta({ description: 'The processes that share the database.' }),
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
