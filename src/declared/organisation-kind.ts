import { z } from 'zod'
import { organisationStanza } from '../admin/stanzas.ts'
import { organisationMembers, valuesIn } from '../organisations/api/organisation-operations.ts'
import type { Organisation } from '../organisations/organisation-values.ts'
import { type DeclaredStores, type Found, kind, type Kind, wrong } from './kind.ts'
import { allPages, userIdNamed } from './named.ts'

/** Organisations, by their short name. `owner` is whom a new one is made for. */
export const organisationKind: Kind = kind({
  list: 'organisations',
  one: 'organisation',
  schema: z.strictObject({
    ...organisationMembers,
    slug: organisationMembers.slug.unwrap(),
    owner: z.string().optional(),
    is_suspended: z.boolean().optional(),
  }),
  nameOf: ({ slug }) => slug,
  onlyNew: ['owner'],
  find: async (stores, { slug }) => {
    const found = await stores.organisations.findBySlug(slug)
    return found === null ? null : asFound(stores, found)
  },
  create: async (stores, { owner, is_suspended: isSuspended = false, ...members }, { by }) => {
    const { slug, name } = members
    if (name === undefined) throw wrong('name', 'It is required for a new one.')
    const ownerId = await userIdNamed(stores, 'owner', owner)
    if (ownerId === null) throw wrong('owner', 'A new one needs somebody who owns it: their username.')
    const { id } = await stores.organisations.create({ ...valuesIn(members), name, slug, ownerId }, by)
    if (isSuspended) await stores.organisations.suspend(id, by)
    return undefined
  },
  update: async ({ organisations }, id, { is_suspended: isSuspended, owner: _owner, ...members }, { by }) => {
    if (Object.keys(members).length > 0) await organisations.update(id, valuesIn(members), by)
    if (isSuspended !== undefined) await organisations[isSuspended ? 'suspend' : 'resume'](id, by)
    return undefined
  },
  all: async (stores) => {
    const organisations = await allOrganisations(stores)
    const found: Found[] = []
    for (const organisation of organisations) found.push(await asFound(stores, organisation))
    return found
  },
})

/** Oldest first. */
export async function allOrganisations({
  organisations,
}: Pick<DeclaredStores, 'organisations'>): Promise<readonly Organisation[]> {
  const all = await allPages(async (after) => {
    const page = await organisations.list({ limit: 200, ...(after === undefined ? {} : { after }) })
    return { items: page.organisations, next: page.next }
  })
  return all.toReversed()
}

async function asFound(stores: DeclaredStores, organisation: Organisation): Promise<Found> {
  return { id: organisation.id, stanza: await organisationStanza(organisation, stores) }
}
