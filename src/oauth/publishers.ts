import type { Publisher } from '../pages/publisher-in-words.ts'
import type { Database } from '../storage/database.ts'

/** Who stands behind each of several clients, by `client_id`: at most a thousand. */
export type Publishers = (clientIds: readonly string[]) => Promise<ReadonlyMap<string, Publisher>>

export function createPublishers({ database }: { readonly database: Pick<Database, 'read'> }): Publishers {
  return async (clientIds) => {
    if (clientIds.length === 0) return new Map()
    const rows = await database.read
      .selectFrom('clients')
      .leftJoin('organisations', 'organisations.id', 'clients.organisation_id')
      .leftJoin('users', 'users.id', 'clients.owner_id')
      .select(['clients.identifier', 'clients.source'])
      .select(['organisations.name as organisation', 'organisations.slug', 'users.username'])
      .where('clients.identifier', 'in', clientIds)
      .limit(mostClients)
      .execute()
    return new Map(rows.map((row) => [row.identifier, publisherOf(row)]))
  }
}

/** What is told where the client is not there any more. */
export const nobody: Publisher = { kind: 'nobody', name: null, slug: null }

const mostClients = 1000

interface Row {
  readonly identifier: string
  readonly source: string
  readonly organisation: string | null
  readonly slug: string | null
  readonly username: string | null
}

function publisherOf({ identifier, source, organisation, slug, username }: Row): Publisher {
  if (organisation !== null) return { kind: 'organisation', name: organisation, slug }
  // An address is for its owner to hand out.
  if (username !== null) return { kind: 'person', name: username.includes('@') ? null : username, slug: null }
  if (source === 'document') return { kind: 'site', name: URL.parse(identifier)?.host ?? identifier, slug: null }
  return source === 'manual' ? { kind: 'operator', name: null, slug: null } : nobody
}
