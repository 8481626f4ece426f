import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { type CalledBy, operation, type Operation } from '../../api/operation.ts'
import { id, moment, momentSent, toMoment } from '../../api/wire-values.ts'
import type { ThrottleCounter, ThrottleCounterList } from '../../storage/throttle-counter-list.ts'
import type { ThrottleOverride } from '../../storage/throttle-overrides.ts'
import { actingUser } from '../acting-user.ts'
import { endOwnLimit, giveOwnLimit, ownLimitOf, ownLimitsOf, type OwnLimitStores } from './own-limit.ts'
import { mayAdminister } from '../may-administer.ts'
import { bucketWords } from './bucket-words.ts'
import type { Limit } from './throttles.ts'

export interface ThrottlesApiStores extends OwnLimitStores {
  readonly throttleCounters: ThrottleCounterList
  readonly limits: readonly Limit[]
  /** Fills a bucket up, wherever it is. */
  readonly resetThrottle: (key: string, by: CalledBy) => Promise<void>
}

/** What throttles have counted, for administrators. */
export function throttlesApi(stores: ThrottlesApiStores): readonly Operation[] {
  const { throttleCounters, resetThrottle, throttleOverrides, limits } = stores
  const common = { tag: 'Throttles', permission: mayAdminister } as const

  const counterAnswer = ({ key, fullAt, isLocal = false }: ThrottleCounter): z.input<typeof counter> => {
    const { rule, subject, text } = bucketWords(key, limits)
    return { key, rule, of: subject ?? (text === '' ? null : text), is_local: isLocal, full_at: toMoment(fullAt) }
  }

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List the counters that are in use',
      description:
        'By key where the database counts, in no order where Redis does, and then about as many as are asked for. Accounts stand there by their id, and names that are nobody’s as digests. Of what processes count in their memory (failures), that of the one that answers is listed.',
      isPaged: true,
      query: {
        prefix: z.string().max(250).optional().meta({ description: 'Only keys that begin so, such as guess. (all).' }),
      },
      answer: json(
        z.object({
          counters: z.array(counter),
          next: z.string().nullable(),
          is_complete: z.boolean().meta({ description: 'false: others are in Redis, which does not answer.' }),
        }),
      ),
      handler: async ({ query, page }) => {
        const { items, next, isComplete } = await throttleCounters.page(query, page)
        const counters = items.map(counterAnswer)
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
          counters: z.array(counter),
          is_complete: z.boolean().meta({ description: 'false: not all were looked at.' }),
        }),
      ),
      handler: async () => {
        const { items, isComplete } = await throttleCounters.top(50)
        const counters = items.map(counterAnswer)
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
    operation({
      ...common,
      method: 'GET',
      path: `${path}overrides/`,
      summary: 'List the limits of single callers, newest first',
      description: 'There are a thousand at most.',
      answer: json(z.object({ overrides: z.array(override) })),
      handler: async () => ({ overrides: (await throttleOverrides.list()).map(overrideAnswer) }),
    }),
    operation({
      ...common,
      method: 'POST',
      path: `${path}overrides/`,
      summary: 'Give one caller another limit for a while, or shut them out',
      description:
        'It holds for every process within a second, and replaces what they had for the same. Whoever is shut out is answered 429; an address is answered so on every path but the probes.',
      body: z.strictObject({
        of: z.enum(ownLimitsOf).meta({ description: 'What is limited, and whose it is.' }),
        subject: z.string().min(1).max(254).meta({
          description: 'An address (to be shut out, a range too), a username or id, a client_id, or an id.',
        }),
        rate: z.string().max(30).nullable().meta({ description: 'Such as 100/min. null: nothing goes through.' }),
        until: momentSent('Its end, within a year.'),
        reason: z.string().max(500).optional(),
      }),
      refuses: ['conflict'],
      answer: json(override, { status: 201 }),
      handler: async ({ identity, body: { reason = '', ...asked }, by }) =>
        overrideAnswer(await giveOwnLimit(stores, { ...asked, reason }, actingUser(identity), by)),
    }),
    operation({
      ...common,
      method: 'DELETE',
      path: `${path}overrides/{id}/`,
      summary: 'End the limit of a single caller',
      params: { id: id('a limit') },
      answer: nothing,
      refuses: ['not_found'],
      handler: async ({ identity, path: { id: wanted }, by }) =>
        endOwnLimit(stores, wanted, actingUser(identity), by).then(() => undefined),
    }),
  ]
}

const path = '/api/admin/throttles/'

const counter = z
  .object({
    key: z.string(),
    rule: z.string().meta({ description: 'What it counts, in words.' }),
    of: z.string().nullable().meta({ description: 'Of whom: such as user:4fQ…, or an address.' }),
    is_local: z.boolean().meta({ description: 'Whether the process that answers counts it, for itself alone.' }),
    full_at: moment,
  })
  .meta({ id: 'ThrottleCounter', description: 'A bucket that is not full.' })

const override = z
  .object({
    id: z.string(),
    of: z.enum(ownLimitsOf),
    subject: z.string(),
    rate: z.string().nullable(),
    until: moment,
    reason: z.string(),
    created_at: moment,
    created_by: z.string(),
  })
  .meta({ id: 'ThrottleOverride', description: 'A limit of its own for one caller; a rate of null shuts them out.' })

function overrideAnswer(one: ThrottleOverride): z.input<typeof override> {
  const { of, id: subject } = ownLimitOf(one)
  const { rate, reason, createdBy, createdAt, expiresAt } = one
  const until = toMoment(expiresAt)
  return { id: one.id, of, subject, rate, until, reason, created_at: toMoment(createdAt), created_by: createdBy }
}
