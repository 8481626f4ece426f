import { z } from 'zod'
import type { BreakGlass } from '../../accounts/break-glass.ts'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import { allOf } from '../../permissions/all-of.ts'
import { isVia } from '../../permissions/is-via.ts'
import { actingUser } from '../acting-user.ts'
import { mayGovern } from '../may-administer.ts'

export interface BreakGlassApiStores {
  readonly breakGlass: BreakGlass
}

/** One's own codes for emergencies, and their uses. A key or a token makes none: they would outlive it. */
export function breakGlassApi({ breakGlass }: BreakGlassApiStores): readonly Operation[] {
  const common = { tag: 'Administrators', permission: mayGovern } as const
  const inPerson = { ...common, permission: allOf(mayGovern, isVia('session')) } as const
  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'Read how many codes for emergencies are left, and which were used',
      answer: json(
        z.object({
          left: z.int(),
          made_at: momentOrNull,
          unseen: z.array(
            z.object({ user: z.string(), username: z.string(), used_at: moment, address: z.string().nullable() }),
          ),
        }),
      ),
      handler: async ({ identity }) => {
        const { left, madeAt } = await breakGlass.state(actingUser(identity).id)
        const uses = await breakGlass.unseen()
        return {
          left,
          made_at: toMoment(madeAt),
          unseen: uses.map(({ userId, username, usedAt, address }) => {
            return { user: userId, username, used_at: toMoment(usedAt), address }
          }),
        }
      },
    }),
    operation({
      ...inPerson,
      method: 'POST',
      path,
      summary: 'Make codes for emergencies, shown this once',
      description: 'Those from before stop working. Each signs their superuser in once, at /accounts/break-glass/.',
      refuses: ['conflict'],
      answer: json(z.object({ codes: z.array(z.string()) }), { status: 201, description: 'They are there.' }),
      handler: async ({ identity, by }) => ({ codes: [...(await breakGlass.make(actingUser(identity).id, by))] }),
    }),
    operation({
      ...inPerson,
      method: 'DELETE',
      path,
      summary: 'End all codes for emergencies of one’s own',
      answer: nothing,
      handler: async ({ identity, by }) => breakGlass.remove(actingUser(identity).id, by).then(() => undefined),
    }),
    operation({
      ...common,
      method: 'POST',
      path: `${path}seen/`,
      summary: 'Say that all uses so far are known of',
      description: 'Not by somebody who has signed in by such a code.',
      answer: json(z.object({ seen: z.int() })),
      handler: async ({ by }) => ({ seen: await breakGlass.markSeen(by) }),
    }),
  ]
}

const path = '/api/admin/break-glass/'
