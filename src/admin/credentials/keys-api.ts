import { z } from 'zod'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { flag, id, momentSent } from '../../api/wire-values.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { ApiKeyFilter, ApiKeyList } from '../../tokens/api-key-list.ts'
import type { ApiKeyRecord } from '../../tokens/api-key-record.ts'
import type { ApiKeys } from '../../tokens/api-keys.ts'
import type { Owner } from '../../tokens/owner.ts'
import { checkMayActOn } from '../acting-on.ts'
import { actingUser } from '../acting-user.ts'
import { checkOpens } from '../in-person.ts'
import { key, keyAnswer } from './key-answer.ts'
import { mayActOnAccount } from '../users/may-act-on-account.ts'
import { mayAdminister } from '../may-administer.ts'
import { accountOf, ownerSent } from '../owner-account.ts'

export interface KeysApiStores {
  readonly keyList: ApiKeyList
  readonly apiKeys: Pick<
    ApiKeys,
    'revoke' | 'revokeMany' | 'disable' | 'enable' | 'update' | 'startRotation' | 'finishRotation' | 'cancelRotation'
  >
  readonly users: Pick<Users, 'find'>
  readonly clock: () => number
}

/** The API keys of all users and service accounts, for administrators. Nothing can be widened here, only taken away. */
export function keysApi({ keyList, apiKeys, users, clock }: KeysApiStores): readonly Operation[] {
  const common = { tag: 'API keys', permission: mayAdminister } as const
  const find = async ({ path: { id: wanted } }: { readonly path: { readonly id: string } }): Promise<Found | null> => {
    const found = await keyList.read(wanted)
    return found === null ? null : { key: found, account: await accountOf(users, found.owner) }
  }
  const one = { ...common, params: { id: id('a key') }, answer: json(key) } as const
  const changing = { ...one, refuses: ['conflict'], object: { find, permission: mayActOnAccount } } as const

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List API keys',
      description:
        'Newest first; with unused_days the longest unused first, with expires_within_days the next to end first.',
      isPaged: true,
      query: {
        owner: ownerSent.optional(),
        state: z
          .enum(['on', 'disabled', 'revoked'])
          .optional()
          .meta({ description: 'Only those in this state (all).' }),
        expires: flag('Only those that end by themselves, or that never do, and are not revoked (all).'),
        expires_within_days: days('Only those that end within so many days, and are not revoked (all).'),
        broad: flag(
          'Whether only those with the scope admin, or with ten scopes and more, that are not revoked (all).',
        ),
        unused_days: days('Only those not used for so many days, and not revoked (all).'),
      },
      answer: json(z.object({ keys: z.array(key), next: z.string().nullable() })),
      handler: async ({ query, page }) => {
        const { items, next } = await keyList.page(filterOf(query, clock()), page)
        return { keys: items.map(keyAnswer), next }
      },
    }),
    operation({
      ...common,
      method: 'POST',
      path: `${path}revoke/`,
      summary: 'Revoke many API keys at once, for good',
      description:
        'All of them or, where one is not there or may not be touched, none. Those that are revoked already count for nothing.',
      body: z.strictObject({ ids: z.array(z.string().max(64)).min(1).max(1000) }),
      answer: json(z.object({ revoked: z.int() }), { description: 'How many were revoked by it.' }),
      handler: async ({ identity, body, by }) => {
        const actor = actingUser(identity)
        const missing: string[] = []
        for (const wanted of new Set(body.ids)) {
          const found = await find({ path: { id: wanted } })
          if (found === null) missing.push(wanted)
          else if (found.account !== null) checkMayActOn(actor, found.account)
        }
        if (missing.length > 0) {
          throw new RequestRefused('invalid', undefined, { body: { ids: [`There is no ${missing.join(', ')}.`] } })
        }
        return { revoked: await apiKeys.revokeMany(body.ids, { by }) }
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{id}/`,
      summary: 'Read an API key',
      object: { find },
      handler: async ({ object }) => keyAnswer(object.key),
    }),
    operation({
      ...changing,
      method: 'PATCH',
      path: `${path}{id}/`,
      summary: 'Let an API key end sooner',
      body: z.strictObject({ expires_at: momentSent('When it ends: not later than it would.') }),
      handler: async ({ object, body: { expires_at: expiresAt }, by }) => {
        const end = object.key.expiresAt
        if (end !== null && expiresAt > end) {
          throw new RequestRefused('invalid', undefined, { body: { expires_at: ['It cannot be later than it is.'] } })
        }
        return keyAnswer(await apiKeys.update(object.key.id, { expiresAt }, { by }))
      },
    }),
    operation({
      ...changing,
      method: 'POST',
      path: `${path}{id}/rotate/`,
      summary: 'Give the key of a service account a new secret beside the one it has',
      description: 'The answer is the only time that it is shown. Keys of people are rotated by themselves alone.',
      body: z.strictObject({
        overlap: z
          .int()
          .min(0)
          .max(30 * 86_400)
          .default(7 * 86_400)
          .meta({ description: 'Seconds for which the old secret goes on: 0, up to 30 days.' }),
      }),
      answer: json(z.object({ key: z.string(), record: key }), { status: 201, description: 'The secret, this once.' }),
      handler: async ({ object, body: { overlap }, by }) => {
        const rotated = await apiKeys.startRotation(object.key.id, { by, owner: programOf(object.key), overlap })
        return { key: rotated.key, record: keyAnswer(rotated.record) }
      },
    }),
    ...(['finishRotation', 'cancelRotation'] as const).map((action) =>
      operation({
        ...changing,
        method: 'POST',
        path: `${path}{id}/${action === 'finishRotation' ? 'finish-rotation' : 'cancel-rotation'}/`,
        summary: summaries[action],
        handler: async ({ object, by }) =>
          keyAnswer(await apiKeys[action](object.key.id, { by, owner: programOf(object.key) })),
      }),
    ),
    ...(['revoke', 'disable', 'enable'] as const).map((action) =>
      operation({
        ...changing,
        method: 'POST',
        path: `${path}{id}/${action}/`,
        summary: summaries[action],
        handler: async ({ identity, object, by }) => {
          if (action === 'enable' && object.account !== null) checkOpens(identity, object.account)
          return keyAnswer(await apiKeys[action](object.key.id, { by }))
        },
      }),
    ),
  ]
}

const path = '/api/admin/keys/'

const summaries = {
  finishRotation: 'End the old secret of a service account’s key now',
  cancelRotation: 'End the new secret of a service account’s key, while the old one still works',
  revoke: 'Revoke an API key, for good',
  disable: 'Switch an API key off for now',
  enable: 'Switch an API key on again; that of an administrator not by a key or a token',
}

/** Throws `RequestRefused` (`conflict`) for the key of a person: nobody else may have its secret. */
function programOf({ owner }: ApiKeyRecord): Owner {
  if (owner.kind === 'service_account') return owner
  throw new RequestRefused('conflict', 'It is the key of a person, who rotates it in their portal.')
}

interface Found {
  readonly key: ApiKeyRecord
  readonly account: UserRecord | null
}

const day = 86_400_000

function days(description: string): z.ZodType<number | undefined, string | undefined> {
  return z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'It has to be a number of days from 1 to 9999.')
    .transform(Number)
    .optional()
    .meta({ description })
}

function filterOf(
  query: {
    readonly owner?: ApiKeyFilter['owner']
    readonly state?: ApiKeyFilter['state']
    readonly expires?: boolean | undefined
    readonly expires_within_days?: number | undefined
    readonly unused_days?: number | undefined
    readonly broad?: boolean | undefined
  },
  now: number,
): ApiKeyFilter {
  const { owner, state, expires, expires_within_days: within, unused_days: unused } = query
  return {
    owner,
    state,
    expires,
    ...(query.broad === true ? { isBroad: true } : {}),
    ...(within === undefined ? {} : { expiresAfter: now, expiresBefore: now + within * day }),
    ...(unused === undefined ? {} : { unusedSince: now - unused * day }),
  }
}
