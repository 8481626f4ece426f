import { RequestRefused } from '../core/errors.ts'
import { wantedId } from '../storage/wanted-id.ts'
import type { PasswordHasher } from '../crypto/password-hash.ts'
import type { ActedBy } from './acted-by.ts'
import { createNewPassword, type NewPasswordOptions } from './new-password.ts'
import { accountOf, type PasswordRow, type PasswordRows } from './password-rows.ts'
import { createPasswordStore, type PasswordStoreOptions } from './password-store.ts'
import { invalid } from './user-values.ts'

export interface PasswordChangesOptions extends PasswordStoreOptions, NewPasswordOptions {
  readonly hasher: Pick<PasswordHasher, 'hash'>
  readonly rows: PasswordRows
  /** Checks the password that a user has, with all that stops guessing: gives the hash it was right for, or `null`. */
  readonly check: (row: PasswordRow, password: string, address: string | null) => Promise<string | null>
  /** Hears of a password that was set anew, so that failures from before can be forgotten. */
  readonly onSet: (account: string, address: string | null) => Promise<void>
}

export interface PasswordChange {
  readonly current: string
  readonly next: string
  /** Whether everything that the user was given before ends (true). */
  readonly endSessions?: boolean
}

export interface PasswordSetOptions {
  /** As for a change (true). */
  readonly endSessions?: boolean
}

export interface PasswordChanges {
  readonly change: (userId: string, change: PasswordChange, by: ActedBy) => Promise<number>
  readonly set: (userId: string, next: string, by?: ActedBy, options?: PasswordSetOptions) => Promise<number>
}

/** The two ways to a new password, documented where they are offered: `Passwords`. */
export function createPasswordChanges(options: PasswordChangesOptions): PasswordChanges {
  const { database, rows, check, onSet } = options
  const newPassword = createNewPassword(options)
  const store = createPasswordStore(options)

  async function rowOf(userId: string): Promise<PasswordRow> {
    const row = await rows.byId(wantedId(userId))
    if (row === null) throw new RequestRefused('not_found')
    return row
  }

  return {
    change: async (userId, { current, next, endSessions = true }, by) => {
      const row = await rowOf(userId)
      const stored = await check(row, current, by.address ?? null)
      if (stored === null) throw invalid({ current_password: ['The current password is not right.'] })
      const hash = await newPassword(next, { ...namesOf(row), field: 'new_password' })
      const change = { hash, event: 'password.changed', notice: 'password_changed', endSessions } as const
      return database.write(async (unit) => store(unit, { ...row, password_hash: stored }, change, by))
    },
    set: async (userId, next, by = {}, { endSessions = true } = {}) => {
      const row = await rowOf(userId)
      const hash = await newPassword(next, namesOf(row))
      const change = { hash, event: 'password.set', notice: 'password_set', endSessions } as const
      const ended = await database.write(async (unit) => store(unit, row, change, by))
      await onSet(accountOf(row.id), by.address ?? null)
      return ended
    },
  }
}

function namesOf(row: PasswordRow): { readonly username: string; readonly email: string | null } {
  return { username: row.user_name ?? '', email: row.user_email }
}
