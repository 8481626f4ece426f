import { z } from 'zod'
import { serviceAccountMembers } from '../admin/credentials/service-accounts-api.ts'
import { serviceAccountStanza } from '../admin/stanzas.ts'
import type { ServiceAccountRecord } from '../tokens/service-accounts.ts'
import { setTrusts, trustList } from './declared-trusts.ts'
import { type DeclaredStores, type Found, kind, type Kind, wrong } from './kind.ts'
import { nameIn, organisationIdNamed, userIdNamed } from './named.ts'

/** Service accounts, by their name within the organisation that they are of. */
export const serviceAccountKind: Kind = kind({
  list: 'service_accounts',
  one: 'service account',
  schema: z.strictObject({
    ...serviceAccountMembers,
    name: serviceAccountMembers.name.unwrap(),
    organisation: z.string().nullable().optional(),
    trusts: trustList.optional(),
    is_active: z.boolean().optional(),
    id: z.string().max(64).optional(),
  }),
  nameOf: ({ name, organisation, id }) => nameIn(id === undefined ? name : `${name} (${id})`, organisation),
  onlyNew: ['id'],
  find: async (stores, { name, organisation, id }) => {
    const organisationId = await organisationIdNamed(stores, 'organisation', organisation)
    const accounts = await accountsNamed(stores, name, organisationId)
    const found = id === undefined ? accounts : accounts.filter((account) => account.id === id)
    if (id !== undefined && found.length === 0) throw wrong('id', 'There is no service account with this id and name.')
    if (found.length > 1) throw wrong('name', `There are ${found.length} of this name: say which by its id.`)
    return found[0] === undefined ? null : asFound(stores, found[0])
  },
  create: async (stores, stanza, { by }) => {
    const { name, owner, scopes, permissions, organisation, trusts, is_active: isActive = true } = stanza
    const made = await stores.serviceAccounts.create(
      {
        name,
        ownerId: await userIdNamed(stores, 'owner', owner),
        organisationId: await organisationIdNamed(stores, 'organisation', organisation),
        ...(scopes === undefined ? {} : { scopes }),
        ...(permissions === undefined ? {} : { permissions }),
      },
      { by },
    )
    if (trusts !== undefined) await setTrusts(stores, made.id, trusts, { by })
    if (!isActive) await stores.serviceAccounts.disable(made.id, { by, asAdministrator: true })
    return undefined
  },
  update: async (stores, id, { owner, scopes, permissions, trusts, is_active: isActive }, { by }) => {
    const values = {
      ...(owner === undefined ? {} : { ownerId: await userIdNamed(stores, 'owner', owner) }),
      ...(scopes === undefined ? {} : { scopes }),
      ...(permissions === undefined ? {} : { permissions }),
    }
    if (Object.keys(values).length > 0) await stores.serviceAccounts.update(id, values, { by })
    // Nothing is trusted for one that is off.
    if (isActive === true) await stores.serviceAccounts.enable(id, { by, asAdministrator: true })
    if (trusts !== undefined) await setTrusts(stores, id, trusts, { by })
    if (isActive === false) await stores.serviceAccounts.disable(id, { by, asAdministrator: true })
    return undefined
  },
  all: async (stores) => {
    const accounts = await stores.serviceAccounts.list()
    const found: Found[] = []
    for (const account of accounts) {
      const isOne = accounts.filter((other) => isSame(account, other)).length === 1
      const { id, stanza } = await asFound(stores, account)
      found.push({ id, stanza: isOne ? stanza : { id, ...stanza } })
    }
    return found
  },
  remove: async ({ serviceAccounts }, id, { by }) => serviceAccounts.delete(id, { by }),
})

/** Those of that name, of that organisation or of none. */
export async function accountsNamed(
  { serviceAccounts }: Pick<DeclaredStores, 'serviceAccounts'>,
  name: string,
  organisationId: string | null,
): Promise<readonly ServiceAccountRecord[]> {
  const wanted = { name: name.normalize('NFC').trim(), organisationId }
  const accounts = await serviceAccounts.list({
    name: wanted.name,
    ...(organisationId === null ? {} : { organisationId }),
  })
  return accounts.filter((account) => isSame(account, wanted))
}

type Place = Pick<ServiceAccountRecord, 'name' | 'organisationId'>

function isSame(one: Place, other: Place): boolean {
  return one.name === other.name && one.organisationId === other.organisationId
}

async function asFound(stores: DeclaredStores, account: ServiceAccountRecord): Promise<Found> {
  return { id: account.id, stanza: await serviceAccountStanza(account, stores) }
}
