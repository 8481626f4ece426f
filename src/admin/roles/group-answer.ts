import { z } from 'zod'
import type { Group } from '../../accounts/groups.ts'

/** A group as it goes over the wire. */
export interface GroupAnswer {
  readonly id: string
  readonly name: string
  readonly permissions: readonly string[]
}

export const group: z.ZodType<GroupAnswer, GroupAnswer> = z
  .object({ id: z.string(), name: z.string(), permissions: z.array(z.string()).readonly() })
  .meta({ id: 'Group', description: 'Permissions under one name, for all who are in it.' })

export function groupAnswer({ id, name, permissions }: Group): GroupAnswer {
  return { id, name, permissions }
}
