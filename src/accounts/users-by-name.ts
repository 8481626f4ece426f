import type { User } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import { identifierKey } from './identifier.ts'
import { activeUser, createPasswordRows } from './password-rows.ts'
import type { Users } from './users.ts'

/** Finds people by name alone, for what vouches for them elsewhere: a proxy. */
export interface UsersByName {
  /**
   * The active user of a username or a verified e-mail address, or one that an administrator wrote; `null` for everybody else:
   * whoever signed up with an address of somebody else's would have them work in an account that both can open.
   */
  readonly find: (name: string) => Promise<User | null>
  /** Makes a user without a password; `null` where the name belongs to one who is inactive. */
  readonly create: (name: string) => Promise<User | null>
}

export function createUsersByName(
  database: Database,
  users: Pick<Users, 'create'>,
  clock: () => number = Date.now,
): UsersByName {
  const rows = createPasswordRows(database)

  async function find(name: string): Promise<User | null> {
    const key = identifierKey(name)
    const row = key === null ? null : await rows.byKey(key)
    const isDoubtful = row?.email_key === key && row.email_verified !== 1 && row.source !== 'made'
    if (row === null || isDoubtful) return null
    return activeUser(row, clock())
  }

  return {
    find,
    create: async (name) => {
      const key = identifierKey(name)
      if (key === null || (await rows.byKey(key)) !== null) return null
      await users.create({ username: name, source: 'service' })
      return find(name)
    },
  }
}
