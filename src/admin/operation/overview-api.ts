import { z } from 'zod'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { mayAdminister } from '../may-administer.ts'
import { counted, type OverviewStores } from './overview.ts'

/** What is to be done, what went on in the last day, and what needs somebody: for administrators. */
export function overviewApi({ log, nextSteps, warnings, refusals, clock }: OverviewStores): readonly Operation[] {
  return [
    operation({
      tag: 'Operation',
      permission: mayAdminister,
      method: 'GET',
      path: '/api/admin/overview/',
      summary: 'Read what is to be done, what went on in the last day, and what needs somebody',
      answer: json(overview),
      handler: async () => {
        const events = counted.map(([event]) => event)
        const since = clock() - 86_400_000
        const [steps, warned, refused, counts] = await Promise.all([
          nextSteps(),
          warnings(),
          refusals(),
          log.count(events, since),
        ])
        return {
          steps: steps.map(({ text, why, href, isDone }) => ({ text, why, href, is_done: isDone })),
          warnings: warned.map(({ text, href }) => ({ text, href })),
          last_day: Object.fromEntries(events.map((event) => [event, counts[event] ?? 0])),
          refusals: { ...refused },
        }
      },
    }),
  ]
}

const overview = z
  .object({
    steps: z
      .array(
        z.object({
          text: z.string(),
          why: z.string(),
          href: z.string().meta({ description: 'The page where it is done.' }),
          is_done: z.boolean(),
        }),
      )
      .meta({ description: 'What an installation should have before others rely on it.' }),
    warnings: z.array(z.object({ text: z.string(), href: z.string() })),
    last_day: z
      .record(z.string(), z.int())
      .meta({ description: 'How often each event came in the last 24 hours: 100000 stands for that and more.' }),
    refusals: z
      .record(z.string(), z.int())
      .meta({ description: 'Requests that were refused since this process started, by error code.' }),
  })
  .meta({ id: 'Overview', description: 'How the installation stands.' })
