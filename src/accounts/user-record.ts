import { wordsOf } from '../tokens/principal.ts'
import { formatId } from '../storage/id.ts'
import type { UserRow } from '../storage/schema.ts'
import type { UserSource } from './user-source.ts'

/** A user as administrators see them. Times are milliseconds since 1970. */
export interface UserRecord {
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly emailVerified: boolean
  readonly isActive: boolean
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  /** Until when they are; `null`: for good, or not at all. One that has passed counts no more: the next purge takes the right away. */
  readonly staffUntil: number | null
  readonly superuserUntil: number | null
  /** Their own ones, without those of their groups. */
  readonly permissions: readonly string[]
  readonly hasPassword: boolean
  /** Whether they have an authenticator app or a passkey. */
  readonly hasSecondFactor: boolean
  readonly createdAt: number
  readonly lastLoginAt: number | null
  readonly passwordChangedAt: number | null
  /** The id of the account that this one became part of; it is disabled then (none). */
  readonly mergedInto: string | null
  /** Where it comes from; `null`: from before this was kept. */
  readonly source: UserSource | null
}

/** Makes the record of a row. The hash of the password stays behind. */
export function toUserRecord(row: UserRow): UserRecord {
  return {
    id: formatId(row.id),
    username: row.username,
    email: row.email,
    emailVerified: row.email_verified === 1,
    isActive: row.is_active === 1,
    isStaff: row.is_staff === 1,
    isSuperuser: row.is_superuser === 1,
    staffUntil: row.staff_until,
    superuserUntil: row.superuser_until,
    permissions: wordsOf(row.permissions),
    hasPassword: row.password_hash !== null,
    hasSecondFactor: row.has_second_factor === 1,
    createdAt: row.created_at,
    lastLoginAt: row.last_login_at,
    passwordChangedAt: row.password_changed_at,
    mergedInto: row.merged_into_id === null ? null : formatId(row.merged_into_id),
    source: row.source as UserSource | null,
  }
}
