import { z } from 'zod'
import type { UserRecord } from '../accounts/user-record.ts'
import { userStanza } from '../admin/stanzas.ts'
import { userChanges, userMembers, userValues } from '../admin/users/user-members.ts'
import type { By } from '../tokens/owner.ts'
import { type DeclaredStores, type Found, kind, type Kind, wrong } from './kind.ts'
import { allPages, userNamed } from './named.ts'

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
    const user = await userNamed(stores, username)
    return user === null ? null : asFound(stores, user)
  },
  create: async (stores, { groups = [], is_active: isActive = true, ...members }, { by }) => {
    const { id } = await stores.users.create({ ...userValues(members), isActive }, by)
    await setGroups(stores, id, groups, by)
    return undefined
  },
  update: async (stores, id, { groups, is_active: isActive, ...members }, { by }) => {
    if (Object.keys(members).length > 0)
      await stores.users.update(id, userChanges({ ...members, ...forGood(members) }), by)
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

/** Whoever is declared to be an administrator is one for good, and no longer for a while. */
function forGood(members: { readonly is_staff?: boolean | undefined; readonly is_superuser?: boolean | undefined }): {
  readonly staff_until?: null
  readonly superuser_until?: null
} {
  return {
    ...(members.is_staff === true ? { staff_until: null } : {}),
    ...(members.is_superuser === true ? { superuser_until: null } : {}),
  }
}

/** Puts somebody into these groups, and takes them out of all others. */
async function setGroups({ groups }: DeclaredStores, userId: string, names: readonly string[], by: By): Promise<void> {
  const wanted = new Set<string>()
  for (const [index, name] of names.entries()) {
    const group = await groups.findByName(name)
    if (group === null) throw wrong('groups', `No. ${index + 1} is no group.`)
    wanted.add(group.id)
  }
  for (const { id } of await groups.of(userId)) if (!wanted.has(id)) await groups.remove(id, userId, by)
  for (const id of wanted) await groups.add(id, userId, by)
}

async function asFound({ groups }: DeclaredStores, user: UserRecord): Promise<Found> {
  return { id: user.id, stanza: userStanza(user, await groups.of(user.id)) }
}
