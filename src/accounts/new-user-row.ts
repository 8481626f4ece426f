import type { UserRow } from '../storage/schema.ts'
import type { UserSource } from './user-source.ts'
import type { UserValueColumns } from './user-values.ts'

export interface NewUserRow {
  readonly id: bigint
  /** Milliseconds since 1970. */
  readonly now: number
  /** `null`: no password, so that none is right (null). */
  readonly passwordHash?: string | null
  /** Whether they may sign in (true). */
  readonly isActive?: boolean
  /** Whether they have to choose another password before they are let in for the first time (false). */
  readonly mustChangePassword?: boolean
  /** Where it comes from (made). */
  readonly source?: UserSource | undefined
}

/** The row of somebody who is new here: they never signed in, hold no roles, and are no part of another account. */
export function newUserRow(
  columns: UserValueColumns,
  { id, now, passwordHash = null, isActive = true, mustChangePassword = false, source = 'made' }: NewUserRow,
): UserRow {
  return {
    ...columns,
    id,
    password_hash: passwordHash,
    is_active: isActive ? 1 : 0,
    created_at: now,
    last_login_at: null,
    password_changed_at: passwordHash === null ? null : now,
    signed_out_at: null,
    must_change_password: mustChangePassword ? 1 : 0,
    has_roles: 0,
    has_second_factor: 0,
    merged_into_id: null,
    source,
  }
}
