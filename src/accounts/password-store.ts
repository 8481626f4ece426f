import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import type { Schema, UserRow } from '../storage/schema.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import { createEndAccess, type EndAccessOptions } from './end-access.ts'
import type { NoticeKind, Notify } from './notices.ts'
import { accountOf } from './password-rows.ts'

export interface PasswordStoreOptions extends EndAccessOptions {
  readonly database: Database
  /** Tells the user that their password is another (nobody is told). */
  readonly notify?: Notify | undefined
}

/** A new password, and what comes with it. */
export interface StoredPassword {
  readonly hash: string
  /** What the audit log calls it, and the mail to its user. */
  readonly event: 'password.changed' | 'password.set' | 'password.reset'
  readonly notice: NoticeKind
  /** Whether everything that rested on the old one ends. */
  readonly endSessions: boolean
  /** What else the mail says (nothing). */
  readonly more?: readonly string[]
}

/**
 * Replaces the hash that is there in a unit, ends what rested on it, and tells the user. Gives the millisecond up to which
 * what was made before is dead, or that of the change where nothing ends. Throws `conflict` where the hash is another by now.
 */
export type PasswordStore = (
  unit: Transaction<Schema>,
  row: Pick<UserRow, 'id' | 'password_hash'>,
  password: StoredPassword,
  by: ActedBy,
) => Promise<number>

export function createPasswordStore(options: PasswordStoreOptions): PasswordStore {
  const { database, notify, clock } = options
  const endAccess = createEndAccess(options)
  return async (unit, { id, password_hash: old }, { hash, event, notice, endSessions, more = [] }, by) => {
    const now = Math.floor(clock())
    const changed = await unit
      .updateTable('users')
      .set({ password_hash: hash, password_changed_at: now, must_change_password: 0 })
      .where('id', '=', id)
      .where('password_hash', old === null ? 'is' : '=', old)
      .returning('id')
      .executeTakeFirst()
    if (changed === undefined) throw new RequestRefused('conflict', 'The password was changed meanwhile.')
    const ended = endSessions ? await endAccess.everything(unit, id, 'password_changed', by) : now
    await database.audit(unit, eventBy(by, event, accountOf(id)))
    await notify?.(unit, id, notice, by, { more })
    return ended
  }
}
