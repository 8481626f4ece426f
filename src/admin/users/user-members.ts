import { z } from 'zod'
import { momentSent } from '../../api/wire-values.ts'
import type { UserValues } from '../../accounts/user-values.ts'

/** What is sent to make or change a user. There is no password among it. */
export const userMembers: {
  readonly username: z.ZodOptional<z.ZodString>
  readonly email: z.ZodOptional<z.ZodNullable<z.ZodString>>
  readonly email_verified: z.ZodOptional<z.ZodBoolean>
  readonly is_staff: z.ZodOptional<z.ZodBoolean>
  readonly is_superuser: z.ZodOptional<z.ZodBoolean>
  readonly permissions: z.ZodOptional<z.ZodArray<z.ZodString>>
} = {
  username: z.string().optional(),
  email: z.string().nullable().optional(),
  email_verified: z.boolean().optional(),
  is_staff: z.boolean().optional(),
  is_superuser: z.boolean().optional(),
  permissions: z.array(z.string()).max(1000).optional(),
}

/** Until when rights are had: for calls of the API, not for what a file says once and for all. */
export const timedMembers: {
  readonly staff_until: z.ZodOptional<z.ZodNullable<z.ZodType<number, string>>>
  readonly superuser_until: z.ZodOptional<z.ZodNullable<z.ZodType<number, string>>>
} = {
  staff_until: momentSent('Until when they are staff; null: for good.').nullable().optional(),
  superuser_until: momentSent('Until when they are a superuser; null: for good.').nullable().optional(),
}

type Members = typeof userMembers & typeof timedMembers

export type UserMembers = { readonly [Name in keyof Members]?: z.output<Members[Name]> }

/** The values of a new user. */
export function userValues(members: UserMembers & { readonly username: string }): UserValues {
  return { ...userChanges(members), username: members.username }
}

/** What is to be changed, by our names. */
export function userChanges(members: UserMembers): Partial<UserValues> {
  const { username, email, email_verified: emailVerified, is_staff: isStaff, is_superuser: isSuperuser } = members
  const { permissions, staff_until: staffUntil, superuser_until: superuserUntil } = members
  return {
    ...(username === undefined ? {} : { username }),
    ...(email === undefined ? {} : { email }),
    ...(emailVerified === undefined ? {} : { emailVerified }),
    ...(isStaff === undefined ? {} : { isStaff }),
    ...(isSuperuser === undefined ? {} : { isSuperuser }),
    ...(staffUntil === undefined ? {} : { staffUntil }),
    ...(superuserUntil === undefined ? {} : { superuserUntil }),
    ...(permissions === undefined ? {} : { permissions }),
  }
}
