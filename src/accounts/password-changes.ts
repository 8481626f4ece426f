import { RequestRefused } from '../core/errors.ts'
import type { PasswordHasher } from '../crypto/password-hash.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import { createEndAccess } from './end-access.ts'
import type { OnSignInsEnded } from './ended-sign-in.ts'
import { createNewPassword } from './new-password.ts'
import { accountOf, type PasswordRow, type PasswordRows } from './password-rows.ts'
import { invalid } from './user-values.ts'

export interface PasswordChangesOptions {
  readonly database: Database
  readonly hasher: Pick<PasswordHasher, 'hash'>
  readonly rows: PasswordRows
  /** Checks the password that a user has, with all that stops guessing: gives the hash it was right for, or `null`. */
  readonly check: (row: PasswordRow, password: string, address: string | null) => Promise<string | null>
  /** Hears of a password that was set anew, so that failures from before can be forgotten. */
  readonly onSet: (account: string, address: string | null) => Promise<void>
  readonly minLength: number
  readonly accessTokenLifetime: number
  readonly revocations?: Pick<Revocations, 'revoke'> | undefined
  /** Hears of sign-ins that end (nothing). */
  readonly onEnded?: OnSignInsEnded | undefined
  readonly clock: () => number
}

export interface PasswordChange {
  readonly current: string
  readonly next: string
}

export interface PasswordChanges {
  readonly change: (userId: string, change: PasswordChange, by: ActedBy) => Promise<number>
  readonly set: (userId: string, next: string, by?: ActedBy) => Promise<number>
}

/** The two ways to a new password, documented where they are offered: `Passwords`. */
export function createPasswordChanges(options: PasswordChangesOptions): PasswordChanges {
  const { database, rows, check, onSet, clock } = options
  const newPassword = createNewPassword(options)
  const endAccess = createEndAccess(options)

  /** Replaces the hash that is there, and ends everything that rested on it. */
  async function store(row: PasswordRow, hash: string, event: string, by: ActedBy): Promise<number> {
    return database.write(async (unit) => {
      const changed = await unit
        .updateTable('users')
        .set({ password_hash: hash, password_changed_at: Math.floor(clock()) })
        .where('id', '=', row.id)
        .where('password_hash', row.password_hash === null ? 'is' : '=', row.password_hash)
        .returning('id')
        .executeTakeFirst()
      if (changed === undefined) throw new RequestRefused('conflict', 'The password was changed meanwhile.')
      const ended = await endAccess.everything(unit, row.id, 'password_changed', by)
      await database.audit(unit, eventBy(by, event, accountOf(row.id)))
      return ended
    })
  }

  async function rowOf(userId: string): Promise<PasswordRow> {
    const id = parseId(userId)
    const row = id === null ? null : await rows.byId(id)
    if (row === null) throw new RequestRefused('not_found')
    return row
  }

  return {
    change: async (userId, { current, next }, by) => {
      const row = await rowOf(userId)
      const stored = await check(row, current, by.address ?? null)
      if (stored === null) throw invalid({ current_password: ['The current password is not right.'] })
      const hash = await newPassword(next, { ...namesOf(row), field: 'new_password' })
      return store({ ...row, password_hash: stored }, hash, 'password.changed', by)
    },
    set: async (userId, next, by = {}) => {
      const row = await rowOf(userId)
      const ended = await store(row, await newPassword(next, namesOf(row)), 'password.set', by)
      await onSet(accountOf(row.id), by.address ?? null)
      return ended
    },
  }
}

function namesOf(row: PasswordRow): { readonly username: string; readonly email: string | null } {
  return { username: row.user_name ?? '', email: row.user_email }
}
