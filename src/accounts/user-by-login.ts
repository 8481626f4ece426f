import type { Database } from '../storage/database.ts'
import type { UserRow } from '../storage/schema.ts'
import { identifierKey } from './identifier.ts'

/**
 * Finds a user by username or e-mail address, in one statement. The two never collide, since a username with an `@` is its
 * user's own address; where imported data breaks that, the username counts.
 */
export async function userByLogin({ read }: Pick<Database, 'read'>, login: string): Promise<UserRow | null> {
  const key = identifierKey(login)
  if (key === null) return null
  const rows = await read
    .selectFrom('users')
    .selectAll()
    .where((eb) => eb.or([eb('username_key', '=', key), eb('email_key', '=', key)]))
    .execute()
  return rows.find((row) => row.username_key === key) ?? rows[0] ?? null
}
