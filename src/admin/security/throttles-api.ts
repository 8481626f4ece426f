import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { type CalledBy, operation, type Operation } from '../../api/operation.ts'
import { moment, toMoment } from '../../api/wire-values.ts'
import type { ThrottleCounterList } from '../../storage/throttle-counter-list.ts'
import { mayAdminister } from '../may-administer.ts'

export interface ThrottlesApiStores {
  readonly throttleCounters: ThrottleCounterList
  /** Fills a bucket up, wherever it is. */
  readonly resetThrottle: (key: string, by: CalledBy) => Promise<void>
}

/** What throttles have counted, for administrators. */
export function throttlesApi({ throttleCounters, resetThrottle }: ThrottlesApiStores): readonly Operation[] {
  const common = { tag: 'Throttles', permission: mayAdminister } as const

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List the counters that are in use',
      description:
        'By key where the database counts, in no order where Redis does, and then about as many as are asked for. Accounts stand there as digests. What each process counts in its memory is not listed.',
      isPaged: true,
      query: {
        prefix: z.string().max(250).optional().meta({ description: 'Only keys that begin so, such as guess. (all).' }),
      },
      answer: json(
        z.object({
          counters: z.array(z.object({ key: z.string(), full_at: moment })),
          next: z.string().nullable(),
          is_complete: z.boolean().meta({ description: 'false: others are in Redis, which does not answer.' }),
        }),
      ),
      handler: async ({ query, page }) => {
        const { items, next, isComplete } = await throttleCounters.page(query, page)
        const counters = items.map(({ key, fullAt }) => ({ key, full_at: toMoment(fullAt) }))
        return { counters, next, is_complete: isComplete }
      },
    }),
    operation({
      ...common,
      method: 'GET',
      path: `${path}top/`,
      summary: 'List the counters that are full again last: who has to wait longest',
      answer: json(
        z.object({
          counters: z.array(z.object({ key: z.string(), full_at: moment })),
          is_complete: z.boolean().meta({ description: 'false: not all were looked at.' }),
        }),
      ),
      handler: async () => {
        const { items, isComplete } = await throttleCounters.top(50)
        const counters = items.map(({ key, fullAt }) => ({ key, full_at: toMoment(fullAt) }))
        return { counters, is_complete: isComplete }
      },
    }),
    operation({
      ...common,
      method: 'POST',
      path: `${path}reset/`,
      summary: 'Forget what a counter has counted',
      body: z.strictObject({ key: z.string().min(1).max(250) }),
      answer: nothing,
      handler: async ({ body, by }) => resetThrottle(body.key, by).then(() => undefined),
    }),
  ]
}

const path = '/api/admin/throttles/'
