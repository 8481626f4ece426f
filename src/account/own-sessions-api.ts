import { z } from 'zod'
import type { Device, Sessions } from '../accounts/sessions.ts'
import { json, nothing } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import { id, moment, networkKindSent, toMoment } from '../api/wire-values.ts'
import { networkKind } from '../http/network-kind.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { allOf } from '../permissions/all-of.ts'
import { isUser } from '../permissions/is-user.ts'
import { isVia } from '../permissions/is-via.ts'

/** The devices that one is signed in on, for programs: what `/account/devices/` shows. By the session of that person. */
export function ownSessionsApi({ sessions }: { readonly sessions: Pick<Sessions, 'list' | 'end' | 'endOthers'> }): {
  readonly path: string
  readonly operations: readonly Operation[]
} {
  const own = { tag: 'Your devices', permission: allOf(isUser, isVia('session')) }
  return {
    path,
    operations: [
      operation({
        ...own,
        method: 'GET',
        path,
        summary: 'List the devices that you are signed in on, newest first',
        answer: json(z.object({ sessions: z.array(session) })),
        handler: async ({ identity }) => {
          const { userId, sessionId } = personOf(identity)
          const all = await sessions.list(userId)
          return { sessions: all.map((device) => sessionAnswer(device, sessionId)) }
        },
      }),
      operation({
        ...own,
        method: 'DELETE',
        path,
        summary: 'Sign out on all devices but this one',
        description: 'Browsers that are remembered stay so: see /api/account/browsers/.',
        answer: nothing,
        handler: async ({ identity, by }) => {
          const { userId, sessionId } = personOf(identity)
          await sessions.endOthers(userId, sessionId, by)
          return undefined
        },
      }),
      operation({
        ...own,
        method: 'DELETE',
        path: `${path}{id}/`,
        params: { id: id('a session of yours') },
        summary: 'Sign out on a device',
        refuses: ['not_found'],
        answer: nothing,
        handler: async ({ identity, by, path: { id: ended } }) => {
          // Of somebody else's session one learns no more than of one that is over.
          if (!(await sessions.end(ended, personOf(identity).userId, by))) throw new RequestRefused('not_found')
          return undefined
        },
      }),
    ],
  }
}

const path = '/api/account/sessions/'

const session = z
  .object({
    id: z.string(),
    user_agent: z.string().nullable(),
    address: z.string().nullable(),
    network_kind: networkKindSent,
    created_at: moment,
    last_seen_at: moment,
    expires_at: moment,
    amr: z.array(z.string()).readonly().meta({ description: 'How you proved who you are (RFC 8176).' }),
    is_this: z.boolean(),
  })
  .meta({ id: 'OwnSession', description: 'A device that you are signed in on.' })

function sessionAnswer(device: Device, here: string): z.input<typeof session> {
  return {
    id: device.id,
    user_agent: device.userAgent,
    address: device.address,
    network_kind: networkKind(device.address),
    created_at: toMoment(device.createdAt),
    last_seen_at: toMoment(device.lastSeenAt),
    expires_at: toMoment(device.expiresAt),
    amr: device.amr,
    is_this: device.id === here,
  }
}

/** The permission has seen to it that it is a person with a session. */
function personOf(identity: Identity | null): { readonly userId: string; readonly sessionId: string } {
  if (identity?.principal.kind !== 'user') throw new RequestRefused('not_found')
  const { id: sessionId } = identity.auth as { readonly id?: unknown }
  return { userId: identity.principal.id, sessionId: typeof sessionId === 'string' ? sessionId : '' }
}
