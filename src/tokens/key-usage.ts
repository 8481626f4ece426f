import { sql } from 'kysely'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { type CountedUses, type KeyUse, mostKept, type UsesByKey, usesIn, writeUses } from './key-usage-rows.ts'
import { sumOf } from '../storage/sum-of.ts'
import { createLateWrites } from './late-writes.ts'

export type { KeyUse } from './key-usage-rows.ts'

export interface KeyUsageOptions {
  readonly database: Database
  /** Milliseconds from the first use of a batch until it is written (10,000). */
  readonly interval?: number
  /** How many keys a batch has at most; uses of others meanwhile are not counted (10,000). */
  readonly max?: number
  /** Hears of a batch that could not be written. It is tried again with the next one (nothing). */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** The uses of a key on one day. */
export interface UsageDay {
  /** Whole days since 1970, in UTC. */
  readonly day: number
  /** All of them, those that were refused included. */
  readonly requests: number
  readonly refused: number
}

/** How often a key was refused for one reason. */
export interface Refusals {
  /** See `ApiKeyRefusal`. */
  readonly reason: string
  readonly refused: number
}

/** How often keys are used, by day, and their newest uses: for those who own them. */
export interface KeyUsage {
  /** Counts a use. It is written down with the next batch, so that no read path waits for a write. */
  readonly count: (keyId: bigint, use: KeyUse) => void
  /** The days of one key on which it was used, from a day on, oldest first. */
  readonly days: (keyId: string, since: number) => Promise<readonly UsageDay[]>
  /** The same for several keys together. */
  readonly daysOf: (keyIds: readonly string[], since: number) => Promise<readonly UsageDay[]>
  /** What each of several keys was used since a day; one that was not used is not in it. */
  readonly sums: (keyIds: readonly string[], since: number) => Promise<ReadonlyMap<string, Omit<UsageDay, 'day'>>>
  /** Why a key was refused since a day, and how often, the most frequent reason first. */
  readonly refusals: (keyId: string, since: number) => Promise<readonly Refusals[]>
  /** The last twenty uses, newest first. */
  readonly recent: (keyId: string) => Promise<readonly KeyUse[]>
  /** Writes what is counted now. */
  readonly flush: () => Promise<void>
  /** Writes what is counted and stops. Call it before the database is closed. */
  readonly close: () => Promise<void>
}

/** The number of a day, in UTC. */
export function dayOf(time: number): number {
  return Math.floor(time / 86_400_000)
}

/** Counts in memory and adds up in the database. A process that is killed loses the last few seconds. */
export function createKeyUsage(options: KeyUsageOptions): KeyUsage {
  const { database, interval = 10_000, max = 10_000, onError = () => undefined } = options
  let counted = new Map<bigint, CountedUses>()
  const { soon, flush, close } = createLateWrites(writeBatch, interval)

  function count(keyId: bigint, use: KeyUse): void {
    let entry = counted.get(keyId)
    if (entry === undefined) {
      if (counted.size >= max) return
      counted.set(keyId, (entry = { days: new Map(), reasons: new Map(), uses: [] }))
    }
    const day = dayOf(use.at)
    const sum = entry.days.get(day) ?? { requests: 0, refused: 0 }
    sum.requests += 1
    entry.days.set(day, sum)
    if (use.outcome !== 'accepted') {
      sum.refused += 1
      const why = `${day} ${use.outcome}`
      entry.reasons.set(why, (entry.reasons.get(why) ?? 0) + 1)
    }
    entry.uses.push(use)
    if (entry.uses.length > mostKept * 2) entry.uses.splice(0, mostKept)
    soon()
  }

  async function writeBatch(): Promise<void> {
    if (counted.size === 0) return
    const batch = [...counted].toSorted(([a], [b]) => (a < b ? -1 : 1))
    counted = new Map()
    for (let start = 0; start < batch.length; start += keysAtOnce) {
      const part = batch.slice(start, start + keysAtOnce)
      try {
        await database.write(async (unit) => writeUses(unit, part, database.newId))
      } catch (error) {
        putBack(part)
        onError(error)
      }
    }
  }

  /** What could not be written goes with the next batch, before what was counted since. */
  function putBack(part: UsesByKey): void {
    for (const [keyId, { days, reasons, uses }] of part) {
      const since = counted.get(keyId)
      for (const [why, refused] of since?.reasons ?? []) reasons.set(why, (reasons.get(why) ?? 0) + refused)
      for (const [day, { requests, refused }] of since?.days ?? []) {
        const sum = days.get(day) ?? { requests: 0, refused: 0 }
        days.set(day, { requests: sum.requests + requests, refused: sum.refused + refused })
      }
      if (since !== undefined || counted.size < max)
        counted.set(keyId, { days, reasons, uses: [...uses, ...(since?.uses ?? [])] })
    }
    soon()
  }

  async function daysOf(keyIds: readonly string[], since: number): Promise<readonly UsageDay[]> {
    const ids = keyIds.map(parseId).filter((id) => id !== null)
    if (ids.length === 0) return []
    return database.read
      .selectFrom('key_usage_days')
      .select(['day', sumOf(sql`requests`).as('requests')])
      .select(sumOf(sql`refused`).as('refused'))
      .where('key_id', 'in', ids)
      .where('day', '>=', since)
      .groupBy('day')
      .orderBy('day')
      .execute()
  }

  return {
    count,
    daysOf,
    days: async (keyId, since) => daysOf([keyId], since),
    sums: async (keyIds, since) => {
      const ids = keyIds.map(parseId).filter((id) => id !== null)
      if (ids.length === 0) return new Map()
      const rows = await database.read
        .selectFrom('key_usage_days')
        .select(['key_id', sumOf(sql`requests`).as('requests')])
        .select(sumOf(sql`refused`).as('refused'))
        .where('key_id', 'in', ids)
        .where('day', '>=', since)
        .groupBy('key_id')
        .execute()
      return new Map(rows.map(({ key_id: id, requests, refused }) => [formatId(id), { requests, refused }]))
    },
    refusals: async (keyId, since) => {
      const id = parseId(keyId)
      if (id === null) return []
      const rows = await database.read
        .selectFrom('key_refusal_days')
        .select(['reason', sumOf(sql`refused`).as('refused')])
        .where('key_id', '=', id)
        .where('day', '>=', since)
        .groupBy('reason')
        .execute()
      return rows.toSorted((one, other) => other.refused - one.refused || (one.reason < other.reason ? -1 : 1))
    },
    recent: async (keyId) => {
      const id = parseId(keyId)
      if (id === null) return []
      const query = database.read.selectFrom('key_recent_uses').select('uses').where('key_id', '=', id)
      return usesIn((await query.executeTakeFirst())?.uses)
    },
    flush,
    close,
  }
}

const keysAtOnce = 200
