import { z } from 'zod'
import type { Role } from '../role-values.ts'

/** A role as it goes over the wire. */
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
    permissions: z.array(z.string()).readonly(),
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
