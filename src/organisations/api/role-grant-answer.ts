import { z } from 'zod'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { RoleGrant } from '../role-grants.ts'

/** A role that somebody has, as it goes over the wire. */
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
