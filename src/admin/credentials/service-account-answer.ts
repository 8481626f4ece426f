import { z } from 'zod'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { AccountKeys } from '../../tokens/service-account-keys.ts'
import type { ServiceAccountRecord } from '../../tokens/service-accounts.ts'

/** A service account as it goes over the wire. */
export interface ServiceAccountAnswer {
  readonly id: string
  readonly name: string
  readonly owner: string | null
  readonly organisation: string | null
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  readonly is_active: boolean
  readonly is_held: boolean
  readonly created_at: string
}

const members = {
  id: z.string(),
  name: z.string(),
  owner: z.string().nullable(),
  organisation: z.string().nullable(),
  scopes: z.array(z.string()).readonly(),
  permissions: z.array(z.string()).readonly(),
  is_active: z.boolean(),
  is_held: z.boolean().meta({ description: 'Whether an administrator switched it off: then only one switches it on.' }),
  created_at: moment,
}

export const serviceAccount: z.ZodType<ServiceAccountAnswer, ServiceAccountAnswer> = z
  .object(members)
  .meta({ id: 'ServiceAccount', description: 'A program that acts under its own name.' })

/** One in the list, with how its keys are used. */
export interface ListedServiceAccountAnswer extends ServiceAccountAnswer {
  readonly keys: number
  readonly last_used_at: string | null
}

export const listedServiceAccount: z.ZodType<ListedServiceAccountAnswer, ListedServiceAccountAnswer> = z
  .object({
    ...members,
    keys: z.int().meta({ description: 'How many keys it has that are neither revoked nor over.' }),
    last_used_at: momentOrNull.meta({ description: 'When any of its keys was last used.' }),
  })
  .meta({
    id: 'ListedServiceAccount',
    description: 'A program that acts under its own name, with how its keys are used.',
  })

export function listedServiceAccountAnswer(
  record: ServiceAccountRecord,
  { keys, lastUsedAt }: AccountKeys = { keys: 0, lastUsedAt: null },
): ListedServiceAccountAnswer {
  return { ...serviceAccountAnswer(record), keys, last_used_at: toMoment(lastUsedAt) }
}

export function serviceAccountAnswer(record: ServiceAccountRecord): ServiceAccountAnswer {
  return {
    id: record.id,
    name: record.name,
    owner: record.ownerId,
    organisation: record.organisationId,
    scopes: record.scopes,
    permissions: record.permissions,
    is_active: record.isActive,
    is_held: record.isHeld,
    created_at: toMoment(record.createdAt),
  }
}
