import { z } from 'zod'
import type { Group, Groups } from '../../accounts/groups.ts'
import type { Users } from '../../accounts/users.ts'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id } from '../../api/wire-values.ts'
import { group, groupAnswer } from './group-answer.ts'
import { mayActOnAccount } from '../users/may-act-on-account.ts'
import { mayAdminister } from '../may-administer.ts'

export interface GroupsApiStores {
  readonly groups: Groups
  readonly users: Pick<Users, 'find'>
}

/** The groups of users, for administrators. */
export function groupsApi({ groups, users }: GroupsApiStores): readonly Operation[] {
  const common = { tag: 'Groups', permission: mayAdminister } as const
  const find = async ({ path }: { readonly path: { readonly id: string } }): Promise<Group | null> =>
    groups.find(path.id)
  const one = { ...common, params: { id: id('a group') }, object: { find } } as const
  const membership = {
    ...common,
    params: { id: id('a group'), user: id('a user') },
    object: {
      find: async ({ path }: { readonly path: { readonly id: string; readonly user: string } }) => {
        const [found, account] = await Promise.all([groups.find(path.id), users.find(path.user)])
        return found === null || account === null ? null : { group: found, account }
      },
      permission: mayActOnAccount,
    },
  } as const

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List groups, by name',
      answer: json(z.object({ groups: z.array(group) })),
      handler: async () => ({ groups: (await groups.list()).map(groupAnswer) }),
    }),
    operation({
      ...common,
      method: 'POST',
      path,
      summary: 'Make a group',
      refuses: ['conflict'],
      body: z.strictObject({ name: groupMembers.name, permissions: groupMembers.permissions.default([]) }),
      answer: json(group, { status: 201, description: 'The group is there.' }),
      handler: async ({ body, by }) => groupAnswer(await groups.create(body, by)),
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{id}/`,
      summary: 'Read a group',
      answer: json(group),
      handler: async ({ object }) => groupAnswer(object),
    }),
    operation({
      ...one,
      method: 'PATCH',
      path: `${path}{id}/`,
      summary: 'Change what is sent of a group',
      description: 'Whoever loses a permission by it loses the access tokens that claim it too.',
      refuses: ['conflict'],
      body: z.strictObject({ name: groupMembers.name.optional(), permissions: groupMembers.permissions.optional() }),
      answer: json(group),
      handler: async ({ object, body: { name, permissions: wanted }, by }) =>
        groupAnswer(
          await groups.update(
            object.id,
            { ...(name === undefined ? {} : { name }), ...(wanted === undefined ? {} : { permissions: wanted }) },
            by,
          ),
        ),
    }),
    operation({
      ...one,
      method: 'DELETE',
      path: `${path}{id}/`,
      summary: 'Delete a group',
      answer: nothing,
      handler: async ({ object, by }) => groups.delete(object.id, by).then(() => undefined),
    }),
    operation({
      ...membership,
      method: 'PUT',
      path: `${path}{id}/members/{user}/`,
      summary: 'Put a user in a group',
      answer: nothing,
      handler: async ({ object, by }) => groups.add(object.group.id, object.account.id, by).then(() => undefined),
    }),
    operation({
      ...membership,
      method: 'DELETE',
      path: `${path}{id}/members/{user}/`,
      summary: 'Take a user out of a group',
      answer: nothing,
      handler: async ({ object, by }) => groups.remove(object.group.id, object.account.id, by).then(() => undefined),
    }),
  ]
}

const path = '/api/admin/groups/'

/** What is sent to make or change a group. */
export const groupMembers: { readonly name: z.ZodString; readonly permissions: z.ZodArray<z.ZodString> } = {
  name: z.string(),
  permissions: z.array(z.string()).max(1000),
}
