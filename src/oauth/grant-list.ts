import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import { idBefore, type Page, pageOf, type PageOptions, pageSize } from '../storage/keyset.ts'
import { wordsOf } from '../tokens/principal.ts'

/** A grant as administrators see it. Times are milliseconds since 1970. */
export interface GrantRecord {
  readonly id: string
  /** `client_id`. */
  readonly clientId: string
  readonly clientName: string
  readonly userId: string
  readonly username: string
  readonly scopes: readonly string[]
  /** Absolute URIs beside the server's own API. */
  readonly resources: readonly string[]
  /** Whether it lives on when its sign-in ends. */
  readonly isOffline: boolean
  readonly createdAt: number
  /** To the minute; `null`: not since this is kept. */
  readonly lastUsedAt: number | null
  readonly expiresAt: number
  readonly revokedAt: number | null
  /** Why, in the words of `GrantEnd`. */
  readonly revokedFor: string | null
}

/** Which grants. What is left out may be anything. */
export interface GrantFilter {
  /** The id of a user. */
  readonly userId?: string | undefined
  /** `client_id`. */
  readonly clientId?: string | undefined
  /** Only those that are not over (`true`), or were ended before their time (`false`). */
  readonly isAlive?: boolean | undefined
}

/** The reading side of grants, for administration. */
export interface GrantList {
  readonly read: (id: string) => Promise<GrantRecord | null>
  /** Newest first. */
  readonly page: (filter?: GrantFilter, page?: PageOptions) => Promise<Page<GrantRecord>>
}

export interface GrantListOptions {
  readonly database: Pick<Database, 'read'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export function createGrantList({ database: { read }, clock = Date.now }: GrantListOptions): GrantList {
  const all = () =>
    read
      .selectFrom('grants')
      .innerJoin('clients', 'clients.id', 'grants.client_id')
      .innerJoin('users', 'users.id', 'grants.user_id')
      .select([
        'grants.id',
        'grants.scopes',
        'grants.resources',
        'grants.is_offline',
        'grants.created_at',
        'grants.last_used_at',
        'grants.expires_at',
        'grants.revoked_at',
        'grants.revoked_for',
        'grants.user_id',
        'users.username',
        'clients.identifier',
        'clients.name',
      ])

  return {
    read: async (id) => {
      const wanted = parseId(id)
      if (wanted === null) return null
      const row = await all().where('grants.id', '=', wanted).executeTakeFirst()
      return row === undefined ? null : recordOf(row)
    },
    page: async ({ userId, clientId, isAlive } = {}, { after, limit } = {}) => {
      const size = pageSize(limit)
      let query = all()
        .orderBy('grants.id', 'desc')
        .limit(size + 1)
      if (after !== undefined) query = query.where('grants.id', '<', idBefore(after))
      if (userId !== undefined) query = query.where('grants.user_id', '=', idOrNone(userId))
      if (clientId !== undefined) {
        query = query.where('grants.client_id', '=', (of) =>
          of.selectFrom('clients as wanted').select('wanted.id').where('wanted.identifier', '=', clientId),
        )
      }
      if (isAlive === false) query = query.where('grants.revoked_at', 'is not', null)
      if (isAlive === true) {
        query = query.where('grants.revoked_at', 'is', null).where('grants.expires_at', '>', Math.floor(clock()))
      }
      return pageOf(await query.execute(), size, recordOf, (row) => formatId(row.id))
    },
  }
}

interface Row {
  readonly id: bigint
  readonly scopes: string
  readonly resources: string
  readonly is_offline: number
  readonly created_at: number
  readonly last_used_at: number | null
  readonly expires_at: number
  readonly revoked_at: number | null
  readonly revoked_for: string | null
  readonly user_id: bigint
  readonly username: string
  readonly identifier: string
  readonly name: string
}

function recordOf(row: Row): GrantRecord {
  return {
    id: formatId(row.id),
    clientId: row.identifier,
    clientName: row.name,
    userId: formatId(row.user_id),
    username: row.username,
    scopes: wordsOf(row.scopes),
    resources: wordsOf(row.resources),
    isOffline: row.is_offline === 1,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    revokedFor: row.revoked_for,
  }
}
