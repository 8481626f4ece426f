import { z } from 'zod'
import { json, nothing } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import { freshly } from '../api/operations-asking-for-proof.ts'
import { id, moment, momentOrNull, toMoment } from '../api/wire-values.ts'
import { NotAuthenticated } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import type { LinkedAccount } from '../social/linked-account-list.ts'
import type { LinkedAccounts } from '../social/linked-accounts.ts'
import { checkUnbound } from './check-unbound.ts'
import { mayUseAccount } from './organisations-api.ts'

export interface LinkedSignInsApiOptions {
  readonly linked: Pick<LinkedAccounts, 'list' | 'unlink' | 'isLastWayIn'>
  /** The providers that there are: a name, and where linking with one begins. */
  readonly providers: readonly { readonly id: string; readonly name: string; readonly action: string }[]
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** The accounts at other providers that somebody signs in with, for programs: what `/account/linked/` shows. */
export function linkedSignInsApi({ linked, providers, clock }: LinkedSignInsApiOptions): {
  readonly path: string
  readonly operations: readonly Operation[]
} {
  const common = { tag: 'Your linked sign-ins', permission: mayUseAccount } as const

  /** Those of somebody else are not there. */
  async function find({ path: { id: wanted }, identity }: Asked): Promise<LinkedAccount | null> {
    return (await linked.list(userOf(identity))).find((one) => one.id === wanted) ?? null
  }

  async function answerOf(userId: string, account: LinkedAccount) {
    return {
      id: account.id,
      provider: account.provider,
      email: account.email,
      name: account.name,
      linked_at: toMoment(account.createdAt),
      last_used_at: toMoment(account.lastUsedAt),
      is_last_way_in: await linked.isLastWayIn(userId, account.id),
    }
  }

  const operations = [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List your linked sign-ins, and the providers that you can link',
      description:
        'To link one, a browser that is signed in, with a proof of the last ten minutes, sends {"purpose":"link"} as JSON to "link" with its CSRF token, and goes to the "location" that it is answered with.',
      answer: json(
        z.object({
          linked: z.array(linkedSignIn),
          providers: z.array(z.object({ id: z.string(), name: z.string(), link: z.string() })),
        }),
      ),
      handler: async ({ identity }) => {
        const userId = userOf(identity)
        const accounts = await linked.list(userId)
        return {
          linked: await Promise.all(accounts.map(async (account) => answerOf(userId, account))),
          providers: providers.map(({ id: provider, name, action }) => ({ id: provider, name, link: action })),
        }
      },
    }),
    operation({
      ...common,
      permission: freshly(mayUseAccount, clock),
      params: { id: id('a linked sign-in of yours') },
      object: { find },
      method: 'DELETE',
      path: `${path}{id}/`,
      summary: 'Unlink a sign-in',
      description: 'The last way in stays: 409.',
      refuses: ['conflict'],
      answer: nothing,
      handler: async ({ object, identity, by }) => {
        checkUnbound(identity, 'a sign-in is for all of them')
        await linked.unlink(userOf(identity), object.id, by)
        return undefined
      },
    }),
  ]
  return { path, operations }
}

const path = '/api/account/linked-sign-ins/'

interface Asked {
  readonly path: { readonly id: string }
  readonly identity: Identity | null
}

const linkedSignIn = z
  .object({
    id: z.string(),
    provider: z.string(),
    email: z.string().nullable().meta({ description: 'What the provider said last.' }),
    name: z.string().nullable(),
    linked_at: moment,
    last_used_at: momentOrNull,
    is_last_way_in: z.boolean(),
  })
  .meta({ id: 'LinkedSignIn', description: 'An account elsewhere that you sign in with here.' })

/** The permission has seen to it that it is a person. */
function userOf(identity: Identity | null): string {
  if (identity?.principal.kind === 'user') return identity.principal.id
  throw new NotAuthenticated()
}
