import { z } from 'zod'
import { keyMembers } from '../admin/credentials/service-accounts-api.ts'
import { keyStanza } from '../admin/stanzas.ts'
import type { ApiKeyRecord } from '../tokens/api-keys.ts'
import type { Owner } from '../tokens/owner.ts'
import { type DeclaredStores, type Found, kind, type Kind, refuseChange, wrong } from './kind.ts'
import { nameIn, organisationIdNamed, userIdNamed } from './named.ts'
import { accountsNamed } from './service-account-kind.ts'

/** Keys that are not revoked, by their owner and name. A new one is made and shown once. */
export const apiKeyKind: Kind = kind({
  list: 'api_keys',
  one: 'API key',
  schema: z.strictObject({
    name: z.string(),
    purpose: keyMembers.purpose.optional(),
    user: z.string().optional(),
    service_account: z.string().optional(),
    organisation: z.string().nullable().optional(),
    mode: keyMembers.mode.optional(),
    scopes: keyMembers.scopes.optional(),
    allowed_addresses: keyMembers.allowed_addresses.optional(),
    rate: keyMembers.rate.optional(),
    expires_at: keyMembers.expires_at.optional(),
    is_active: z.boolean().optional(),
  }),
  nameOf: ({ name, user, service_account: account, organisation }) =>
    `${name} of ${user ?? nameIn(account ?? '', organisation)}`,
  find: async (stores, stanza) => {
    const { name } = stanza
    const found = (await keysInUse(stores, await ownerIn(stores, stanza))).filter((key) => key.name === name.trim())
    if (found.length > 1) throw wrong('name', 'The owner has several of this name: revoke all but one.')
    return found[0] === undefined ? null : asFound(stores, found[0])
  },
  create: async (stores, stanza, { by }) => {
    const {
      name,
      purpose,
      mode,
      scopes,
      allowed_addresses: allowedAddresses,
      rate,
      is_active: isActive = true,
    } = stanza
    const expiresAt = timeOf(stanza.expires_at)
    const made = await stores.apiKeys.create({
      owner: await ownerIn(stores, stanza),
      name,
      by,
      ...(purpose === undefined ? {} : { purpose }),
      ...(mode === undefined ? {} : { mode }),
      ...(scopes === undefined ? {} : { scopes }),
      ...(allowedAddresses === undefined ? {} : { allowedAddresses }),
      ...(rate === undefined ? {} : { rate }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    })
    if (!isActive) await stores.apiKeys.disable(made.record.id, { by })
    return [{ member: 'key', value: made.key }]
  },
  update: async ({ apiKeys }, id, changes, { by }) => {
    refuseChange(changes, ['mode'])
    const { purpose, scopes, allowed_addresses: allowedAddresses, rate, is_active: isActive } = changes
    const expiresAt = timeOf(changes.expires_at)
    const values = {
      ...(purpose === undefined ? {} : { purpose }),
      ...(scopes === undefined ? {} : { scopes }),
      ...(allowedAddresses === undefined ? {} : { allowedAddresses }),
      ...(rate === undefined ? {} : { rate }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    }
    if (Object.keys(values).length > 0) await apiKeys.update(id, values, { by })
    if (isActive !== undefined) await apiKeys[isActive ? 'enable' : 'disable'](id, { by })
    return undefined
  },
  // Those of service accounts: what people made for themselves is theirs. One that is over could not be made anew.
  all: async (stores) => {
    const found: Found[] = []
    for (const { id } of await stores.serviceAccounts.list()) {
      for (const key of (await keysInUse(stores, { kind: 'service_account', id })).toReversed()) {
        const isOver = key.expiresAt !== null && key.expiresAt <= stores.clock()
        if (!isOver) found.push(await asFound(stores, key))
      }
    }
    return found
  },
})

async function ownerIn(
  stores: DeclaredStores,
  stanza: {
    readonly user?: string | undefined
    readonly service_account?: string | undefined
    readonly organisation?: string | null | undefined
  },
): Promise<Owner> {
  const { user, service_account: name, organisation } = stanza
  if ((user === undefined) === (name === undefined)) throw wrong('name', 'A key is of one user or one service_account.')
  if (name === undefined) return { kind: 'user', id: (await userIdNamed(stores, 'user', user)) ?? '' }
  const accounts = await accountsNamed(stores, name, await organisationIdNamed(stores, 'organisation', organisation))
  if (accounts.length === 0) throw wrong('service_account', 'There is no service account of this name.')
  if (accounts.length > 1) throw wrong('service_account', 'There are several of this name: rename all but one.')
  return { kind: 'service_account', id: accounts[0]?.id ?? '' }
}

async function keysInUse({ apiKeys }: DeclaredStores, owner: Owner): Promise<readonly ApiKeyRecord[]> {
  return (await apiKeys.list(owner)).filter(({ revokedAt }) => revokedAt === null)
}

function timeOf(moment: string | null | undefined): number | null | undefined {
  return typeof moment === 'string' ? Date.parse(moment) : moment
}

async function asFound(stores: DeclaredStores, key: ApiKeyRecord): Promise<Found> {
  return { id: key.id, stanza: await keyStanza(key, stores) }
}
