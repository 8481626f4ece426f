import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id, momentSent } from '../../api/wire-values.ts'
import { RequestRefused } from '../../core/errors.ts'
import { checkMay, checkMayGiveRole, checkMayRestand } from '../authority.ts'
import { checkMayEmpower, checkMayRaise } from './check-may-raise.ts'
import type { Member } from '../member-list.ts'
import type { Members } from '../members.ts'
import type { RoleGrants } from '../role-grants.ts'
import type { Roles } from '../roles.ts'
import { member, type MemberAnswer, memberAnswer } from './member-answer.ts'
import { standing } from './standing-answer.ts'
import { type ApiPlace, type EnteredByApi, inOrganisation } from './api-place.ts'

export interface MemberOperationStores {
  readonly members: Pick<Members, 'list' | 'find' | 'setStanding' | 'remove'>
  readonly roles: Pick<Roles, 'find'>
  readonly roleGrants: Pick<RoleGrants, 'inOrganisation' | 'grant' | 'revoke'>
}

/** The members of an organisation, what they are, and their further roles there. */
export function memberOperations(place: ApiPlace, stores: MemberOperationStores): readonly Operation[] {
  const { members, roles, roleGrants } = stores
  const common = inOrganisation(place)
  const one = { ...common, params: { ...common.params, user: id('a user') } } as const

  async function memberOf({ organisation, authority }: EnteredByApi, userId: string): Promise<Member> {
    checkMay(authority, 'members.view')
    const found = await members.find(organisation.id, userId)
    if (found === null) throw new RequestRefused('not_found')
    return found
  }

  async function answerOf({ organisation }: EnteredByApi, userId: string): Promise<MemberAnswer> {
    const found = await members.find(organisation.id, userId)
    if (found === null) throw new RequestRefused('not_found')
    return memberAnswer(found, await roleGrants.inOrganisation(organisation.id))
  }

  /** A role that the caller may give and take here, and who it is about. */
  async function targetOf(entered: EnteredByApi, userId: string, roleId: string) {
    await memberOf(entered, userId)
    const role = await roles.find(roleId)
    const isHere = role?.organisationId === entered.organisation.id || entered.authority.isOperator
    if (role === null || role.isBuiltIn || !isHere) throw new RequestRefused('not_found')
    checkMayGiveRole(entered.authority, role.permissions)
    return { roleId: role.id, userId, organisationId: entered.organisation.id, permissions: role.permissions }
  }

  return [
    operation({
      ...common,
      method: 'GET',
      path: `${place.path}members/`,
      summary: 'List the members of an organisation',
      isPaged: true,
      answer: json(z.object({ members: z.array(member), next: z.string().nullable() })),
      handler: async ({ object, page }) => {
        checkMay(object.authority, 'members.view')
        const found = await members.list(object.organisation.id, page)
        const grants = await roleGrants.inOrganisation(object.organisation.id)
        return { members: found.members.map((record) => memberAnswer(record, grants)), next: found.next }
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${place.path}members/{user}/`,
      summary: 'Read a member of an organisation',
      answer: json(member),
      handler: async ({ object, path }) => {
        checkMay(object.authority, 'members.view')
        return answerOf(object, path.user)
      },
    }),
    operation({
      ...one,
      method: 'PATCH',
      path: `${place.path}members/{user}/`,
      summary: 'Make a member something else',
      refuses: ['conflict'],
      body: z.strictObject({ standing }),
      answer: json(member),
      handler: async ({ object, path, body, identity, by }) => {
        const before = await memberOf(object, path.user)
        checkMayRestand(object.authority, before.standing, body.standing)
        checkMayRaise(object.authority, identity, body.standing)
        await members.setStanding(object.organisation.id, path.user, body.standing, {
          ...by,
          allowedBy: object.authority.userId,
        })
        return answerOf(object, path.user)
      },
    }),
    operation({
      ...one,
      method: 'DELETE',
      path: `${place.path}members/{user}/`,
      summary: 'Take somebody out of an organisation, with their roles there',
      refuses: ['conflict'],
      answer: nothing,
      handler: async ({ object, path, by }) => {
        const before = await memberOf(object, path.user)
        checkMayRestand(object.authority, before.standing, null)
        await members.remove(object.organisation.id, path.user, { ...by, allowedBy: object.authority.userId })
        return undefined
      },
    }),
    operation({
      ...one,
      params: { ...one.params, role: id('a role') },
      method: 'PUT',
      path: `${place.path}members/{user}/roles/{role}/`,
      summary: 'Give a member a role in the organisation',
      description: 'Whoever has it already has it until that end from now on.',
      body: z.strictObject({
        ends_at: momentSent('From when on they have it no more (no end).').nullable().default(null),
      }),
      answer: json(member),
      handler: async ({ object, path, body, identity, by }) => {
        const { permissions, ...target } = await targetOf(object, path.user, path.role)
        checkMayEmpower(object.authority, identity, permissions)
        await roleGrants.grant({ ...target, endsAt: body.ends_at }, { ...by, allowedBy: object.authority.userId })
        return answerOf(object, path.user)
      },
    }),
    operation({
      ...one,
      params: { ...one.params, role: id('a role') },
      method: 'DELETE',
      path: `${place.path}members/{user}/roles/{role}/`,
      summary: 'Take a role from a member',
      answer: nothing,
      handler: async ({ object, path, by }) => {
        const { permissions: _, ...target } = await targetOf(object, path.user, path.role)
        const isTaken = await roleGrants.revoke(target, { ...by, allowedBy: object.authority.userId })
        if (!isTaken) throw new RequestRefused('not_found')
        return undefined
      },
    }),
  ]
}
