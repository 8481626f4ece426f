import { z } from 'zod'
import type { Users } from '../../accounts/users.ts'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id, moment, toMoment } from '../../api/wire-values.ts'
import { checkInPerson } from '../in-person.ts'
import { mayGovern } from '../may-administer.ts'
import { mayActOnAccount } from './may-act-on-account.ts'
import { checkUnreached, type MakeResetLink } from './user-reset-link.ts'

export interface UserResetLinkApiStores {
  readonly users: Pick<Users, 'find'>
  readonly makeResetLink: MakeResetLink
  readonly isMailOpen: boolean
}

/** A link to a new password for somebody whom no mail reaches. */
export function userResetLinkApi({ users, makeResetLink, isMailOpen }: UserResetLinkApiStores): Operation {
  return operation({
    tag: 'Users',
    permission: mayGovern,
    method: 'POST',
    path: '/api/admin/users/{id}/reset-link/',
    summary: 'Make a link to a new password for a user whom no mail reaches',
    description:
      'The answer is the only time that it is shown. 409 for whoever has an address that mail is sent to. Not by a key or a token.',
    refuses: ['conflict'],
    params: { id: id('a user') },
    object: {
      find: async ({ path }) => {
        const account = await users.find(path.id)
        return account === null ? null : { account }
      },
      permission: mayActOnAccount,
    },
    answer: json(z.object({ url: z.string(), expires_at: moment }), {
      status: 201,
      description: 'The link, this once.',
    }),
    handler: async ({ identity, object: { account }, by }) => {
      checkInPerson(identity)
      checkUnreached(account, isMailOpen)
      const { url, expiresAt } = await makeResetLink(account.id, by)
      return { url, expires_at: toMoment(expiresAt) }
    },
  })
}
