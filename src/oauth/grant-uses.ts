import { sql } from 'kysely'
import type { Database } from '../storage/database.ts'
import { createTouches } from '../tokens/touches.ts'

export interface GrantUsesOptions {
  readonly database: Database
  /** Hears of uses that could not be written. They are tried again (nothing). */
  readonly onError?: (error: unknown) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * When an application last used what a user allowed it, to the minute: it was given tokens, or one of them was shown to this
 * server or to an API that asks here. What checks JWTs by itself tells nobody.
 */
export interface GrantUses {
  /**
   * Remembers a use of a grant (`null`: of none), which is written down later. `lastUsedAt` is what the row said that was read
   * on the way, so that most uses cost a comparison.
   */
  readonly used: (grantId: bigint | null, lastUsedAt: number | null) => void
  /** Writes what is still to be written. */
  readonly close: () => Promise<void>
}

export function createGrantUses({ clock = Date.now, ...options }: GrantUsesOptions): GrantUses {
  const { touch, close } = createTouches<number>({
    ...options,
    write: async (unit, rows) => {
      const values = rows.map(([id, at]) => sql`(cast(${id} as bigint), cast(${at} as bigint))`)
      await sql`
        with used (id, at) as (values ${sql.join(values)})
        update grants set last_used_at = used.at
        from used
        where grants.id = used.id and (grants.last_used_at is null or grants.last_used_at < used.at)
      `.execute(unit)
    },
  })
  return {
    used: (grantId, lastUsedAt) => {
      const at = Math.floor(clock())
      if (grantId !== null && (lastUsedAt === null || at - lastUsedAt >= precision)) touch(grantId, at)
    },
    close,
  }
}

/** Milliseconds. */
const precision = 60_000
