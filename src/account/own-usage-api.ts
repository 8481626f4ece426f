import { z } from 'zod'
import { json } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import { moment, toMoment } from '../api/wire-values.ts'
import type { FindOwnUsage } from '../oauth/own-usage.ts'
import { mayUseAccount } from './organisations-api.ts'
import { personOf } from './person-of.ts'
import { dayText } from './day-text.ts'

/** How much one's keys and applications are used, and how much they may be, for programs: what `/portal/usage/` shows. */
export function ownUsageApi({
  findOwnUsage,
  clock,
}: {
  readonly findOwnUsage: FindOwnUsage
  /** Milliseconds since 1970. */
  readonly clock: () => number
}): { readonly path: string; readonly operations: readonly Operation[] } {
  const operations = [
    operation({
      tag: 'Your usage and limits',
      permission: mayUseAccount,
      method: 'GET',
      path,
      summary: 'See how much your keys and applications are used, and what is left of your limits',
      description: 'The limits are in the numbers that the headers RateLimit and RateLimit-Policy of answers have.',
      answer: json(usage),
      handler: async ({ identity, request }) => {
        const { days, keys, apps, limits } = await findOwnUsage(personOf(identity), request.address)
        const now = clock()
        return {
          days: days.map((one) => ({ ...one, day: dayText(one.day) })),
          keys: keys.map(({ key, sum }) => ({ id: key.id, name: key.name, rate: key.rate, ...sum })),
          apps: apps.map(({ app, sum }) => ({ client_id: app.id, client_name: app.name, ...sum })),
          limits: limits.map(({ of, policy, limit, window, remaining, reset }) => ({
            of,
            policy,
            limit,
            window,
            used: limit - remaining,
            remaining,
            reset: Math.ceil(reset),
            resets_at: toMoment(now + reset * 1000),
          })),
        }
      },
    }),
  ]
  return { path, operations }
}

const path = '/api/account/usage/'

const usage = z
  .object({
    days: z
      .array(z.object({ day: z.iso.date(), requests: z.int(), refused: z.int() }))
      .meta({ description: 'Of your keys together, the days on which they were used.' }),
    keys: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        rate: z.string().nullable().meta({ description: 'Its own limit, such as 100/min.' }),
        requests: z.int(),
        refused: z.int(),
      }),
    ),
    apps: z
      .array(
        z.object({
          client_id: z.string(),
          client_name: z.string(),
          tokens: z.int(),
          requests: z.int(),
          refused: z.int(),
        }),
      )
      .meta({ description: 'The first hundred that you answer for.' }),
    limits: z.array(
      z.object({
        of: z.string().meta({ description: 'What it counts, in words.' }),
        policy: z.string().meta({ description: 'Its name in the headers.' }),
        limit: z.int(),
        window: z.number().meta({ description: 'In seconds: w in RateLimit-Policy.' }),
        used: z.int(),
        remaining: z.int().meta({ description: 'r in RateLimit.' }),
        reset: z.int().meta({ description: 'Seconds until all of it is there again: t in RateLimit.' }),
        resets_at: moment,
      }),
    ),
  })
  .meta({ id: 'OwnUsage', description: 'The last 30 days, and what is left now of each limit.' })
