import { z } from 'zod'
import type { SessionList, SessionRecord } from '../../accounts/session-list.ts'
import type { Sessions } from '../../accounts/sessions.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id, moment, toMoment } from '../../api/wire-values.ts'
import { mayActOnAccount } from './may-act-on-account.ts'
import { mayAdminister } from '../may-administer.ts'

export interface SessionsApiStores {
  readonly sessionList: SessionList
  readonly sessions: Pick<Sessions, 'end'>
  readonly users: Pick<Users, 'find'>
}

/** The browser sessions of all users, for administrators. */
export function sessionsApi({ sessionList, sessions, users }: SessionsApiStores): readonly Operation[] {
  const common = { tag: 'Sessions', permission: mayAdminister } as const
  const find = async ({ path }: { readonly path: { readonly id: string } }): Promise<Found | null> => {
    const found = await sessionList.read(path.id)
    return found === null ? null : { session: found, account: await users.find(found.userId) }
  }
  const one = { ...common, params: { id: id('a session') } } as const

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List sessions, newest first',
      isPaged: true,
      query: { user: id('a user').optional() },
      answer: json(z.object({ sessions: z.array(session), next: z.string().nullable() })),
      handler: async ({ query, page }) => {
        const { items, next } = await sessionList.page({ userId: query.user }, page)
        return { sessions: items.map(sessionAnswer), next }
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{id}/`,
      summary: 'Read a session',
      object: { find },
      answer: json(session),
      handler: async ({ object }) => sessionAnswer(object.session),
    }),
    operation({
      ...one,
      method: 'DELETE',
      path: `${path}{id}/`,
      summary: 'End a session',
      object: { find, permission: mayActOnAccount },
      answer: nothing,
      handler: async ({ object, by }) => sessions.end(object.session.id, undefined, by).then(() => undefined),
    }),
  ]
}

const path = '/api/admin/sessions/'

interface Found {
  readonly session: SessionRecord
  readonly account: UserRecord | null
}

const session = z
  .object({
    id: z.string(),
    user: z.string(),
    username: z.string(),
    created_at: moment,
    last_seen_at: moment,
    expires_at: moment,
    authenticated_at: moment.meta({ description: 'When they last proved who they are.' }),
    amr: z.array(z.string()).meta({ description: 'How, in the names of RFC 8176.' }),
    address: z.string().nullable(),
    user_agent: z.string().nullable(),
  })
  .meta({ id: 'Session', description: 'A browser that a user is signed in with.' })

function sessionAnswer(record: SessionRecord): z.input<typeof session> {
  return {
    id: record.id,
    user: record.userId,
    username: record.username,
    created_at: toMoment(record.createdAt),
    last_seen_at: toMoment(record.lastSeenAt),
    expires_at: toMoment(record.expiresAt),
    authenticated_at: toMoment(record.authenticatedAt),
    amr: [...record.amr],
    address: record.address,
    user_agent: record.userAgent,
  }
}
