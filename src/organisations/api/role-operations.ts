import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id } from '../../api/wire-values.ts'
import type { ActedBy } from '../../accounts/acted-by.ts'
import { RequestRefused } from '../../core/errors.ts'
import { checkMayEmpower } from './check-may-raise.ts'
import { checkMay, checkMayWriteRole } from '../authority.ts'
import type { Role, RoleValues } from '../role-values.ts'
import type { RoleAction, Roles } from '../roles.ts'
import { role, roleAnswer } from './role-answer.ts'
import { type ApiPlace, type EnteredByApi, inOrganisation } from './api-place.ts'

export interface RoleOperationStores {
  readonly roles: Roles
}

/** The roles of an organisation. */
export function roleOperations(place: ApiPlace, { roles }: RoleOperationStores): readonly Operation[] {
  const common = inOrganisation(place)
  const one = { ...common, params: { ...common.params, role: id('a role') } } as const

  async function roleOf({ organisation, authority }: EnteredByApi, roleId: string): Promise<Role> {
    checkMay(authority, 'roles.view')
    const found = await roles.find(roleId)
    if (found === null || (!found.isBuiltIn && found.organisationId !== organisation.id)) {
      throw new RequestRefused('not_found')
    }
    return found
  }

  return [
    operation({
      ...common,
      method: 'GET',
      path: `${place.path}roles/`,
      summary: 'List the roles of an organisation, and those that are built in',
      answer: json(z.object({ roles: z.array(role) })),
      handler: async ({ object }) => {
        checkMay(object.authority, 'roles.view')
        return { roles: (await roles.list(object.organisation.id)).map(roleAnswer) }
      },
    }),
    operation({
      ...common,
      method: 'POST',
      path: `${place.path}roles/`,
      summary: 'Make a role of an organisation',
      refuses: ['conflict'],
      body: newRole,
      answer: json(role, { status: 201, description: 'The role is there.' }),
      handler: async ({ object, body, identity, by }) => {
        checkMayWriteRole(object.authority, 'roles.add', body.permissions)
        checkMayEmpower(object.authority, identity, body.permissions)
        const allowed = { ...by, allowedBy: object.authority.userId }
        return roleAnswer(await roles.create({ ...body, organisationId: object.organisation.id }, allowed))
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${place.path}roles/{role}/`,
      summary: 'Read a role of an organisation, or one that is built in',
      answer: json(role),
      handler: async ({ object, path }) => roleAnswer(await roleOf(object, path.role)),
    }),
    operation({
      ...one,
      method: 'PATCH',
      path: `${place.path}roles/{role}/`,
      summary: 'Change what is sent of a role',
      refuses: ['conflict'],
      body: changedRole,
      answer: json(role),
      handler: async ({ object, path, body, identity, by }) => {
        const before = await roleOf(object, path.role)
        checkMayWriteRole(object.authority, 'roles.change', [...before.permissions, ...(body.permissions ?? [])])
        checkMayEmpower(object.authority, identity, body.permissions ?? [])
        const action = actionIn(object, by)
        return roleAnswer(await roles.update(before.id, roleValuesIn(body), action))
      },
    }),
    operation({
      ...one,
      method: 'DELETE',
      path: `${place.path}roles/{role}/`,
      summary: 'Delete a role, and take it from everybody who has it',
      refuses: ['conflict'],
      answer: nothing,
      handler: async ({ object, path, by }) => {
        const before = await roleOf(object, path.role)
        checkMayWriteRole(object.authority, 'roles.delete', before.permissions)
        await roles.delete(before.id, actionIn(object, by))
        return undefined
      },
    }),
  ]
}

function actionIn({ organisation, authority }: EnteredByApi, by: ActedBy): RoleAction {
  return { by: { ...by, allowedBy: authority.userId }, organisationId: organisation.id }
}

/** What is sent to make or change a role. */
export const roleMembers: {
  readonly name: z.ZodString
  readonly description: z.ZodString
  readonly permissions: z.ZodArray<z.ZodString>
} = {
  name: z.string().meta({ description: 'One word, such as editor.' }),
  description: z.string().max(200),
  permissions: z.array(z.string()).max(100),
}

interface NewRoleBody {
  readonly name: string
  readonly description: string
  readonly permissions: string[]
}

interface ChangedRoleBody {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly permissions?: string[] | undefined
}

export const newRole: z.ZodType<NewRoleBody, ChangedRoleBody & { readonly name: string }> = z.strictObject({
  name: roleMembers.name,
  description: roleMembers.description.default(''),
  permissions: roleMembers.permissions.default([]),
})

export const changedRole: z.ZodType<ChangedRoleBody, ChangedRoleBody> = z.strictObject({
  name: roleMembers.name.optional(),
  description: roleMembers.description.optional(),
  permissions: roleMembers.permissions.optional(),
})

export function roleValuesIn({ name, description, permissions }: ChangedRoleBody): Partial<RoleValues> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(permissions === undefined ? {} : { permissions }),
  }
}
