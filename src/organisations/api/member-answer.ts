import { z } from 'zod'
import { moment, toMoment } from '../../api/wire-values.ts'
import type { Standing } from '../../tokens/standing.ts'
import type { Member } from '../member-list.ts'
import type { RoleGrant } from '../role-grants.ts'
import { standing } from './standing-answer.ts'

/** A member of an organisation as they go over the wire. */
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
    roles: z.array(z.string()).readonly().meta({ description: 'The names of further roles in the organisation.' }),
    joined_at: moment,
  })
  .meta({ id: 'Member', description: 'Somebody in an organisation.' })

/** `grants` are those in the organisation, of whomever. */
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
