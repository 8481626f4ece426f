import { z } from 'zod'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { ServiceAccountRecord } from '../../tokens/service-accounts.ts'
import { type Standing, standings } from '../../tokens/standing.ts'
import type { Invitation, InvitationState } from '../invitation-record.ts'
import type { Member } from '../member-list.ts'
import type { Organisation } from '../organisation-values.ts'
import type { RoleGrant } from '../role-grants.ts'
import type { Role } from '../role-values.ts'

const words = z.array(z.string()).readonly()

export const standing: z.ZodType<Standing, Standing> = z
  .enum(standings)
  .meta({ description: 'What a member is at least.' })

export interface OrganisationAnswer {
  readonly id: string
  readonly name: string
  readonly slug: string
  readonly second_factor_required: boolean
  readonly longest_key_lifetime: number | null
  readonly allowed_permissions: readonly string[]
  readonly allowed_scopes: readonly string[]
  readonly created_at: string
  readonly suspended_at: string | null
}

export const organisation: z.ZodType<OrganisationAnswer, OrganisationAnswer> = z
  .object({
    id: z.string(),
    name: z.string(),
    slug: z.string(),
    second_factor_required: z.boolean(),
    longest_key_lifetime: z.number().int().nullable().meta({ description: 'Seconds; null: for ever.' }),
    allowed_permissions: words,
    allowed_scopes: words,
    created_at: moment,
    suspended_at: momentOrNull,
  })
  .meta({ id: 'Organisation', description: 'People who belong together.' })

export function organisationAnswer(record: Organisation): OrganisationAnswer {
  return {
    id: record.id,
    name: record.name,
    slug: record.slug,
    second_factor_required: record.secondFactorRequired,
    longest_key_lifetime: record.longestKeyLifetime,
    allowed_permissions: record.allowedPermissions,
    allowed_scopes: record.allowedScopes,
    created_at: toMoment(record.createdAt),
    suspended_at: toMoment(record.suspendedAt),
  }
}

export interface MemberAnswer {
  readonly user: string
  readonly username: string
  readonly email: string | null
  readonly standing: Standing
  readonly roles: readonly string[]
  readonly joined_at: string
}

export const member: z.ZodType<MemberAnswer, MemberAnswer> = z
  .object({
    user: z.string().meta({ description: 'The id of the user.' }),
    username: z.string(),
    email: z.string().nullable(),
    standing,
    roles: words.meta({ description: 'The names of further roles in the organisation.' }),
    joined_at: moment,
  })
  .meta({ id: 'Member', description: 'Somebody in an organisation.' })

export function memberAnswer(record: Member, grants: readonly RoleGrant[]): MemberAnswer {
  return {
    user: record.userId,
    username: record.username,
    email: record.email,
    standing: record.standing,
    roles: grants.filter(({ userId }) => userId === record.userId).map(({ roleName }) => roleName),
    joined_at: toMoment(record.joinedAt),
  }
}

export interface InvitationAnswer {
  readonly id: string
  readonly organisation: string
  readonly email: string
  readonly standing: Standing
  readonly state: InvitationState
  readonly invited_by: string | null
  readonly sent_at: string
  readonly expires_at: string
}

export const invitation: z.ZodType<InvitationAnswer, InvitationAnswer> = z
  .object({
    id: z.string(),
    organisation: z.string(),
    email: z.string(),
    standing,
    state: z.enum(['waiting', 'expired', 'accepted', 'cancelled']),
    invited_by: z.string().nullable().meta({ description: 'A username; null: the administration.' }),
    sent_at: moment,
    expires_at: moment,
  })
  .meta({ id: 'Invitation', description: 'A link by e-mail that makes somebody a member, once.' })

export function invitationAnswer(record: Invitation): InvitationAnswer {
  return {
    id: record.id,
    organisation: record.organisationId,
    email: record.email,
    standing: record.standing,
    state: record.state,
    invited_by: record.inviterName,
    sent_at: toMoment(record.sentAt),
    expires_at: toMoment(record.expiresAt),
  }
}

export interface SentInvitationAnswer {
  readonly id: string
  readonly link: string
  readonly expires_at: string
}

export const sentInvitation: z.ZodType<SentInvitationAnswer, SentInvitationAnswer> = z
  .object({
    id: z.string(),
    link: z.string().meta({ description: 'Where it leads. This is the only time that it is shown.' }),
    expires_at: moment,
  })
  .meta({ id: 'SentInvitation', description: 'An invitation that was sent.' })

export interface RoleAnswer {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly permissions: readonly string[]
  readonly organisation: string | null
  readonly is_built_in: boolean
}

export const role: z.ZodType<RoleAnswer, RoleAnswer> = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    permissions: words,
    organisation: z.string().nullable(),
    is_built_in: z.boolean(),
  })
  .meta({ id: 'Role', description: 'Permissions under one name.' })

export function roleAnswer(record: Role): RoleAnswer {
  return {
    id: record.id,
    name: record.name,
    description: record.description,
    permissions: record.permissions,
    organisation: record.organisationId,
    is_built_in: record.isBuiltIn,
  }
}

export interface RoleGrantAnswer {
  readonly role: string
  readonly role_name: string
  readonly user: string
  readonly username: string
  readonly organisation: string | null
  readonly created_at: string
  readonly ends_at: string | null
}

export const roleGrant: z.ZodType<RoleGrantAnswer, RoleGrantAnswer> = z
  .object({
    role: z.string(),
    role_name: z.string(),
    user: z.string(),
    username: z.string(),
    organisation: z.string().nullable(),
    created_at: moment,
    ends_at: momentOrNull,
  })
  .meta({ id: 'RoleGrant', description: 'A role that somebody has.' })

export function roleGrantAnswer(record: RoleGrant): RoleGrantAnswer {
  return {
    role: record.roleId,
    role_name: record.roleName,
    user: record.userId,
    username: record.username,
    organisation: record.organisationId,
    created_at: toMoment(record.createdAt),
    ends_at: toMoment(record.endsAt),
  }
}

export interface ServiceAccountAnswer {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  readonly is_active: boolean
  readonly created_at: string
}

export const ownServiceAccount: z.ZodType<ServiceAccountAnswer, ServiceAccountAnswer> = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: words,
    permissions: words,
    is_active: z.boolean(),
    created_at: moment,
  })
  .meta({ id: 'OrganisationServiceAccount', description: 'A program of an organisation.' })

export function serviceAccountAnswer(record: ServiceAccountRecord): ServiceAccountAnswer {
  const { id, name, scopes, permissions, isActive } = record
  return { id, name, scopes, permissions, is_active: isActive, created_at: toMoment(record.createdAt) }
}
