import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { PermissionDenied, RequestRefused } from '../../core/errors.ts'
import { checkMayRaise } from './check-may-raise.ts'
import { checkMay } from '../authority.ts'
import type { Members } from '../members.ts'
import type { OrganisationValues } from '../organisation-values.ts'
import type { Organisations } from '../organisations.ts'
import { organisation, organisationAnswer } from './organisation-answer.ts'
import { type ApiPlace, inOrganisation } from './api-place.ts'

export interface OrganisationOperationStores {
  readonly organisations: Pick<Organisations, 'update' | 'delete'>
  readonly members: Pick<Members, 'transfer'>
}

/** One organisation: reading, changing, handing over and deleting it. */
export function organisationOperations(place: ApiPlace, stores: OrganisationOperationStores): readonly Operation[] {
  const { organisations, members } = stores
  const common = inOrganisation(place)
  return [
    operation({
      ...common,
      method: 'GET',
      path: place.path,
      summary: 'Read an organisation',
      answer: json(organisation),
      handler: async ({ object }) => organisationAnswer(object.organisation),
    }),
    operation({
      ...common,
      method: 'PATCH',
      path: place.path,
      summary: 'Change what is sent of an organisation',
      description: 'Its members change its name; limits and the short name are for whoever runs the server.',
      refuses: ['conflict'],
      body: z.strictObject(organisationMembers),
      answer: json(organisation),
      handler: async ({ object, body, by }) => {
        checkMay(object.authority, 'organisation.change')
        const { name: _name, ...limits } = body
        if (!object.authority.isOperator && Object.values(limits).some((value) => value !== undefined)) {
          throw new PermissionDenied(
            'permission_denied',
            'Only whoever runs the server sets limits and the short name.',
          )
        }
        const allowed = { ...by, allowedBy: object.authority.userId }
        return organisationAnswer(await organisations.update(object.organisation.id, valuesIn(body), allowed))
      },
    }),
    operation({
      ...common,
      permission: place.sensitive ?? place.permission,
      method: 'DELETE',
      path: place.path,
      summary: 'Delete an organisation with all that belongs to it',
      description: 'The accounts of its members stay. Its short name has to be sent, so that nobody deletes another.',
      query: { slug: z.string().meta({ description: 'The short name of the organisation.' }) },
      answer: nothing,
      handler: async ({ object, query, by }) => {
        checkMay(object.authority, 'organisation.delete')
        if (query.slug !== object.organisation.slug) {
          const body = { slug: ['It has to be the short name of the organisation.'] }
          throw new RequestRefused('invalid', undefined, { body })
        }
        await organisations.delete(object.organisation.id, { ...by, allowedBy: object.authority.userId })
        return undefined
      },
    }),
    operation({
      ...common,
      permission: place.sensitive ?? place.permission,
      method: 'POST',
      path: `${place.path}transfer/`,
      summary: 'Make one member the owner in place of another, who becomes an admin',
      refuses: ['conflict'],
      body: z.strictObject({
        from: z.string().meta({ description: 'The id of the owner.' }),
        to: z.string().meta({ description: 'The id of the member who becomes one.' }),
      }),
      answer: nothing,
      handler: async ({ object, body, identity, by }) => {
        checkMay(object.authority, 'organisation.transfer')
        checkMayRaise(object.authority, identity, 'owner')
        await members.transfer(object.organisation.id, body.from, body.to, {
          ...by,
          allowedBy: object.authority.userId,
        })
        return undefined
      },
    }),
  ]
}

interface OrganisationMembers {
  readonly name: z.ZodOptional<z.ZodString>
  readonly slug: z.ZodOptional<z.ZodString>
  readonly second_factor_required: z.ZodOptional<z.ZodBoolean>
  readonly longest_key_lifetime: z.ZodOptional<z.ZodNullable<z.ZodNumber>>
  readonly allowed_permissions: z.ZodOptional<z.ZodArray<z.ZodString>>
  readonly allowed_scopes: z.ZodOptional<z.ZodArray<z.ZodString>>
}

/** What can be sent of an organisation. */
export const organisationMembers: OrganisationMembers = {
  name: z.string().optional(),
  slug: z.string().optional(),
  second_factor_required: z.boolean().optional(),
  longest_key_lifetime: z.number().int().nullable().optional().meta({ description: 'Seconds; null: for ever.' }),
  allowed_permissions: z.array(z.string()).max(100).optional(),
  allowed_scopes: z.array(z.string()).max(100).optional(),
}

export function valuesIn(body: {
  readonly name?: string | undefined
  readonly slug?: string | undefined
  readonly second_factor_required?: boolean | undefined
  readonly longest_key_lifetime?: number | null | undefined
  readonly allowed_permissions?: readonly string[] | undefined
  readonly allowed_scopes?: readonly string[] | undefined
}): Partial<OrganisationValues> {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.slug === undefined ? {} : { slug: body.slug }),
    ...(body.second_factor_required === undefined ? {} : { secondFactorRequired: body.second_factor_required }),
    ...(body.longest_key_lifetime === undefined ? {} : { longestKeyLifetime: body.longest_key_lifetime }),
    ...(body.allowed_permissions === undefined ? {} : { allowedPermissions: body.allowed_permissions }),
    ...(body.allowed_scopes === undefined ? {} : { allowedScopes: body.allowed_scopes }),
  }
}
