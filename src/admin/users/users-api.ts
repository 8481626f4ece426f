import { z } from 'zod'
import type { Groups } from '../../accounts/groups.ts'
import type { MergeUsers } from '../../accounts/merge-users.ts'
import type { UserSource } from '../../accounts/user-source.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { flag, id, momentSent } from '../../api/wire-values.ts'
import type { AuthenticatorApps } from '../../factors/authenticator-apps.ts'
import type { PasswordHasher } from '../../crypto/password-hash.ts'
import { checkIsOther } from '../acting-on.ts'
import { checkGrants, checkOpens } from '../in-person.ts'
import { actingUser } from '../acting-user.ts'
import { mayActOnAccount } from './may-act-on-account.ts'
import { bulkUsersApi } from './bulk-users-api.ts'
import type { BulkUsers } from './bulk-users.ts'
import { freshly } from '../../api/operations-asking-for-proof.ts'
import { mayAdminister } from '../may-administer.ts'
import { userReadsApi, type UserReadsApiStores } from './user-reads-api.ts'
import { type UserActionsApiStores, userActionsApi } from './user-actions-api.ts'
import { userImportApi } from './user-import-api.ts'
import type { MakeResetLink } from './user-reset-link.ts'
import { userResetLinkApi } from './user-reset-link-api.ts'
import { userMergeApi } from './user-merge-api.ts'
import { user, userAnswer } from './user-answer.ts'
import { timedMembers, userChanges, type UserMembers, userMembers, userValues } from './user-members.ts'

export interface UsersApiStores extends UserActionsApiStores, UserReadsApiStores {
  readonly users: Users
  readonly groups: Groups
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly bulkUsers: BulkUsers
  readonly mergeUsers: MergeUsers
  readonly makeResetLink: MakeResetLink
  readonly isMailOpen: boolean
  readonly hasher: Pick<PasswordHasher, 'recognises' | 'hash'>
  readonly apps: Pick<AuthenticatorApps, 'adopt'>
}

/** The accounts of people, for administrators. Nobody sees or sets another's password: a link lets them choose one. */
export function usersApi({
  users,
  groups,
  members,
  exportUser,
  acceptedTerms,
  sendResetLink = null,
  unlock,
  clock,
  resetFactors,
  requirePassword,
  bulkUsers,
  mergeUsers,
  hasher,
  apps,
  ...stores
}: UsersApiStores): readonly Operation[] {
  const common = { tag: 'Users', permission: mayAdminister } as const
  const find = async ({ path }: { readonly path: { readonly id: string } }): Promise<Found | null> => {
    const account = await users.find(path.id)
    return account === null ? null : { account }
  }
  const read = { ...common, params: { id: id('a user') }, object: { find } } as const
  const changing = { ...common, params: { id: id('a user') }, object: { find, permission: mayActOnAccount } } as const

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List users, newest first',
      isPaged: true,
      query: {
        search: z
          .string()
          .max(254)
          .optional()
          .meta({ description: 'The beginning of a username or an e-mail address, or an id (all).' }),
        status: z
          .enum(['active', 'disabled'])
          .optional()
          .meta({ description: 'Only those who may sign in, or who may not (all).' }),
        staff: flag('Only members of staff, or only others (all).'),
        superuser: flag('Only superusers, or only others (all).'),
        never_signed_in: flag('Only those who never signed in, or only those who did (all).'),
        second_factor: flag('Only those with an authenticator app or a passkey, or only others (all).'),
        group: id('a group').optional(),
        organisation: z
          .string()
          .max(64)
          .optional()
          .meta({ description: 'Only members of this organisation, by its short name or its id (all).' }),
        source: z
          .string()
          .regex(/^(?:made|sign_up|invitation|import|service|provider:.{1,100})$/, 'It is none of the sources.')
          .optional()
          .meta({ description: 'Only those that come from there, such as import or provider:google (all).' }),
        created_from: momentSent('Only those made from then on (all).').optional(),
        created_until: momentSent('Only those made before (all).').optional(),
      },
      answer: json(z.object({ users: z.array(user), next: z.string().nullable() })),
      handler: async ({ query, page }) => {
        const { status, created_from: createdFrom, created_until: createdUntil } = query
        const found = await users.list({
          ...page,
          ...defined({
            search: query.search,
            isActive: status === undefined ? undefined : status === 'active',
            isStaff: query.staff,
            isSuperuser: query.superuser,
            neverSignedIn: query.never_signed_in,
            hasSecondFactor: query.second_factor,
            group: query.group,
            organisation: query.organisation,
            source: query.source as UserSource | undefined,
            createdFrom,
            createdUntil,
          }),
        })
        return { users: found.users.map(userAnswer), next: found.next }
      },
    }),
    operation({
      ...common,
      method: 'POST',
      path,
      summary: 'Make a user',
      description:
        'It has no password: the user chooses one by a link, which send-reset sends. Only a superuser may make administrators, and none by a key or a token.',
      refuses: ['conflict'],
      body: z.strictObject({ ...userMembers, ...timedMembers, username: userMembers.username.unwrap() }),
      answer: json(user, { status: 201, description: 'The account is there.' }),
      handler: async ({ identity, body, by }) => {
        if (body.is_staff === true || body.is_superuser === true) checkGrants(identity)
        return userAnswer(await users.create(userValues(body), by))
      },
    }),
    bulkUsersApi({ bulkUsers, groups, clock }),
    userMergeApi({ mergeUsers }),
    userResetLinkApi({ users, ...stores }),
    userImportApi({ users, hasher, apps }),
    operation({
      ...read,
      method: 'GET',
      path: `${path}{id}/`,
      summary: 'Read a user',
      answer: json(user),
      handler: async ({ object }) => userAnswer(object.account),
    }),
    operation({
      ...changing,
      permission: freshly(mayAdminister, clock),
      method: 'PATCH',
      path: `${path}{id}/`,
      summary: 'Change what is sent of a user',
      description:
        'Only a superuser may change is_staff and is_superuser, and until when; a key or a token neither those, nor the account of an administrator.',
      refuses: ['conflict'],
      body: z.strictObject({ ...userMembers, ...timedMembers }),
      answer: json(user),
      handler: async ({ identity, object, body, by }) => {
        if (grants(object.account, body, clock())) checkGrants(identity)
        checkOpens(identity, object.account)
        return userAnswer(await users.update(object.account.id, userChanges(body), by))
      },
    }),
    operation({
      ...changing,
      permission: freshly(mayAdminister, clock),
      method: 'DELETE',
      path: `${path}{id}/`,
      summary: 'Delete a user with everything that is theirs',
      description: 'The audit log keeps who it was, and what was done.',
      refuses: ['conflict'],
      answer: nothing,
      handler: async ({ identity, object, by }) => {
        checkIsOther(actingUser(identity), object.account, 'delete')
        return users.delete(object.account.id, by).then(() => undefined)
      },
    }),
    ...userActionsApi({ users, resetFactors, requirePassword, sendResetLink, unlock }),
    ...userReadsApi({ users, groups, members, exportUser, acceptedTerms }),
  ]
}

const path = '/api/admin/users/'

interface Found {
  readonly account: UserRecord
}

/** Whether rights of administrators, or how long they are had, would be others. What is over is none, cleared up or not. */
function grants(before: UserRecord, members: UserMembers, now: number): boolean {
  const { staffUntil, superuserUntil } = before
  const isStaff = before.isStaff && (staffUntil === null || staffUntil > now)
  const isSuperuser = before.isSuperuser && (superuserUntil === null || superuserUntil > now)
  const { is_staff = isStaff, is_superuser = isSuperuser } = members
  const { staff_until = staffUntil, superuser_until = superuserUntil } = members
  return (
    is_staff !== isStaff ||
    is_superuser !== isSuperuser ||
    staff_until !== staffUntil ||
    superuser_until !== superuserUntil
  )
}

/** Without what is undefined. */
function defined<Values extends object>(values: Values): { [Name in keyof Values]?: Exclude<Values[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Values]?: Exclude<Values[Name], undefined>
  }
}
