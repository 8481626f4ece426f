import { z } from 'zod'
import { holderStanzas, roleStanza } from '../admin/stanzas.ts'
import { roleMembers, roleValuesIn } from '../organisations/api/role-operations.ts'
import type { Role } from '../organisations/role-values.ts'
import { holderList, setHolders } from './declared-holders.ts'
import { type DeclaredStores, type Found, kind, type Kind } from './kind.ts'
import { nameIn, organisationIdNamed } from './named.ts'
import { allOrganisations } from './organisation-kind.ts'

/** Roles, by their name within the organisation that they are of. Those that are built in stand in no file. */
export const roleKind: Kind = kind({
  list: 'roles',
  one: 'role',
  schema: z.strictObject({
    name: roleMembers.name,
    description: roleMembers.description.optional(),
    permissions: roleMembers.permissions.optional(),
    organisation: z.string().nullable().optional(),
    holders: holderList.optional(),
  }),
  nameOf: ({ name, organisation }) => nameIn(name, organisation),
  find: async (stores, { name, organisation, holders }) => {
    const organisationId = await organisationIdNamed(stores, 'organisation', organisation)
    const found = await stores.roles.findByName(name, organisationId)
    return found === null || found.isBuiltIn ? null : asFound(stores, found, holders !== undefined)
  },
  create: async (stores, { name, organisation, holders, ...members }, action) => {
    const organisationId = await organisationIdNamed(stores, 'organisation', organisation)
    const role = await stores.roles.create({ ...roleValuesIn(members), name, organisationId }, action.by)
    if (holders !== undefined) await setHolders(stores, role.id, holders, action)
    return undefined
  },
  update: async (stores, id, { holders, ...changes }, action) => {
    if (Object.keys(changes).length > 0) await stores.roles.update(id, roleValuesIn(changes), action)
    if (holders !== undefined) await setHolders(stores, id, holders, action)
    return undefined
  },
  all: async (stores, { people }) => {
    const places = [null, ...(await allOrganisations(stores)).map(({ id }) => id)]
    const found: Found[] = []
    for (const place of places) {
      for (const role of await stores.roles.list(place))
        if (!role.isBuiltIn) found.push(await asFound(stores, role, people))
    }
    return found
  },
  remove: async ({ roles }, id, { by }) => roles.delete(id, { by }),
})

async function asFound(stores: DeclaredStores, role: Role, withHolders: boolean): Promise<Found> {
  const stanza = await roleStanza(role, stores)
  return { id: role.id, stanza: { ...stanza, ...(withHolders ? { holders: await holderStanzas(role, stores) } : {}) } }
}
