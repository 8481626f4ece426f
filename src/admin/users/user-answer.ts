import { z } from 'zod'
import type { UserRecord } from '../../accounts/user-record.ts'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'

/** A user as it goes over the wire. */
export interface UserAnswer {
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly email_verified: boolean
  readonly is_active: boolean
  readonly is_staff: boolean
  readonly is_superuser: boolean
  readonly staff_until: string | null
  readonly superuser_until: string | null
  readonly permissions: readonly string[]
  readonly has_password: boolean
  readonly has_second_factor: boolean
  readonly created_at: string
  readonly last_login_at: string | null
  readonly password_changed_at: string | null
  readonly merged_into: string | null
  readonly source: string | null
}

export const user: z.ZodType<UserAnswer, UserAnswer> = z
  .object({
    id: z.string(),
    username: z.string(),
    email: z.string().nullable(),
    email_verified: z.boolean(),
    is_active: z.boolean(),
    is_staff: z.boolean(),
    is_superuser: z.boolean(),
    staff_until: momentOrNull.meta({ description: 'Until when they are staff; null: for good, or not at all.' }),
    superuser_until: momentOrNull.meta({ description: 'The same of is_superuser.' }),
    permissions: z.array(z.string()).readonly().meta({ description: 'Their own ones, without those of their groups.' }),
    has_password: z.boolean(),
    has_second_factor: z.boolean().meta({ description: 'Whether they have an authenticator app or a passkey.' }),
    created_at: moment,
    last_login_at: momentOrNull,
    password_changed_at: momentOrNull,
    merged_into: z.string().nullable().meta({ description: 'The id of the user that this one became part of.' }),
    source: z.string().nullable().meta({
      description:
        'Where it comes from: made, sign_up, invitation, import, service (a proxy, a certificate or an application vouched for them), or provider: and the id of a sign-in provider. null: from before this was kept.',
    }),
  })
  .meta({ id: 'User', description: 'The account of a person.' })

export function userAnswer(record: UserRecord): UserAnswer {
  return {
    id: record.id,
    username: record.username,
    email: record.email,
    email_verified: record.emailVerified,
    is_active: record.isActive,
    is_staff: record.isStaff,
    is_superuser: record.isSuperuser,
    staff_until: toMoment(record.staffUntil),
    superuser_until: toMoment(record.superuserUntil),
    permissions: record.permissions,
    has_password: record.hasPassword,
    has_second_factor: record.hasSecondFactor,
    created_at: toMoment(record.createdAt),
    last_login_at: toMoment(record.lastLoginAt),
    password_changed_at: toMoment(record.passwordChangedAt),
    merged_into: record.mergedInto,
    source: record.source,
  }
}
