import { sql } from 'kysely'
import { AuthError } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { sumOf } from '../storage/sum-of.ts'
import { createLateWrites } from '../tokens/late-writes.ts'
import { dayOf } from '../tokens/key-usage.ts'
import { writeClientUses } from './client-usage-rows.ts'

export interface ClientUsageOptions {
  readonly database: Database
  /** Milliseconds from the first use of a batch until it is written (10,000). */
  readonly interval?: number
  /** How many clients a batch has at most; what happens with others meanwhile is not counted (10,000). */
  readonly max?: number
  /** Hears of a batch that could not be written. It is tried again with the next one (nothing). */
  readonly onError?: ((error: unknown) => void) | undefined
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: (() => number) | undefined
}

/** What is counted beside refusals: access tokens that it was given, and requests to this server's own API with one of them. */
export type ClientUse = 'tokens' | 'requests'

/** What happened with a client on one day. */
export interface ClientUsageDay {
  /** Whole days since 1970, in UTC. */
  readonly day: number
  readonly tokens: number
  readonly requests: number
  /** How often it was refused at the endpoints of the authorization server. */
  readonly refused: number
}

/** How often a client was refused for one reason. */
export interface ClientRefusals {
  /** The code of the error: `invalid_grant`. */
  readonly reason: string
  readonly refused: number
}

/** How often clients get tokens, come with them and are refused, by day: for those who answer for them. */
export interface ClientUsage {
  /** Counts a use of a client that is there. It is written down with the next batch, so that no read path waits for a write. */
  readonly count: (clientId: string, what: ClientUse) => void
  /** Counts a refusal by its code, unless it only says to wait, or that the user has to be asked. */
  readonly refused: (clientId: string, error: unknown) => void
  /** Does what a client asks for, and counts its refusal. */
  readonly counting: <Result>(clientId: string, work: () => Promise<Result>) => Promise<Result>
  /** The days of one client on which something happened, from a day on, oldest first. */
  readonly days: (clientId: string, since: number) => Promise<readonly ClientUsageDay[]>
  /** What happened with each of several clients since a day; one with which nothing did is not in it. */
  readonly sums: (
    clientIds: readonly string[],
    since: number,
  ) => Promise<ReadonlyMap<string, Omit<ClientUsageDay, 'day'>>>
  /** Why a client was refused since a day, and how often, the most frequent reason first. */
  readonly refusals: (clientId: string, since: number) => Promise<readonly ClientRefusals[]>
  /** Writes what is counted now. */
  readonly flush: () => Promise<void>
  /** Writes what is counted and stops. Call it before the database is closed. */
  readonly close: () => Promise<void>
}

/** Counts in memory and adds up in the database. A process that is killed loses the last few seconds. */
export function createClientUsage(options: ClientUsageOptions): ClientUsage {
  const { database, interval = 10_000, max = 10_000, onError = () => undefined, clock = Date.now } = options
  /** How often, by client, and by day and what it was with a space between. */
  let counted = new Map<string, Map<string, number>>()
  const { soon, flush, close } = createLateWrites(writeBatch, interval)

  function add(clientId: string, key: string, times: number): void {
    let sums = counted.get(clientId)
    if (sums === undefined) {
      if (counted.size >= max) return
      counted.set(clientId, (sums = new Map()))
    }
    sums.set(key, (sums.get(key) ?? 0) + times)
    soon()
  }

  function count(clientId: string, what: string): void {
    add(clientId, `${dayOf(clock())} ${what}`, 1)
  }

  async function writeBatch(): Promise<void> {
    const batch = [...counted]
    counted = new Map()
    for (let start = 0; start < batch.length; start += clientsAtOnce) {
      const part = batch.slice(start, start + clientsAtOnce)
      try {
        await database.write(async (unit) => writeClientUses(unit, part, database.newId))
      } catch (error) {
        for (const [clientId, sums] of part) for (const [key, times] of sums) add(clientId, key, times)
        onError(error)
      }
    }
  }

  const rowsOf = (clientIds: readonly string[], since: number) =>
    database.read
      .selectFrom('client_usage_days')
      .innerJoin('clients', 'clients.id', 'client_usage_days.client_id')
      .where('clients.identifier', 'in', clientIds)
      .where('client_usage_days.day', '>=', since)

  function refused(clientId: string, error: unknown): void {
    if (error instanceof AuthError && error.status < 500 && !usual.has(error.code)) count(clientId, error.code)
  }

  return {
    count,
    refused,
    counting: async (clientId, work) => {
      try {
        return await work()
      } catch (error) {
        refused(clientId, error)
        throw error
      }
    },
    days: async (clientId, since) =>
      rowsOf([clientId], since)
        .select(['day', ...sums])
        .groupBy('day')
        .orderBy('day')
        .execute(),
    sums: async (clientIds, since) => {
      if (clientIds.length === 0) return new Map()
      const rows = await rowsOf(clientIds, since)
        .select(['identifier', ...sums])
        .groupBy('identifier')
        .execute()
      return new Map(rows.map(({ identifier, ...sum }) => [identifier, sum]))
    },
    refusals: async (clientId, since) => {
      const rows = await rowsOf([clientId], since)
        .where('what', 'not in', uses)
        .select(['what as reason', sumOf(sql`times`).as('refused')])
        .groupBy('what')
        .execute()
      return rows.toSorted((one, other) => other.refused - one.refused || (one.reason < other.reason ? -1 : 1))
    },
    flush,
    close,
  }
}

const uses: readonly ClientUse[] = ['tokens', 'requests']

const sums = [
  sumOf(sql`case when what = 'tokens' then times else 0 end`).as('tokens'),
  sumOf(sql`case when what = 'requests' then times else 0 end`).as('requests'),
  sumOf(sql`case when what in ('tokens', 'requests') then 0 else times end`).as('refused'),
] as const

/** Answers that belong to a protocol that runs well: a device that waits, a proof that lacks its first nonce, a question in silence. */
const usual: ReadonlySet<string> = new Set([
  'authorization_pending',
  'use_dpop_nonce',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
])

const clientsAtOnce = 100
