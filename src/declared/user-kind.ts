import { z } from 'zod'
import { identifierKey } from '../accounts/identifier.ts'
import type { UserRecord } from '../accounts/user-record.ts'
import { userStanza } from '../admin/stanzas.ts'
import { userChanges, userMembers, userValues } from '../admin/users/user-members.ts'
import type { By } from '../tokens/owner.ts'
import { type DeclaredStores, type Found, kind, type Kind, wrong } from './kind.ts'
import { allPages } from './named.ts'

/** Users, by their username. They have no password from a file: `doorward password-link` lets them choose one. */
export const userKind: Kind = kind({
  list: 'users',
  one: 'user',
  schema: z.strictObject({
    ...userMembers,
    username: userMembers.username.unwrap(),
    is_active: z.boolean().optional(),
    groups: z.array(z.string()).max(1000).optional(),
  }),
  nameOf: ({ username }) => username,
  find: async (stores, { username }) => {
    const user = await stores.users.findByLogin(username)
    // Whoever has it for an e-mail address is another one.
    const isTheirs = user !== null && identifierKey(user.username) === identifierKey(username)
    return isTheirs ? asFound(stores, user) : null
  },
  create: async (stores, { groups = [], is_active: isActive = true, ...members }, { by }) => {
    const { id } = await stores.users.create({ ...userValues(members), isActive }, by)
    await setGroups(stores, id, groups, by)
    return undefined
  },
  update: async (stores, id, { groups, is_active: isActive, ...members }, { by }) => {
    if (Object.keys(members).length > 0) await stores.users.update(id, userChanges(members), by)
    if (groups !== undefined) await setGroups(stores, id, groups, by)
    if (isActive !== undefined) await stores.users[isActive ? 'enable' : 'disable'](id, by)
    return undefined
  },
  all: async (stores) => {
    const users = await allPages(async (after) => {
      const page = await stores.users.list({ limit: 200, ...(after === undefined ? {} : { after }) })
      return { items: page.users, next: page.next }
    })
    const found: Found[] = []
    for (const user of users.toReversed()) found.push(await asFound(stores, user))
    return found
  },
})

/** Puts somebody into these groups, and takes them out of all others. */
async function setGroups({ groups }: DeclaredStores, userId: string, names: readonly string[], by: By): Promise<void> {
  const all = await groups.list()
  const unknown = names.findIndex((name) => !all.some((group) => group.name === name))
  if (unknown !== -1) throw wrong('groups', `No. ${unknown + 1} is no group.`)
  for (const { id, name } of await groups.of(userId)) if (!names.includes(name)) await groups.remove(id, userId, by)
  for (const { id, name } of all) if (names.includes(name)) await groups.add(id, userId, by)
}

async function asFound({ groups }: DeclaredStores, user: UserRecord): Promise<Found> {
  return { id: user.id, stanza: userStanza(user, await groups.of(user.id)) }
}
