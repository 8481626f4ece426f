import { z } from 'zod'
import { givenClientIn, namedOnWire } from '../oauth/client-answers.ts'
import { clientStanza } from '../admin/stanzas.ts'
import type { ClientRecord } from '../oauth/client-record.ts'
import type { By } from '../tokens/owner.ts'
import {
  type DeclaredAction,
  type DeclaredStores,
  type Found,
  kind,
  type Kind,
  type MadeSecret,
  wrong,
} from './kind.ts'
import { allPages, organisationIdNamed, userIdNamed } from './named.ts'

/**
 * Clients, by their `client_id`. Everything that is registered of one has the names of RFC 7591, and is checked where clients
 * are kept. A new one gets the secret in the variable that `client_secret_env` names, or one that is made.
 */
export const clientKind: Kind = kind({
  list: 'clients',
  one: 'client',
  schema: z.looseObject({
    client_id: z.string().min(1),
    owner: z.string().nullable().optional(),
    organisation: z.string().nullable().optional(),
    is_active: z.boolean().optional(),
    client_secret_env: z.string().optional(),
  }),
  nameOf: ({ client_id: id }) => id,
  onlyNew: ['client_secret_env'],
  find: async (stores, { client_id: id }) => {
    const found = await stores.clients.find(id)
    return found === null ? null : asFound(stores, found)
  },
  create: async (stores, stanza, { by, environment }) => {
    const { client_id: identifier, owner, organisation, is_active: isActive = true, ...members } = stanza
    const { client_secret_env: variable, ...registered } = members
    const secret = secretIn(environment, variable)
    const made = await namedInStanza(
      stores.clients.create(givenClientIn(registered), {
        by,
        identifier,
        owner: await userIdNamed(stores, 'owner', owner),
        organisation: await organisationIdNamed(stores, 'organisation', organisation),
        ...(secret === undefined ? {} : { secret }),
      }),
    )
    if (!isActive) await stores.clients.disable(identifier, { by })
    return secret === undefined ? shown(made.secret) : undefined
  },
  update: async (stores, id, { is_active: isActive, owner, organisation, ...changes }, { by }) => {
    if (owner !== undefined || organisation !== undefined) await giveTo(stores, id, { owner, organisation }, by)
    const given = givenClientIn(changes)
    const secret =
      Object.keys(given).length === 0 ? null : (await namedInStanza(stores.clients.update(id, given, { by }))).secret
    if (isActive !== undefined) await stores.clients[isActive ? 'enable' : 'disable'](id, { by })
    return shown(secret)
  },
  all: async (stores) => {
    const clients = await allPages(async (after) => {
      const page = await stores.clients.list({ limit: 200, ...(after === undefined ? {} : { after }) })
      return { items: page.clients, next: page.next }
    })
    const found: Found[] = []
    // What people registered themselves is theirs to change, and stands in no file of the operator's.
    for (const client of clients.toReversed()) if (client.source === 'manual') found.push(await asFound(stores, client))
    return found
  },
  remove: async ({ clients }, id, { by }) => clients.delete(id, { by }),
})

/** What a stanza leaves out stays; a client that changes hands is of one, though one that was made with both may stay so. */
async function giveTo(
  stores: DeclaredStores,
  id: string,
  {
    owner,
    organisation,
  }: { readonly owner?: string | null | undefined; readonly organisation?: string | null | undefined },
  by: By,
): Promise<void> {
  const before = await stores.clients.find(id)
  const user = owner === undefined ? (before?.ownerId ?? null) : await userIdNamed(stores, 'owner', owner)
  const place =
    organisation === undefined
      ? (before?.organisationId ?? null)
      : await organisationIdNamed(stores, 'organisation', organisation)
  if (user !== null && place !== null) {
    throw wrong('owner', 'A client changes hands to a user or to an organisation: set the other one to null.')
  }
  const next =
    user !== null
      ? ({ kind: 'user', id: user } as const)
      : place !== null
        ? ({ kind: 'organisation', id: place } as const)
        : null
  await stores.changeClientOwner(id, next, { by })
}

function shown(secret: string | null): readonly MadeSecret[] | undefined {
  return secret === null ? undefined : [{ member: 'client_secret', value: secret }]
}

function secretIn(environment: DeclaredAction['environment'], variable: string | undefined): string | undefined {
  if (variable === undefined) return undefined
  const secret = environment[variable]
  if (secret === undefined || secret === '') throw wrong('client_secret_env', 'The variable of this name is not set.')
  return secret
}

/** What is wrong with a secret is said of the member that names its variable. */
async function namedInStanza<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await namedOnWire(work)
  } catch (error) {
    const said = (error as { readonly body?: Readonly<Record<string, unknown>> }).body?.['client_secret']
    if (said === undefined) throw error
    throw wrong('client_secret_env', [said].flat().map(String).join(' '))
  }
}

async function asFound(stores: DeclaredStores, client: ClientRecord): Promise<Found> {
  return { id: client.id, stanza: await clientStanza(client, stores) }
}
