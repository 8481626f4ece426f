import { sql } from 'kysely'
import { digest } from '../crypto/digest.ts'
import type { Database } from './database.ts'

export interface ConsumedOptions {
  readonly database: Database
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Something of another's that may be used once, such as the `jti` of an assertion. */
export interface SingleUse {
  /** A name fixed in the program, such as `client assertion`. */
  readonly purpose: string
  /** Whose it is and what it is: values of one purpose that differ in any part are different. */
  readonly value: readonly string[]
  /** Until when it would be taken, in milliseconds since 1970: for so long it is remembered. */
  readonly expiresAt: number
}

/** Single-use values of others. */
export interface Consumed {
  /** Whether this is the first time: of any number at once, on any number of nodes, for exactly one. Durable when it resolves. */
  readonly spend: (value: SingleUse) => Promise<boolean>
}

/** Only a digest is stored. One guarded statement decides; what has expired may be used anew. */
export function createConsumed({ database, clock = Date.now }: ConsumedOptions): Consumed {
  return {
    spend: async ({ purpose, value, expiresAt }) => {
      const row = { digest: digest(JSON.stringify([purpose, ...value])), expires_at: Math.ceil(expiresAt) }
      const now = Math.floor(clock())
      return database.write(async (unit) => {
        const spent = await unit
          .insertInto('consumed')
          .values(row)
          .onConflict((conflict) =>
            conflict
              .column('digest')
              .doUpdateSet({ expires_at: row.expires_at })
              .where('consumed.expires_at', '<=', now),
          )
          .returning(sql<number>`1`.as('spent'))
          .executeTakeFirst()
        return spent !== undefined
      })
    },
  }
}
