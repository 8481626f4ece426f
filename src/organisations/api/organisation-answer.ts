import { z } from 'zod'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { Organisation } from '../organisation-values.ts'

/** An organisation as it goes over the wire. */
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
    allowed_permissions: z.array(z.string()).readonly(),
    allowed_scopes: z.array(z.string()).readonly(),
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
