import { z } from 'zod'
import { moment, toMoment } from '../../api/wire-values.ts'
import type { ServiceAccountRecord } from '../../tokens/service-accounts.ts'

/** A service account as it goes over the wire to those of its organisation. */
export interface ServiceAccountAnswer {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  readonly is_active: boolean
  readonly is_held: boolean
  readonly created_at: string
}

export const ownServiceAccount: z.ZodType<ServiceAccountAnswer, ServiceAccountAnswer> = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()).readonly(),
    permissions: z.array(z.string()).readonly(),
    is_active: z.boolean(),
    is_held: z
      .boolean()
      .meta({ description: 'Whether an administrator of the server switched it off: then only one switches it on.' }),
    created_at: moment,
  })
  .meta({ id: 'OrganisationServiceAccount', description: 'A program of an organisation.' })

export function serviceAccountAnswer(record: ServiceAccountRecord): ServiceAccountAnswer {
  const { id, name, scopes, permissions, isActive, isHeld } = record
  return { id, name, scopes, permissions, is_active: isActive, is_held: isHeld, created_at: toMoment(record.createdAt) }
}
