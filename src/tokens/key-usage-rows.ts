import type { Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'

/** One use of a key. */
export interface KeyUse {
  /** Milliseconds since 1970. */
  readonly at: number
  /** `accepted`, or why it was refused: see `ApiKeyRefusal`. */
  readonly outcome: string
  readonly address: string | null
  /** Of the request, its query left off; `null` where it is not known. */
  readonly method: string | null
  readonly path: string | null
  /** Of the answer; `null` where it is not known, as in applications that answer by themselves. See `noteStatus`. */
  status: number | null
}

/** What was counted of one key and is not written yet. */
export interface CountedUses {
  readonly days: Map<number, { requests: number; refused: number }>
  /** How often, by day and reason with a space between. */
  readonly reasons: Map<string, number>
  /** Oldest first. */
  readonly uses: KeyUse[]
}

export type UsesByKey = readonly (readonly [keyId: bigint, CountedUses])[]

/** Adds what was counted to what is written. Keys that are gone meanwhile are left out. */
export async function writeUses(unit: Transaction<Schema>, batch: UsesByKey, newId: Database['newId']): Promise<void> {
  const ids = batch.map(([id]) => id)
  const there = await unit.selectFrom('api_keys').select('id').where('id', 'in', ids).execute()
  const known = new Set(there.map(({ id }) => id))
  const kept = batch.filter(([id]) => known.has(id))
  if (kept.length === 0) return
  const rows = kept.flatMap(([key_id, { days }]) =>
    [...days].map(([day, sums]) => ({ id: newId(), key_id, day, ...sums })),
  )
  await unit
    .insertInto('key_usage_days')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['key_id', 'day']).doUpdateSet((eb) => ({
        requests: eb('key_usage_days.requests', '+', eb.ref('excluded.requests')),
        refused: eb('key_usage_days.refused', '+', eb.ref('excluded.refused')),
      })),
    )
    .execute()
  const refused = kept.flatMap(([key_id, { reasons }]) =>
    [...reasons].map(([why, count]) => {
      const [day = '0', reason = ''] = why.split(' ')
      return { id: newId(), key_id, day: Number(day), reason, refused: count }
    }),
  )
  if (refused.length > 0) {
    await unit
      .insertInto('key_refusal_days')
      .values(refused)
      .onConflict((conflict) =>
        conflict.columns(['key_id', 'day', 'reason']).doUpdateSet((eb) => ({
          refused: eb('key_refusal_days.refused', '+', eb.ref('excluded.refused')),
        })),
      )
      .execute()
  }
  const before = await unit.selectFrom('key_recent_uses').selectAll().where('key_id', 'in', ids).execute()
  const old = new Map(before.map(({ key_id, uses }) => [key_id, usesIn(uses)]))
  const newest = kept.map(([key_id, { uses }]) => ({
    key_id,
    uses: JSON.stringify([...uses.toReversed(), ...(old.get(key_id) ?? [])].slice(0, mostKept)),
  }))
  await unit
    .insertInto('key_recent_uses')
    .values(newest)
    .onConflict((conflict) => conflict.column('key_id').doUpdateSet((eb) => ({ uses: eb.ref('excluded.uses') })))
    .execute()
}

/** The newest uses of a key, as they are stored. */
export function usesIn(json = '[]'): readonly KeyUse[] {
  return JSON.parse(json) as readonly KeyUse[]
}

/** How many of the newest uses of a key are kept. */
export const mostKept = 20
