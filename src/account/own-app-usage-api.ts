import { z } from 'zod'
import { json } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import type { ClientUsage } from '../oauth/client-usage.ts'
import { dayOf } from '../tokens/key-usage.ts'
import { dayText } from './day-text.ts'
import type { OfOneApp } from './own-app-review-api.ts'

/** How an application of one's own is used. */
export function ownAppUsageApi(
  {
    clientUsage,
    clock,
  }: {
    readonly clientUsage: Pick<ClientUsage, 'days' | 'refusals'>
    /** Milliseconds since 1970. */
    readonly clock: () => number
  },
  one: OfOneApp,
): Operation {
  return operation({
    ...one,
    method: 'GET',
    path: '/api/account/apps/{client_id}/usage/',
    summary: 'See how an application is used',
    description: 'Requests are those to the API of this server. What is counted is there after some seconds.',
    answer: json(usage),
    handler: async ({ object }) => {
      const since = dayOf(clock()) - 29
      const [days, refusals] = await Promise.all([
        clientUsage.days(object.id, since),
        clientUsage.refusals(object.id, since),
      ])
      return { days: days.map((day) => ({ ...day, day: dayText(day.day) })), refusals }
    },
  })
}

const usage = z
  .object({
    days: z.array(z.object({ day: z.iso.date(), tokens: z.int(), requests: z.int(), refused: z.int() })),
    refusals: z
      .array(
        z.object({ reason: z.string().meta({ description: 'The error, such as invalid_grant.' }), refused: z.int() }),
      )
      .readonly(),
  })
  .meta({
    id: 'AppUsage',
    description:
      'The last 30 days by day: access tokens that it was given, requests with them, and how often it was refused where it asked for them; and refusals by reason.',
  })
