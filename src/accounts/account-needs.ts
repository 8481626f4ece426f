import type { PasswordRow } from './password-rows.ts'

/** What there is beside a right password. */
export interface MoreThanPassword extends AccountNeeds {
  readonly code: string | null
  readonly address: string | null
}

/** What an account may need beside the password. */
export interface AccountNeeds {
  /** Whether the user has a second factor. */
  readonly hasSecondFactor: boolean
  /** Whether they have to choose another password first. */
  readonly mustChangePassword: boolean
  /** Whether there is an e-mail address that nobody has shown to be theirs. */
  readonly isUnverified: boolean
}

export function needsOf(row: PasswordRow): AccountNeeds {
  return {
    hasSecondFactor: row.has_second_factor === 1,
    mustChangePassword: row.must_change_password === 1,
    isUnverified: row.email_key !== null && row.email_verified === 0,
  }
}
