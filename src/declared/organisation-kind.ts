import { z } from 'zod'
import { memberStanzas, organisationStanza } from '../admin/stanzas.ts'
import { organisationMembers, valuesIn } from '../organisations/api/organisation-operations.ts'
import type { Organisation } from '../organisations/organisation-values.ts'
import { memberList, setMembers } from './declared-members.ts'
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
    members: memberList.optional(),
  }),
  nameOf: ({ slug }) => slug,
  onlyNew: ['owner'],
  find: async (stores, { slug, members }) => {
    const found = await stores.organisations.findBySlug(slug)
    return found === null ? null : asFound(stores, found, members !== undefined)
  },
  create: async (stores, { owner, members, is_suspended: isSuspended = false, ...values }, action) => {
    const { slug, name } = values
    const { by } = action
    if (name === undefined) throw wrong('name', 'It is required for a new one.')
    const first = owner ?? members?.find(({ role }) => role === 'owner')?.user
    const ownerId = await userIdNamed(stores, owner === undefined && first !== undefined ? 'members' : 'owner', first)
    if (ownerId === null) throw wrong('owner', 'A new one needs somebody who owns it: their username.')
    const { id } = await stores.organisations.create({ ...valuesIn(values), name, slug, ownerId }, by)
    if (members !== undefined) await setMembers(stores, id, members, action)
    if (isSuspended) await stores.organisations.suspend(id, by)
    return undefined
  },
  update: async (stores, id, { is_suspended: isSuspended, owner: _owner, members, ...values }, action) => {
    const { organisations } = stores
    const { by } = action
    if (Object.keys(values).length > 0) await organisations.update(id, valuesIn(values), by)
    // Nobody becomes a member of one that is suspended.
    if (isSuspended === false) await organisations.resume(id, by)
    if (members !== undefined) await setMembers(stores, id, members, action)
    if (isSuspended === true) await organisations.suspend(id, by)
    return undefined
  },
  all: async (stores, { people }) => {
    const organisations = await allOrganisations(stores)
    const found: Found[] = []
    for (const organisation of organisations) found.push(await asFound(stores, organisation, people))
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

async function asFound(stores: DeclaredStores, organisation: Organisation, withMembers: boolean): Promise<Found> {
  const stanza = await organisationStanza(organisation, stores)
  const members = withMembers ? { members: await memberStanzas(organisation.id, stores.members) } : {}
  return { id: organisation.id, stanza: { ...stanza, ...members } }
}
