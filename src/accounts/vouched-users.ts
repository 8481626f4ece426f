import { AuthenticationFailed, RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import { toUser, type UserColumns, userColumns } from '../tokens/principal.ts'
import { emailKey, identifierKey } from './identifier.ts'
import type { Users } from './users.ts'

/** Somebody whom an application knows, and vouches for. */
export interface VouchedUser {
  /** What the application calls them for good, and nobody else ever: an id, or a name. */
  readonly username: string
  /** (as it was; none) */
  readonly email?: string | null
  /** Whether they have shown that they read mail there (false). */
  readonly emailVerified?: boolean
}

/**
 * The rows behind users who are at home in another table: made when somebody is vouched for the first time, and kept up with
 * what is said of them. They are told by their username alone, letter for letter, and never by an e-mail address, which anyone
 * may claim to have elsewhere.
 */
export interface VouchedUsers {
  /**
   * Throws `AuthenticationFailed` (`no_active_account`) for one who is disabled here, `RequestRefused` `invalid` for what
   * cannot be a username, and `conflict` where another user has the address, or a name that differs in how it is written alone.
   */
  readonly userOf: (vouched: VouchedUser) => Promise<User>
}

export function createVouchedUsers(
  database: Pick<Database, 'read'>,
  users: Pick<Users, 'create' | 'update'>,
): VouchedUsers {
  async function find(username: string): Promise<Row | null> {
    const key = identifierKey(username)
    if (key === null) return null
    const query = database.read
      .selectFrom('users')
      .select(['users.username', 'users.email_key', 'users.email_verified'])
    return (await query.select(userColumns).where('users.username_key', '=', key).executeTakeFirst()) ?? null
  }

  async function found({ username, email = null, emailVerified = false }: VouchedUser): Promise<Row | null> {
    const row = await find(username)
    if (row !== null) return row
    // Of two at once one is first, and both find the same.
    await users.create({ username, email, emailVerified, source: 'service' }).catch(async (error: unknown) => {
      const isThere = error instanceof RequestRefused && error.code === 'conflict' && (await find(username)) !== null
      if (!isThere) throw error
    })
    return find(username)
  }

  return {
    userOf: async (vouched) => {
      const row = await found(vouched)
      const user = row === null ? null : toUser(row, Number.POSITIVE_INFINITY)
      if (row === null || user === null) throw new AuthenticationFailed('no_active_account')
      // Ids of applications may differ in case alone, and are different people then.
      if (row.username !== vouched.username) throw new RequestRefused('conflict', 'Another user is called so.')
      const { email, emailVerified = false } = vouched
      if (email === undefined) return user
      const isSame = row.email_key === (email === null ? null : emailKey(email))
      if (isSame && (email === null || (row.email_verified === 1) === emailVerified)) return user
      await users.update(user.id, { email, emailVerified })
      return { ...user, email }
    },
  }
}

interface Row extends UserColumns {
  readonly username: string
  readonly email_key: string | null
  readonly email_verified: number
}
