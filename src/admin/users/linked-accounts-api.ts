import { z } from 'zod'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id } from '../../api/wire-values.ts'
import type { LinkedAccount } from '../../social/linked-account-list.ts'
import type { LinkedAccounts } from '../../social/linked-accounts.ts'
import { linkedAccount, linkedAccountAnswer } from './linked-account-answer.ts'
import { mayActOnAccount } from './may-act-on-account.ts'
import { mayAdminister } from '../may-administer.ts'

export interface LinkedAccountsApiStores {
  readonly social: { readonly linked: Pick<LinkedAccounts, 'list' | 'read' | 'unlink'> }
  readonly users: Pick<Users, 'find'>
}

/** The accounts elsewhere that users sign in with, for administrators. */
export function linkedAccountsApi({ social: { linked }, users }: LinkedAccountsApiStores): readonly Operation[] {
  const common = { tag: 'Linked accounts', permission: mayAdminister } as const
  const one = { ...common, params: { id: id('a linked account') } } as const
  const find = async ({ path: { id: wanted } }: { readonly path: { readonly id: string } }): Promise<Found | null> => {
    const found = await linked.read(wanted)
    return found === null ? null : { linked: found, account: await users.find(found.userId) }
  }

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List the linked accounts of a user',
      query: { user: id('a user') },
      answer: json(z.object({ linked_accounts: z.array(linkedAccount) })),
      handler: async ({ query: { user } }) => ({
        linked_accounts: (await linked.list(user)).map((found) => linkedAccountAnswer({ ...found, userId: user })),
      }),
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{id}/`,
      summary: 'Read a linked account',
      object: { find },
      answer: json(linkedAccount),
      handler: async ({ object }) => linkedAccountAnswer(object.linked),
    }),
    operation({
      ...one,
      method: 'DELETE',
      path: `${path}{id}/`,
      summary: 'Unlink an account, though its user may have no other way in',
      object: { find, permission: mayActOnAccount },
      answer: nothing,
      handler: async ({ object, by }) => {
        await linked.unlink(object.linked.userId, object.linked.id, by, { evenIfLast: true })
        return undefined
      },
    }),
  ]
}

const path = '/api/admin/linked-accounts/'

type OfUser = LinkedAccount & { readonly userId: string }

interface Found {
  readonly linked: OfUser
  readonly account: UserRecord | null
}
