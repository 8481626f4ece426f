import { z } from 'zod'
import { roleStanza } from '../admin/stanzas.ts'
import { roleMembers, roleValuesIn } from '../organisations/api/role-operations.ts'
import type { Role } from '../organisations/role-values.ts'
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
  }),
  nameOf: ({ name, organisation }) => nameIn(name, organisation),
  find: async (stores, { name, organisation }) => {
    const organisationId = await organisationIdNamed(stores, 'organisation', organisation)
    const found = await stores.roles.findByName(name, organisationId)
    return found === null || found.isBuiltIn ? null : asFound(stores, found)
  },
  create: async (stores, { name, organisation, ...members }, { by }) => {
    const organisationId = await organisationIdNamed(stores, 'organisation', organisation)
    await stores.roles.create({ ...roleValuesIn(members), name, organisationId }, by)
    return undefined
  },
  update: async ({ roles }, id, changes, { by }) => {
    await roles.update(id, roleValuesIn(changes), { by })
    return undefined
  },
  all: async (stores) => {
    const places = [null, ...(await allOrganisations(stores)).map(({ id }) => id)]
    const found: Found[] = []
    for (const place of places) {
      for (const role of await stores.roles.list(place)) if (!role.isBuiltIn) found.push(await asFound(stores, role))
    }
    return found
  },
  remove: async ({ roles }, id, { by }) => roles.delete(id, { by }),
})

async function asFound(stores: DeclaredStores, role: Role): Promise<Found> {
  return { id: role.id, stanza: await roleStanza(role, stores) }
}
