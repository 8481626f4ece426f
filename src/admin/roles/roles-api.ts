import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id, momentSent } from '../../api/wire-values.ts'
import type { Users } from '../../accounts/users.ts'
import { RequestRefused } from '../../core/errors.ts'
import { role, roleAnswer } from '../../organisations/api/role-answer.ts'
import { roleGrant, roleGrantAnswer } from '../../organisations/api/role-grant-answer.ts'
import { changedRole, newRole, roleValuesIn } from '../../organisations/api/role-operations.ts'
import type { RoleGrants } from '../../organisations/role-grants.ts'
import type { Role } from '../../organisations/role-values.ts'
import type { Roles } from '../../organisations/roles.ts'
import { mayActOnAccount } from '../users/may-act-on-account.ts'
import { mayAdminister } from '../may-administer.ts'

export interface RolesApiStores {
  readonly roles: Roles
  readonly roleGrants: Pick<RoleGrants, 'grant' | 'revoke' | 'holders'>
  readonly users: Pick<Users, 'find'>
}

/** The roles that are there for all, and who has them everywhere, for administrators. */
export function rolesApi({ roles, roleGrants, users }: RolesApiStores): readonly Operation[] {
  const common = { tag: 'Roles', permission: mayAdminister } as const
  const find = async (roleId: string): Promise<Role | null> => {
    const found = await roles.find(roleId)
    return found === null || found.organisationId !== null ? null : found
  }
  const one = {
    ...common,
    params: { role: id('a role') },
    object: { find: async (asked: { readonly path: { readonly role: string } }) => find(asked.path.role) },
  } as const
  const holding = {
    ...common,
    params: { role: id('a role'), user: id('a user') },
    object: {
      find: async (asked: { readonly path: { readonly role: string; readonly user: string } }) => {
        const [found, account] = await Promise.all([find(asked.path.role), users.find(asked.path.user)])
        return found === null || account === null ? null : { role: found, account }
      },
      permission: mayActOnAccount,
    },
  } as const

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List the roles that are there for all, by name',
      answer: json(z.object({ roles: z.array(role) })),
      handler: async () => ({ roles: (await roles.list(null)).map(roleAnswer) }),
    }),
    operation({
      ...common,
      method: 'POST',
      path,
      summary: 'Make a role',
      refuses: ['conflict'],
      body: newRole,
      answer: json(role, { status: 201, description: 'The role is there.' }),
      handler: async ({ body, by }) => roleAnswer(await roles.create(body, by)),
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{role}/`,
      summary: 'Read a role',
      answer: json(role),
      handler: async ({ object }) => roleAnswer(object),
    }),
    operation({
      ...one,
      method: 'PATCH',
      path: `${path}{role}/`,
      summary: 'Change what is sent of a role',
      description: 'Whoever loses a permission by it loses the access tokens that claim it too.',
      refuses: ['conflict'],
      body: changedRole,
      answer: json(role),
      handler: async ({ object, body, by }) => roleAnswer(await roles.update(object.id, roleValuesIn(body), { by })),
    }),
    operation({
      ...one,
      method: 'DELETE',
      path: `${path}{role}/`,
      summary: 'Delete a role, and take it from everybody who has it',
      refuses: ['conflict'],
      answer: nothing,
      handler: async ({ object, by }) => roles.delete(object.id, { by }).then(() => undefined),
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{role}/holders/`,
      summary: 'List who has a role, everywhere and in organisations',
      answer: json(z.object({ holders: z.array(roleGrant) })),
      handler: async ({ object }) => ({ holders: (await roleGrants.holders(object.id)).map(roleGrantAnswer) }),
    }),
    operation({
      ...holding,
      method: 'PUT',
      path: `${path}{role}/holders/{user}/`,
      summary: 'Give somebody a role, everywhere',
      description: 'Whoever has it already has it until that end from now on.',
      refuses: ['conflict'],
      body: z.strictObject({
        ends_at: momentSent('From when on they have it no more (no end).').nullable().default(null),
      }),
      answer: nothing,
      handler: async ({ object, body, by }) => {
        const target = { roleId: object.role.id, userId: object.account.id }
        await roleGrants.grant({ ...target, endsAt: body.ends_at }, by)
        return undefined
      },
    }),
    operation({
      ...holding,
      method: 'DELETE',
      path: `${path}{role}/holders/{user}/`,
      summary: 'Take a role that counts everywhere from somebody',
      refuses: ['conflict'],
      answer: nothing,
      handler: async ({ object, by }) => {
        const isTaken = await roleGrants.revoke({ roleId: object.role.id, userId: object.account.id }, by)
        if (!isTaken) throw new RequestRefused('not_found')
        return undefined
      },
    }),
  ]
}

const path = '/api/admin/roles/'
