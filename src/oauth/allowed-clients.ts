import { sql } from 'kysely'
import type { Publisher } from '../pages/publisher-in-words.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { ClientRow } from '../storage/schema.ts'
import type { By } from '../tokens/owner.ts'
import { wordsOf } from '../tokens/principal.ts'
import type { Consents } from './consents.ts'
import type { Grants } from './grants.ts'
import { nobody, type Publishers } from './publishers.ts'

export interface AllowedClientsOptions {
  readonly database: Pick<Database, 'read'>
  readonly consents: Pick<Consents, 'list' | 'forget'>
  readonly grants: Pick<Grants, 'endFor'>
  readonly publishers: Publishers
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** A client that a user has allowed something, as its user sees it. */
export interface AllowedClient {
  /** `client_id`. */
  readonly clientId: string
  readonly name: string
  readonly publisher: Publisher
  /** Whether somebody here has looked at it. */
  readonly isReviewed: boolean
  /** All that it was allowed. */
  readonly scopes: readonly string[]
  /** Absolute URIs beside the server's own API. */
  readonly resources: readonly string[]
  /** When it was allowed first, in milliseconds since 1970. */
  readonly since: number
  /** When it last used that, to the minute (see `grant-uses.ts`); `null`: not since this is kept. */
  readonly lastUsedAt: number | null
  /** How often it was let in and is still. */
  readonly grants: number
  /** Whether it has access while the user is away. */
  readonly isOffline: boolean
  /** The organisations that it may act in for the user, by name, and no others; `null`: wherever the user belongs. */
  readonly organisations: readonly AllowedOrganisation[] | null
}

export interface AllowedOrganisation {
  readonly id: string
  readonly name: string
  readonly slug: string
}

/** What a user's list of applications shows, and how they take it back. */
export interface AllowedClients {
  /** By name. */
  readonly list: (userId: string) => Promise<readonly AllowedClient[]>
  /** Ends all that a user allowed a client: they are asked again the next time. Whether there was anything. */
  readonly withdraw: (userId: string, clientId: string, by: By) => Promise<boolean>
}

export function createAllowedClients(options: AllowedClientsOptions): AllowedClients {
  const { database, consents, grants, publishers, clock = Date.now } = options

  async function liveGrants(user: bigint): Promise<readonly Allowance[]> {
    const rows = await database.read
      .selectFrom('grants')
      .select(['client_id', 'scopes', 'resources', 'created_at', 'is_offline', 'organisation_id'])
      .where('user_id', '=', user)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', Math.floor(clock()))
      .execute()
    return rows.map((row) => ({
      clientKey: row.client_id,
      scopes: wordsOf(row.scopes),
      resources: wordsOf(row.resources),
      createdAt: row.created_at,
      isGrant: true,
      isOffline: row.is_offline === 1,
      isEverywhere: row.organisation_id === null,
      organisationIds: row.organisation_id === null ? [] : [row.organisation_id],
    }))
  }

  async function organisationsOf(keys: readonly bigint[]): Promise<ReadonlyMap<bigint, AllowedOrganisation>> {
    if (keys.length === 0) return new Map()
    const query = database.read.selectFrom('organisations').select(['id', 'name', 'slug']).where('id', 'in', keys)
    const rows = await query.limit(mostClients).execute()
    return new Map(rows.map(({ id, name, slug }) => [id, { id: formatId(id), name, slug }]))
  }

  /** What is over since counts too: it was used all the same. */
  async function lastUses(user: bigint): Promise<ReadonlyMap<bigint, number>> {
    const rows = await database.read
      .selectFrom('grants')
      .select(['client_id', sql<number | bigint>`max(last_used_at)`.as('at')])
      .where('user_id', '=', user)
      .where('last_used_at', 'is not', null)
      .groupBy('client_id')
      .execute()
    return new Map(rows.map(({ client_id: key, at }) => [key, Number(at)]))
  }

  async function clientsOf(keys: readonly bigint[]): Promise<ReadonlyMap<bigint, Named>> {
    if (keys.length === 0) return new Map()
    const query = database.read.selectFrom('clients').select(['id', 'identifier', 'name', 'source'])
    const rows = await query.where('id', 'in', keys).limit(mostClients).execute()
    return new Map(rows.map((row) => [row.id, row]))
  }

  return {
    list: async (userId) => {
      const user = parseId(userId)
      if (user === null) return []
      const remembered = (await consents.list(userId)).map((one) => ({ ...one, isOffline: false, isGrant: false }))
      const byClient = Map.groupBy([...(await liveGrants(user)), ...remembered], ({ clientKey }) => clientKey)
      const keys = [...byClient.keys()].slice(0, mostClients)
      const [named, uses] = await Promise.all([clientsOf(keys), lastUses(user)])
      const behind = await publishers([...named.values()].map(({ identifier }) => identifier))
      const bound = new Set([...byClient.values()].flat().flatMap(({ organisationIds }) => organisationIds))
      const organisations = await organisationsOf([...bound].slice(0, mostClients))
      const clients = [...byClient].flatMap(([key, all]) => {
        const client = named.get(key)
        if (client === undefined) return []
        const more = { publisher: behind.get(client.identifier) ?? nobody, lastUsedAt: uses.get(key) ?? null }
        return [{ ...allowedClient(client, all), ...more, organisations: boundTo(all, organisations) }]
      })
      return clients.toSorted((one, other) => one.name.localeCompare(other.name))
    },

    withdraw: async (userId, clientId, by) => {
      // By its row, whatever its document says by now: no client keeps what it has by breaking that.
      const query = database.read.selectFrom('clients').select('id').where('identifier', '=', clientId)
      const [user, client] = [parseId(userId), await query.executeTakeFirst()]
      if (user === null || client === undefined) return false
      const clientKey = client.id
      // First the consent, so that nothing new comes of it while the rest ends.
      const isForgotten = await consents.forget({ userId, clientKey }, by)
      const ended = await grants.endFor({ userId: user, clientKey }, 'consent_withdrawn', by)
      return isForgotten || ended > 0
    },
  }
}

/** A statement has room for some thousands of values, and nobody reads a longer list. */
const mostClients = 1000

type Named = Pick<ClientRow, 'identifier' | 'name' | 'source'>

interface Allowance {
  readonly clientKey: bigint
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly createdAt: number
  /** Whether it is one that tokens hang on, and not an answer that is remembered. */
  readonly isGrant: boolean
  readonly isOffline: boolean
  readonly isEverywhere: boolean
  readonly organisationIds: readonly bigint[]
}

function boundTo(
  all: readonly Allowance[],
  known: ReadonlyMap<bigint, AllowedOrganisation>,
): readonly AllowedOrganisation[] | null {
  if (all.some(({ isEverywhere }) => isEverywhere)) return null
  const ids = new Set(all.flatMap(({ organisationIds }) => organisationIds))
  return [...ids].flatMap((id) => known.get(id) ?? []).toSorted((one, other) => one.name.localeCompare(other.name))
}

function allowedClient(
  { identifier, name, source }: Named,
  all: Allowance[],
): Omit<AllowedClient, 'organisations' | 'publisher' | 'lastUsedAt'> {
  return {
    clientId: identifier,
    name,
    isReviewed: source === 'manual',
    grants: all.filter(({ isGrant }) => isGrant).length,
    scopes: [...new Set(all.flatMap(({ scopes }) => scopes))],
    resources: [...new Set(all.flatMap(({ resources }) => resources))],
    since: Math.min(...all.map(({ createdAt }) => createdAt)),
    isOffline: all.some(({ isOffline }) => isOffline),
  }
}
