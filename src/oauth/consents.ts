import type { Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import type { ConsentRow, Schema } from '../storage/schema.ts'
import type { By } from '../tokens/owner.ts'
import { wordsOf } from '../tokens/principal.ts'

/** What a user allows a client. */
export interface Allowed {
  readonly userId: string
  readonly clientKey: bigint
  readonly scopes: readonly string[]
  /** Absolute URIs beside the server's own API. */
  readonly resources: readonly string[]
  /** The organisation that it is for, and no other (none: wherever the user belongs). */
  readonly organisationId?: bigint | null
}

/** An answer that is remembered, as its user sees it. Times are milliseconds since 1970. */
export interface Consent extends Omit<Allowed, 'organisationId'> {
  /** Whether it is for wherever the user belongs. */
  readonly isEverywhere: boolean
  /** The organisations that it is for, where it is not for all. */
  readonly organisationIds: readonly bigint[]
  readonly createdAt: number
  readonly updatedAt: number
  readonly expiresAt: number
}

export interface ConsentsOptions {
  readonly database: Database
  /** Seconds for which an answer is remembered (90 days): as long as a grant lives at most. */
  readonly grantLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What users have allowed clients before, so that they are not asked again for the same or less. */
export interface Consents {
  readonly covers: (wanted: Allowed) => Promise<boolean>
  /** Whether any answer is remembered. */
  readonly has: (of: Pick<Allowed, 'userId' | 'clientKey'>) => Promise<boolean>
  /** Remembers an answer, in the unit of the grant that it allows. What was allowed before still is. */
  readonly remember: (unit: Transaction<Schema>, allowed: Allowed) => Promise<void>
  /** Remembers none from now on, in the unit of a grant that is allowed this once. What was granted stays. */
  readonly drop: (unit: Transaction<Schema>, of: Pick<Allowed, 'userId' | 'clientKey'>) => Promise<void>
  readonly list: (userId: string) => Promise<readonly Consent[]>
  /** Forgets an answer. Whether there was one. What hangs on it is ended by `grants.endFor`. */
  readonly forget: (of: Pick<Allowed, 'userId' | 'clientKey'>, by: By) => Promise<boolean>
}

export function createConsents(options: ConsentsOptions): Consents {
  const { database, grantLifetime = 7_776_000, clock = Date.now } = options

  const isOver = (row: ConsentRow): boolean => clock() >= row.updated_at + grantLifetime * 1000

  async function find(
    kysely: Pick<Database['read'], 'selectFrom'>,
    userId: bigint,
    clientKey: bigint,
  ): Promise<ConsentRow | null> {
    const query = kysely.selectFrom('consents').selectAll().where('user_id', '=', userId)
    const row = await query.where('client_id', '=', clientKey).executeTakeFirst()
    return row === undefined || isOver(row) ? null : row
  }

  /** Whether an organisation is among those that the user lets the client act in. */
  async function isChosen(userId: bigint, clientKey: bigint, organisationId: bigint | null): Promise<boolean> {
    if (organisationId === null) return false
    const row = await database.read
      .selectFrom('organisation_choices')
      .select('organisation_id')
      .where('user_id', '=', userId)
      .where('client_id', '=', clientKey)
      .where('organisation_id', '=', organisationId)
      .executeTakeFirst()
    return row !== undefined
  }

  async function choicesOf(userId: bigint) {
    const query = database.read.selectFrom('organisation_choices').select(['client_id', 'organisation_id'])
    return query.where('user_id', '=', userId).execute()
  }

  return {
    covers: async ({ userId, clientKey, scopes, resources, organisationId = null }) => {
      const user = parseId(userId)
      const row = user === null ? null : await find(database.read, user, clientKey)
      if (row === null || user === null) return false
      if (row.everywhere !== 1 && !(await isChosen(user, clientKey, organisationId))) return false
      const [allowed, places] = [wordsOf(row.scopes), wordsOf(row.resources)]
      return scopes.every((scope) => allowed.includes(scope)) && resources.every((uri) => places.includes(uri))
    },

    has: async ({ userId, clientKey }) => {
      const user = parseId(userId)
      return user !== null && (await find(database.read, user, clientKey)) !== null
    },

    drop: async (unit, { userId, clientKey }) => {
      await removed(unit, idOrNone(userId), clientKey)
    },

    remember: async (unit, { userId, clientKey, scopes, resources, organisationId = null }) => {
      const user = parseId(userId)
      if (user === null) throw new TypeError('Consents: userId is not the id of a user.')
      const before = await find(unit, user, clientKey)
      // Organisations that stand there without an answer that is remembered were allowed once, and no more.
      if (before === null) await removed(unit, user, clientKey)
      const now = Math.floor(clock())
      const changed = {
        scopes: union(before?.scopes ?? '', scopes),
        resources: union(before?.resources ?? '', resources),
        everywhere: before?.everywhere === 1 || organisationId === null ? 1 : 0,
        updated_at: now,
      }
      await unit
        .insertInto('consents')
        .values({ user_id: user, client_id: clientKey, created_at: before?.created_at ?? now, ...changed })
        .onConflict((conflict) => conflict.columns(['user_id', 'client_id']).doUpdateSet(changed))
        .execute()
    },

    list: async (userId) => {
      const user = parseId(userId)
      if (user === null) return []
      const rows = await database.read.selectFrom('consents').selectAll().where('user_id', '=', user).execute()
      const chosen = rows.every(({ everywhere }) => everywhere === 1) ? [] : await choicesOf(user)
      return rows
        .filter((row) => !isOver(row))
        .map((row) => ({
          userId,
          clientKey: row.client_id,
          scopes: wordsOf(row.scopes),
          resources: wordsOf(row.resources),
          isEverywhere: row.everywhere === 1,
          organisationIds: chosen
            .filter(({ client_id: client }) => client === row.client_id)
            .map(({ organisation_id: organisation }) => organisation),
          createdAt: row.created_at,
          updatedAt: row.updated_at,
          expiresAt: row.updated_at + grantLifetime * 1000,
        }))
    },

    forget: async ({ userId, clientKey }, by) => {
      const user = parseId(userId)
      if (user === null) return false
      return database.write(async (unit) => {
        if (!(await removed(unit, user, clientKey))) return false
        const subject = `consent:${userId}:${formatId(clientKey)}`
        await database.audit(unit, { ...by, event: 'consent.withdrawn', subject })
        return true
      })
    },
  }
}

/** Whether there was one. */
async function removed(unit: Transaction<Schema>, user: bigint, clientKey: bigint): Promise<boolean> {
  const theirs = unit.deleteFrom('consents').where('user_id', '=', user).where('client_id', '=', clientKey)
  const gone = await theirs.returning('client_id').executeTakeFirst()
  await unit.deleteFrom('organisation_choices').where('user_id', '=', user).where('client_id', '=', clientKey).execute()
  return gone !== undefined
}

function union(before: string, more: readonly string[]): string {
  return [...new Set([...wordsOf(before), ...more])].join(' ')
}
