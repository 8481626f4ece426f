import { z } from 'zod'
import type { Group } from '../accounts/groups.ts'
import { groupMembers } from '../admin/roles/groups-api.ts'
import { groupStanza } from '../admin/stanzas.ts'
import { type Found, kind, type Kind } from './kind.ts'

/** Groups, by their name. */
export const groupKind: Kind = kind({
  list: 'groups',
  one: 'group',
  schema: z.strictObject({ name: groupMembers.name, permissions: groupMembers.permissions.optional() }),
  nameOf: ({ name }) => name.trim(),
  find: async ({ groups }, { name }) => {
    const found = await groups.findByName(name)
    return found === null ? null : asFound(found)
  },
  create: async ({ groups }, stanza, { by }) => {
    await groups.create({ name: stanza.name, ...permissionsIn(stanza) }, by)
    return undefined
  },
  update: async ({ groups }, id, changes, { by }) => {
    await groups.update(id, permissionsIn(changes), by)
    return undefined
  },
  all: async ({ groups }) => (await groups.list()).map(asFound),
  remove: async ({ groups }, id, { by }) => groups.delete(id, by),
})

function permissionsIn({ permissions }: { readonly permissions?: readonly string[] | undefined }): {
  readonly permissions?: readonly string[]
} {
  return permissions === undefined ? {} : { permissions }
}

function asFound(group: Group): Found {
  return { id: group.id, stanza: groupStanza(group) }
}
