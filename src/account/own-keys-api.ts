import { z } from 'zod'
import { programs } from '../accounts/by-program.ts'
import { isTheirs } from '../accounts/is-theirs.ts'
import { json } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import { freshly } from '../api/operations-asking-for-proof.ts'
import { id, moment, momentSent, toMoment } from '../api/wire-values.ts'
import type { Identity } from '../core/identity.ts'
import { allOf } from '../permissions/all-of.ts'
import { isVia } from '../permissions/is-via.ts'
import { not } from '../permissions/not.ts'
import type { ApiKeyFilter, ApiKeyList } from '../tokens/api-key-list.ts'
import type { ApiKeyRecord, ApiKeys } from '../tokens/api-keys.ts'
import { dayOf, type KeyUsage } from '../tokens/key-usage.ts'
import type { Owner } from '../tokens/owner.ts'
import type { ServiceAccounts } from '../tokens/service-accounts.ts'
import { checkUnbound } from './check-unbound.ts'
import { dayText } from './day-text.ts'
import { checkMayOpen } from '../organisations/api/check-may-open.ts'
import { checkScopesGiven } from '../organisations/api/check-scopes-given.ts'
import { checkKnown, checkNotWider, ofAll } from './own-key-checks.ts'
import { mayUseAccount } from './organisations-api.ts'
import { keyShownOnce, newKey, newKeyValues, purposeSent } from './new-key.ts'
import { personOf } from './person-of.ts'
import { ownKey, ownKeyAnswer } from '../organisations/api/own-key-answer.ts'

export interface OwnKeysApiStores {
  readonly keyList: Pick<ApiKeyList, 'page'>
  readonly apiKeys: Omit<ApiKeys, 'list' | 'find' | 'recognises' | 'revokeMany' | 'close' | 'check'>
  readonly keyUsage: Pick<KeyUsage, 'days' | 'refusals' | 'recent'>
  readonly serviceAccounts: Pick<ServiceAccounts, 'find'>
  /** The scopes that keys can have. */
  readonly scopes: readonly string[]
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** One's own API keys, and one by one those of the service accounts that one answers for, for programs: what `/portal/keys/` shows. */
export function ownKeysApi(stores: OwnKeysApiStores): {
  readonly path: string
  readonly operations: readonly Operation[]
} {
  const { keyList, apiKeys, keyUsage, serviceAccounts, scopes: catalogue, clock } = stores
  const common = { tag: 'Your API keys', permission: mayUseAccount } as const
  const changeIt = freshly(mayUseAccount, clock)
  // A key that leaked would live on in those that it made, from other places and without its end; and an application that was
  // taken out in those that it made before.
  const sensitive = allOf(changeIt, not(isVia(...programs)))

  /** Those of somebody else are not there, nor are those of service accounts that somebody else answers for. */
  async function find({ path, identity }: Asked): Promise<ApiKeyRecord | null> {
    const key = await apiKeys.get(path.id)
    const user = personOf(identity)
    if (key?.owner.kind !== 'service_account') return key?.owner.id === user.id ? key : null
    const account = await serviceAccounts.find(key.owner.id)
    return account !== null && isTheirs(account, user) ? key : null
  }

  const one = { ...common, params: { id: id('an API key of yours') }, object: { find } } as const
  const changing = { ...one, refuses: ['conflict'], answer: json(ownKey) } as const

  const operations = [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List your API keys',
      description:
        'Newest first; those that are unused, longest unused first; those that end soon, the next to end first.',
      isPaged: true,
      query: {
        state: z
          .enum(states)
          .optional()
          .meta({ description: 'Only those in this state; broad: those that may do much (all).' }),
      },
      answer: json(z.object({ keys: z.array(ownKey), next: z.string().nullable() })),
      handler: async ({ identity, query, page }) => {
        const filter = { ...filterOf(query.state, clock()), owner: ownerOf(identity) }
        const { items, next } = await keyList.page(filter, page)
        return { keys: items.map(ownKeyAnswer), next }
      },
    }),
    operation({
      ...common,
      permission: sensitive,
      method: 'POST',
      path,
      summary: 'Make an API key',
      description:
        'The answer is the only time that it is shown. It ends after 90 days, unless you say when. A credential that has scopes gives none but those.',
      refuses: ['conflict'],
      body: newKey,
      answer: keyShownOnce,
      handler: async ({ identity, body, by }) => {
        checkScopesGiven(identity, body.scopes)
        checkKnown(body.scopes, catalogue)
        const made = await apiKeys.create({ owner: ownerOf(identity), ...newKeyValues(body, clock()), by })
        return { key: made.key, record: ownKeyAnswer(made.record) }
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{id}/`,
      summary: 'Read an API key of yours',
      answer: json(ownKey),
      handler: async ({ object }) => ownKeyAnswer(object),
    }),
    operation({
      ...changing,
      permission: changeIt,
      method: 'PATCH',
      path: `${path}{id}/`,
      summary: 'Rename an API key, say what it is for, take scopes from it, say where it may be used from',
      description:
        'Scopes are taken, never added, and it does not end later than it would. Neither an API key, a token nor an application says from where keys may be used.',
      body: z.strictObject({
        name: z.string().optional(),
        purpose: purposeSent.optional(),
        scopes: z.array(z.string()).max(100).optional(),
        allowed_addresses: z.array(z.string()).max(100).optional(),
        expires_at: momentSent('When it ends: not later than it would.').optional(),
      }),
      handler: async ({ object, body, identity, by }) => {
        const { allowed_addresses: allowedAddresses, expires_at: expiresAt, ...values } = body
        checkUnbound(identity, ofAll)
        checkNotWider(object, { scopes: values.scopes, expiresAt })
        if (allowedAddresses !== undefined) checkMayOpen(identity)
        const given = Object.entries({ ...values, allowedAddresses, expiresAt }).filter(
          ([, value]) => value !== undefined,
        )
        const action = { by, owner: object.owner }
        return ownKeyAnswer(await apiKeys.update(object.id, Object.fromEntries(given), action))
      },
    }),
    operation({
      ...changing,
      permission: sensitive,
      method: 'POST',
      path: `${path}{id}/roll/`,
      summary: 'Give an API key a new secret',
      description: 'The answer is the only time that it is shown. The old one goes on for the overlap.',
      body: z.strictObject({
        overlap: z
          .int()
          .min(0)
          .max(7 * 86_400)
          .default(86_400)
          .meta({ description: 'Seconds for which the old secret goes on: 0, up to a week.' }),
      }),
      answer: keyShownOnce,
      handler: async ({ object, body: { overlap }, identity, by }) => {
        checkScopesGiven(identity, object.scopes)
        const action = { by, owner: object.owner, overlap }
        const { key, record } = await apiKeys.startRotation(object.id, action)
        return { key, record: ownKeyAnswer(record) }
      },
    }),
    ...(['finishRotation', 'cancelRotation', 'disable', 'enable', 'revoke'] as const).map((action) =>
      operation({
        ...changing,
        method: 'POST',
        path: `${path}{id}/${actions[action].path}/`,
        summary: actions[action].summary,
        handler: async ({ object, identity, by }) => {
          checkUnbound(identity, ofAll)
          if (action === 'enable') checkMayOpen(identity)
          return ownKeyAnswer(await apiKeys[action](object.id, { by, owner: object.owner }))
        },
      }),
    ),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{id}/usage/`,
      summary: 'See how an API key is used',
      answer: json(usage),
      handler: async ({ object }) => {
        const since = dayOf(clock()) - 29
        const [days, refusals, recent] = await Promise.all([
          keyUsage.days(object.id, since),
          keyUsage.refusals(object.id, since),
          keyUsage.recent(object.id),
        ])
        return {
          days: days.map((one) => ({ ...one, day: dayText(one.day) })),
          refusals,
          recent: recent.map(({ at, ...use }) => ({ at: toMoment(at), ...use })),
        }
      },
    }),
  ]
  return { path, operations }
}

const path = '/api/account/keys/'
const day = 86_400_000

interface Asked {
  readonly path: { readonly id: string }
  readonly identity: Identity | null
}

const states = ['on', 'unused', 'unending', 'expiring', 'broad', 'disabled', 'revoked'] as const

const actions = {
  finishRotation: { path: 'finish', summary: 'End the old secret of an API key now' },
  cancelRotation: { path: 'cancel', summary: 'End the new secret of an API key, while the old one still works' },
  disable: { path: 'disable', summary: 'Switch an API key off for now' },
  enable: { path: 'enable', summary: 'Switch an API key on again' },
  revoke: { path: 'revoke', summary: 'Revoke an API key, for good' },
} as const

const usage = z
  .object({
    days: z.array(z.object({ day: z.iso.date(), requests: z.int(), refused: z.int() })),
    refusals: z.array(z.object({ reason: z.string(), refused: z.int() })).readonly(),
    recent: z.array(
      z.object({
        at: moment,
        outcome: z.string().meta({ description: 'accepted, or why it was refused.' }),
        address: z.string().nullable(),
        method: z.string().nullable(),
        path: z.string().nullable(),
        status: z.int().nullable().meta({ description: 'Of the answer; null where it is not known.' }),
      }),
    ),
  })
  .meta({ id: 'KeyUsage', description: 'The last 30 days by day, refusals by reason, and the last twenty requests.' })

function filterOf(state: (typeof states)[number] | undefined, now: number): ApiKeyFilter {
  if (state === 'unused') return { unusedSince: now - 90 * day }
  if (state === 'broad') return { isBroad: true }
  if (state === 'unending') return { expires: false }
  if (state === 'expiring') return { expiresBefore: now + 14 * day, expiresAfter: now }
  return { state }
}

function ownerOf(identity: Identity | null): Owner {
  return { kind: 'user', id: personOf(identity).id }
}
