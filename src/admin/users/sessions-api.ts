import { z } from 'zod'
import type { EndingActor } from '../../accounts/end-sessions.ts'
import { networkOfFilter, type SessionFilter, type SessionWay, sessionWays } from '../../accounts/session-filter.ts'
import type { SessionList, SessionRecord } from '../../accounts/session-list.ts'
import type { Sessions } from '../../accounts/sessions.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { flag, id, moment, momentSent, networkKindSent, toMoment } from '../../api/wire-values.ts'
import { networkKind } from '../../http/network-kind.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { Identity } from '../../core/identity.ts'
import { untilOf } from '../acting-on.ts'
import { actingUser } from '../acting-user.ts'
import { type EndFilteredStores, endFilteredSessions } from './end-filtered-sessions.ts'
import { mayActOnAccount } from './may-act-on-account.ts'
import { mayAdminister } from '../may-administer.ts'

export interface SessionsApiStores extends EndFilteredStores {
  readonly sessionList: SessionList
  readonly sessions: Pick<Sessions, 'end'>
  readonly users: Pick<Users, 'find'>
}

/** The browser sessions of all users, for administrators. */
export function sessionsApi(stores: SessionsApiStores): readonly Operation[] {
  const { sessionList, sessions, users, endSessions } = stores
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
      summary: 'List sessions, the newest first',
      isPaged: true,
      description:
        'Those of a network come address by address, those before a time by that time, those of an application by the sign-in: each by an index. Where more than one of these narrows it, and few of very many match, a page may hold fewer than were asked for, or none, and still have a next: read on.',
      query: { ...filters, without_second_factor: flag('Only those that rest on one factor alone (all).') },
      answer: json(z.object({ sessions: z.array(session), next: z.string().nullable() })),
      handler: async ({ query, page }) => {
        const { items, next } = await sessionList.page(filterOf(query), page)
        return { sessions: items.map(sessionAnswer), next }
      },
    }),
    operation({
      ...common,
      method: 'POST',
      path: `${path}end/`,
      summary: 'End all sessions that a filter finds',
      description:
        'First with dry_run, which counts them. Then with that count: where there are more by now, nothing ends, and the answer is 409. The session that asks stays unless own is true; those of administrators are ended by superusers alone. At most 20,000 end at once: left says how many still match.',
      body: z.strictObject({
        ...filters,
        without_second_factor: z.boolean().optional(),
        own: z.boolean().optional().meta({ description: 'Whether the session that asks ends too (false).' }),
        count: z.int().min(0).optional().meta({ description: 'How many there were to be. Required without dry_run.' }),
        dry_run: z.boolean().optional().meta({ description: 'Whether they are only counted (false).' }),
      }),
      refuses: ['conflict'],
      answer: json(
        z.object({
          count: z.int().meta({ description: 'How many ended; with dry_run, how many would.' }),
          users: z.int().nullable().meta({ description: 'With dry_run: of how many users, counted up to 10,000.' }),
          left: z.int().meta({ description: 'How many match and go on.' }),
        }),
      ),
      handler: async ({ identity, by, body: { own = false, count: shown, dry_run: isDry = false, ...asked } }) => {
        const filter = filterOf(asked)
        const actor = endingActor(identity)
        if (isDry) {
          const { count, users: of, leftOut } = await endSessions.count(filter, actor)
          return { count, users: of, left: leftOut }
        }
        if (shown === undefined) throw faulty('count', 'It is required: the count of a call with dry_run.')
        const answer = await endFilteredSessions(stores, { filter, actor, shown, withOwn: own }, by)
        if (!answer.isDone) {
          const { count } = answer.found
          throw new RequestRefused('conflict', `There are ${count} now, and not ${shown} any more. Nothing has ended.`)
        }
        return { count: answer.ended + (answer.isOwnOver ? 1 : 0), users: null, left: answer.left }
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

const filters = {
  user: id('a user').optional(),
  network: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'Only those that signed in from this address or range, such as 203.0.113.0/24.' }),
  started_before: momentSent('Only those that began before.').optional(),
  last_seen_before: momentSent('Only those that were not used since.').optional(),
  client_id: z.string().max(2048).optional().meta({ description: 'Only those that this application may act on.' }),
  way: z
    .enum(Object.keys(sessionWays) as [SessionWay, ...SessionWay[]])
    .optional()
    .meta({ description: 'Only those that were signed in to so.' }),
}

interface FiltersSent {
  readonly user?: string | undefined
  readonly network?: string | undefined
  readonly started_before?: number | undefined
  readonly last_seen_before?: number | undefined
  readonly client_id?: string | undefined
  readonly way?: SessionWay | undefined
  readonly without_second_factor?: boolean | undefined
}

function filterOf(sent: FiltersSent): SessionFilter {
  const filter = {
    userId: sent.user,
    network: sent.network,
    startedBefore: sent.started_before,
    lastSeenBefore: sent.last_seen_before,
    client: sent.client_id,
    way: sent.way,
    withoutSecondFactor: sent.without_second_factor,
  }
  try {
    networkOfFilter(filter)
  } catch (error) {
    if (error instanceof TypeError) throw faulty('network', 'Write an address or a range, such as 203.0.113.0/24.')
    throw error
  }
  return filter
}

function endingActor(identity: Identity | null): EndingActor {
  const user = actingUser(identity)
  const sessionId = identity?.via === 'session' ? (identity.auth as { readonly id: string }).id : null
  return { id: user.id, until: untilOf(user), sessionId }
}

function faulty(field: string, sentence: string): RequestRefused {
  return new RequestRefused('invalid', undefined, { body: { [field]: [sentence] } })
}

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
    network_kind: networkKindSent,
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
    network_kind: networkKind(record.address),
    user_agent: record.userAgent,
  }
}
