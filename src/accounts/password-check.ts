import type { Transaction } from 'kysely'
import type { User } from '../core/identity.ts'
import { type PasswordHasher, PasswordQueueFull } from '../crypto/password-hash.ts'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'
import { createTouches } from '../tokens/touches.ts'
import { type AccountNeeds, needsOf } from './account-needs.ts'
import { orUnavailable } from './new-password.ts'
import type { PasswordGuard } from './password-guard.ts'
import { accountOf, activeUser, type PasswordRow, type PasswordRows } from './password-rows.ts'
import type { Showing } from './remembered-passwords.ts'

export interface PasswordCheckOptions {
  readonly database: Database
  readonly hasher: Pick<PasswordHasher, 'hash' | 'verify' | 'needsRehash'>
  readonly guard: PasswordGuard | false
  readonly rows: PasswordRows
  /** Forgets that a password was right. */
  readonly forget: (showing: Showing) => void
  /** Whether `last_login_at` is kept, within seconds. */
  readonly lastLogin: boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** A password that was right. */
export interface RightPassword {
  readonly user: User
  readonly needs: AccountNeeds
  /** What is stored of it now. */
  readonly storedHash: string
}

/** Compares passwords with what is stored, at their full price. It counts guesses before, and throws as `Passwords.verify` does. */
export interface PasswordCheck {
  /** `null` for a wrong one, and for whoever may not sign in. */
  readonly somebody: (row: PasswordRow, password: string, address: string | null) => Promise<RightPassword | null>
  /** As long as for somebody, and counted like it. */
  readonly nobody: (showing: Showing, password: string) => Promise<null>
  /** Writes when people signed in last. */
  readonly close: () => Promise<void>
}

export function createPasswordCheck(options: PasswordCheckOptions): PasswordCheck {
  const { database, hasher, guard, rows, forget, lastLogin, clock } = options
  const logins = createTouches<number>({ database, interval: 2000, write: writeLastLogins })

  async function somebody(row: PasswordRow, password: string, address: string | null): Promise<RightPassword | null> {
    // First of all: once a guess was made from here, the right password has to go the long way too.
    for (const login of [row.username_key, row.email_key]) if (login !== null) forget({ login, address })
    const stored = row.password_hash
    const mayPass = activeUser(row, clock()) !== null
    // Of a disabled user too: a hash of another system takes another time, which would tell who is disabled.
    const isRight = async (): Promise<boolean> => (await hasher.verify(stored, password)) && mayPass
    if (!(await guarded(accountOf(row.id), address, isRight)) || stored === null) return null

    // Hashing takes its time, and waiting for it more: what was ended meanwhile must not be let in.
    const now = await rows.byId(row.id)
    const user = now?.password_hash === stored ? activeUser(now, clock()) : null
    if (user === null) return null
    if (lastLogin) logins.touch(row.id, Math.floor(clock()))
    return { user, needs: needsOf(now ?? row), storedHash: await upgraded(row.id, stored, password) }
  }

  async function guarded(account: string, address: string | null, isRight: () => Promise<boolean>): Promise<boolean> {
    const attempt = guard === false ? null : await guard.attempt({ account, address })
    try {
      const right = await orUnavailable(isRight())
      if (right) await attempt?.succeeded()
      return right
    } catch (error) {
      await attempt?.withdrawn()
      throw error
    }
  }

  /** Hashes of old formats and costs are replaced while the password is there. Another change of it wins. */
  async function upgraded(id: bigint, stored: string, password: string): Promise<string> {
    if (!hasher.needsRehash(stored)) return stored
    try {
      const hash = await hasher.hash(password)
      const query = (unit: Transaction<Schema>) =>
        unit.updateTable('users').set({ password_hash: hash }).where('id', '=', id).where('password_hash', '=', stored)
      const changed = await database.write(async (unit) => query(unit).returning('id').executeTakeFirst())
      return changed === undefined ? stored : hash
    } catch (error) {
      // There is another time.
      if (error instanceof PasswordQueueFull) return stored
      throw error
    }
  }

  return {
    somebody,
    nobody: async ({ login, address }, password) => {
      await guarded(`name:${login}`, address, async () => hasher.verify(null, password))
      return null
    },
    close: async () => logins.close(),
  }
}

type WriteLastLogins = Parameters<typeof createTouches<number>>[0]['write']

const writeLastLogins: WriteLastLogins = async (unit, touches) => {
  for (const [id, at] of touches) {
    await unit.updateTable('users').set({ last_login_at: at }).where('id', '=', id).execute()
  }
}
