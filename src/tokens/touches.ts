import type { Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'
import { createLateWrites } from './late-writes.ts'

export interface TouchesOptions<Touch> {
  readonly database: Database
  /** Writes up to 1000 rows in a unit, ordered by id. It may be called again with the same. */
  readonly write: (
    unit: Transaction<Schema>,
    touches: readonly (readonly [id: bigint, touch: Touch])[],
  ) => Promise<void>
  /** Milliseconds from the first touch of a batch until it is written (10,000). */
  readonly interval?: number
  /** How many rows a batch has at most; a full one is written at once (10,000). */
  readonly max?: number
  /** Hears of a batch that could not be written. It is tried again with the next one (nothing). */
  readonly onError?: (error: unknown) => void
}

/** Remembers that rows were used, and writes it down now and then, so that no read path waits for a write. */
export interface Touches<Touch> {
  /** Remembers a use. The last one of a row counts. */
  readonly touch: (id: bigint, touch: Touch) => void
  /** Writes what is remembered now. */
  readonly flush: () => Promise<void>
  /** Writes what is remembered and stops. Call it before the database is closed. */
  readonly close: () => Promise<void>
}

/**
 * Gathers touches of rows in memory. A process that is killed loses the last few seconds of them; that a store which is
 * full or gone cannot take them is nobody's failure but `onError`'s, and memory stays bounded.
 */
export function createTouches<Touch>(options: TouchesOptions<Touch>): Touches<Touch> {
  const { database, write, interval = 10_000, max = 10_000, onError = () => undefined } = options
  let remembered = new Map<bigint, Touch>()
  const { soon, flush, close } = createLateWrites(writeBatch, interval)

  function touch(id: bigint, value: Touch): void {
    const isNew = !remembered.has(id)
    if (isNew && remembered.size >= max) return
    remembered.set(id, value)
    if (isNew && remembered.size >= max) void flush()
    else soon()
  }

  async function writeBatch(): Promise<void> {
    if (remembered.size === 0) return
    const batch = remembered
    remembered = new Map()
    try {
      await database.write(async (unit) => {
        for (const part of partsOf(batch)) await write(unit, part)
      })
    } catch (error) {
      for (const [id, value] of remembered) if (batch.has(id) || batch.size < max) batch.set(id, value)
      remembered = batch
      soon()
      onError(error)
    }
  }

  return { touch, flush, close }
}

/** A statement has room for some thousands of values. In one order, so that two nodes do not wait for each other's rows. */
function partsOf<Touch>(batch: ReadonlyMap<bigint, Touch>): (readonly [bigint, Touch])[][] {
  const ordered = [...batch].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Array.from({ length: Math.ceil(ordered.length / partSize) }, (_, part) =>
    ordered.slice(part * partSize, (part + 1) * partSize),
  )
}

const partSize = 1000
