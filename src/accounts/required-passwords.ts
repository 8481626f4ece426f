import { RequestRefused } from '../core/errors.ts'
import type { PasswordHasher } from '../crypto/password-hash.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { UserRow } from '../storage/schema.ts'
import { wantedId } from '../storage/wanted-id.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import { createEndAccess } from './end-access.ts'
import { createNewPassword, type NewPasswordOptions, orUnavailable } from './new-password.ts'
import { accountOf } from './password-rows.ts'
import { createPasswordStore, type PasswordStoreOptions } from './password-store.ts'
import { keepWithinReach } from './reach.ts'
import { invalid } from './user-values.ts'

export interface RequiredPasswordsOptions extends PasswordStoreOptions, NewPasswordOptions {
  readonly hasher: Pick<PasswordHasher, 'hash' | 'verify'>
}

/** Passwords that have to be changed before their user is let in again. */
export interface RequiredPasswords {
  /** Signs a user out everywhere, and lets them in again only once they have chosen another password. Throws `not_found`. */
  readonly ask: (userId: string, by: ActedBy) => Promise<void>
  /**
   * Sets the password of a user who has to choose another one and has shown who they are. Throws `invalid` that names
   * `new_password` for the one that they have, or one against the rules; `conflict` where none has to be chosen (any more).
   */
  readonly choose: (userId: string, next: string, by: ActedBy, field?: string) => Promise<void>
}

export function createRequiredPasswords(options: RequiredPasswordsOptions): RequiredPasswords {
  const { database, hasher } = options
  const newPassword = createNewPassword(options)
  const store = createPasswordStore(options)
  const endAccess = createEndAccess(options)

  return {
    ask: async (userId, by) => {
      const id = wantedId(userId)
      await database.write(async (unit) => {
        const query = unit.selectFrom('users').selectAll().where('id', '=', id)
        const row = await (database.dialect === 'postgres' ? query.forNoKeyUpdate() : query).executeTakeFirst()
        if (row === undefined) throw new RequestRefused('not_found')
        await keepWithinReach(unit, by, row, Math.floor(options.clock()))
        await unit.updateTable('users').set({ must_change_password: 1 }).where('id', '=', id).execute()
        await endAccess.everything(unit, id, 'password_changed', by)
        await database.audit(unit, eventBy(by, 'password.change_required', accountOf(id)))
      })
    },

    choose: async (userId, next, by, field = 'new_password') => {
      const row = await rowOf(database, userId)
      if (row.must_change_password !== 1) throw new RequestRefused('conflict', 'No other password has to be chosen.')
      const { username, email } = row
      const hash = await newPassword(next, { username, email, field })
      if (row.password_hash !== null && (await orUnavailable(hasher.verify(row.password_hash, next)))) {
        throw invalid({ [field]: ['Choose another password than the one that you have.'] })
      }
      const change = { hash, event: 'password.changed', notice: 'password_changed', endSessions: false } as const
      await database.write(async (unit) => store(unit, row, change, by))
    },
  }
}

async function rowOf(database: Pick<Database, 'read'>, userId: string): Promise<UserRow> {
  const id = parseId(userId)
  const query = database.read.selectFrom('users').selectAll()
  const row = id === null ? undefined : await query.where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new RequestRefused('not_found')
  return row
}
