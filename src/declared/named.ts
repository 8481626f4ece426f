import { identifierKey } from '../accounts/identifier.ts'
import { meantUser } from '../accounts/meant-user.ts'
import type { UserRecord } from '../accounts/user-record.ts'
import { type DeclaredStores, wrong } from './kind.ts'

/** Finds the id of the user whom a member of a stanza names by username; `null` for nobody. */
export async function userIdNamed(
  { users }: Pick<DeclaredStores, 'users'>,
  member: string,
  username: string | null | undefined,
): Promise<string | null> {
  if (username === null || username === undefined) return null
  const found = await userNamed({ users }, username)
  if (found === null)
    throw wrong(member, 'There is no user of this name, or it is an e-mail address that is not verified.')
  return found.id
}

/**
 * Finds a user by username. Not by e-mail address, nor by a username that is one and is not verified: anybody can say that one is theirs,
 * and would get what a file gives to whoever has it.
 */
export async function userNamed(
  { users }: Pick<DeclaredStores, 'users'>,
  username: string,
): Promise<UserRecord | null> {
  const found = await meantUser(users, username)
  return found !== null && identifierKey(found.username) === identifierKey(username) ? found : null
}

/** Finds the id of the organisation that a member of a stanza names by its short name; `null` for none. */
export async function organisationIdNamed(
  { organisations }: Pick<DeclaredStores, 'organisations'>,
  member: string,
  slug: string | null | undefined,
): Promise<string | null> {
  if (slug === null || slug === undefined) return null
  const found = await organisations.findBySlug(slug)
  if (found === null) throw wrong(member, 'There is no organisation of this short name.')
  return found.id
}

/** `editor of acme`, or `editor` where it is of none. */
export function nameIn(name: string, organisation: string | null | undefined): string {
  return organisation === null || organisation === undefined ? name : `${name} of ${organisation}`
}

/** Everything of a list that is read page by page. */
export async function allPages<One>(
  read: (after: string | undefined) => Promise<{ readonly items: readonly One[]; readonly next: string | null }>,
): Promise<readonly One[]> {
  const all: One[] = []
  let after: string | undefined
  for (;;) {
    const { items, next } = await read(after)
    all.push(...items)
    if (next === null) return all
    after = next
  }
}
