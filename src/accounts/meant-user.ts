import { emailKey } from './identifier.ts'
import type { UserRecord } from './user-record.ts'
import type { Users } from './users.ts'

/**
 * Whom somebody means who types a username or an e-mail address, to give them something; `null` for nobody. An address that an
 * account says is its own, and has not verified, names nobody: anybody can sign up with one of somebody else's, and would get what
 * was meant for them. What an administrator wrote of an account that they made counts.
 */
export async function meantUser(users: Pick<Users, 'findByLogin'>, typed: string): Promise<UserRecord | null> {
  const user = typed === '' ? null : await users.findByLogin(typed)
  if (user === null || user.emailVerified || user.source === 'made') return user
  return emailKey(user.email ?? '') === emailKey(typed) && user.email !== null ? null : user
}

/** What to say where it is nobody. */
export const nobodyMeant = 'Give the username, or the verified e-mail, of a user that is there.'
