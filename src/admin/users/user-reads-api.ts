import { z } from 'zod'
import type { AcceptedTerms } from '../../accounts/accepted-terms.ts'
import type { Groups } from '../../accounts/groups.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { download, json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id, moment, toMoment } from '../../api/wire-values.ts'
import type { MemberList } from '../../organisations/member-list.ts'
import { standings } from '../../tokens/standing.ts'
import { mayAdminister } from '../may-administer.ts'
import { group, groupAnswer } from '../roles/group-answer.ts'
import { mayActOnAccount } from './may-act-on-account.ts'
import type { ExportUser } from './user-export.ts'

export interface UserReadsApiStores {
  readonly users: Pick<Users, 'find'>
  readonly groups: Pick<Groups, 'of'>
  readonly members: Pick<MemberList, 'of'>
  readonly exportUser: ExportUser
  /** Which terms they have accepted. */
  readonly acceptedTerms: Pick<AcceptedTerms, 'current' | 'list'>
}

/** What there is to be read of one user beside the account itself. */
export function userReadsApi({
  users,
  groups,
  members,
  exportUser,
  acceptedTerms,
}: UserReadsApiStores): readonly Operation[] {
  const find = async ({ path: asked }: { readonly path: { readonly id: string } }): Promise<Found | null> => {
    const account = await users.find(asked.id)
    return account === null ? null : { account }
  }
  const common = { tag: 'Users', permission: mayAdminister, params: { id: id('a user') } } as const
  const read = { ...common, object: { find } } as const

  return [
    operation({
      ...read,
      method: 'GET',
      path: `${path}{id}/terms/`,
      summary: 'List the terms that a user has accepted',
      answer: json(termsAnswer),
      handler: async ({ object }) => ({
        current: acceptedTerms.current?.version ?? null,
        accepted: (await acceptedTerms.list(object.account.id)).map(({ version, acceptedAt }) => ({
          version,
          accepted_at: toMoment(acceptedAt),
        })),
      }),
    }),
    operation({
      ...read,
      method: 'GET',
      path: `${path}{id}/groups/`,
      summary: 'List the groups that a user is in',
      answer: json(z.object({ groups: z.array(group) })),
      handler: async ({ object }) => ({ groups: (await groups.of(object.account.id)).map(groupAnswer) }),
    }),
    operation({
      ...read,
      method: 'GET',
      path: `${path}{id}/organisations/`,
      summary: 'List the organisations that a user is a member of',
      answer: json(z.object({ organisations: z.array(membership) })),
      handler: async ({ object }) => ({
        organisations: (await members.of(object.account.id)).map((one) => ({
          id: one.organisationId,
          slug: one.slug,
          name: one.name,
          standing: one.standing,
          joined_at: toMoment(one.joinedAt),
          is_suspended: one.suspendedAt !== null,
        })),
      }),
    }),
    operation({
      ...common,
      object: { find, permission: mayActOnAccount },
      method: 'GET',
      path: `${path}{id}/export/`,
      summary: 'Take out everything that is kept of a user',
      description:
        'For the user, who may ask for it. There are no secrets in it. That it was taken out is in the audit log.',
      answer: download(['application/json'], 'All of it.'),
      handler: async ({ object, by }) => {
        const body = JSON.stringify(await exportUser(object.account, by), null, 2)
        return { body, contentType: 'application/json', fileName: `user-${object.account.id}.json` }
      },
    }),
  ]
}

const path = '/api/admin/users/'

const membership = z
  .object({
    id: z.string(),
    slug: z.string(),
    name: z.string(),
    standing: z.enum(standings),
    joined_at: moment,
    is_suspended: z.boolean(),
  })
  .meta({ id: 'UserMembership', description: 'An organisation, and what a user is in it.' })

const termsAnswer = z.object({
  current: z.string().nullable().meta({ description: 'The version that holds now; null: there is none.' }),
  accepted: z.array(z.object({ version: z.string(), accepted_at: moment })),
})

interface Found {
  readonly account: UserRecord
}
