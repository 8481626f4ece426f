import { sql } from 'kysely'
import type { Database } from '../storage/database.ts'
import { createTouches, type Touches } from '../tokens/touches.ts'
import type { OAuthClient } from './client.ts'

export interface ClientUsesOptions {
  readonly database: Database
  /** Hears of uses that could not be written. They are tried again (nothing). */
  readonly onError?: (error: unknown) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** When each secret of a client was last used, to the minute: so that one can tell when the old one is not needed any more. */
export interface ClientUses {
  /** Remembers a use of the secret, or of the incoming one of a rotation. It is written down later. */
  readonly used: (client: OAuthClient, secret: 'current' | 'next') => void
  /** Writes what is still to be written. */
  readonly close: () => Promise<void>
}

export function createClientUses({ clock = Date.now, ...options }: ClientUsesOptions): ClientUses {
  const uses = {
    current: createUses(options, 'secret_last_used_at', 'secret_digest'),
    next: createUses(options, 'next_secret_last_used_at', 'next_secret_digest'),
  }
  return {
    used: ({ key, row }, secret) => {
      const [last, digest] =
        secret === 'next'
          ? [row.next_secret_last_used_at, row.next_secret_digest]
          : [row.secret_last_used_at, row.secret_digest]
      const at = Math.floor(clock())
      if (digest !== null && (last === null || at - last >= precision)) uses[secret].touch(key, { at, digest })
    },
    close: async () => {
      await uses.current.close()
      await uses.next.close()
    },
  }
}

/** Milliseconds. */
const precision = 60_000

/** Of which secret it was: by the time that it is written, another may stand in its place. */
interface Use {
  readonly at: number
  readonly digest: Uint8Array
}

function createUses(
  options: Pick<ClientUsesOptions, 'database' | 'onError'>,
  column: 'secret_last_used_at' | 'next_secret_last_used_at',
  digestColumn: 'secret_digest' | 'next_secret_digest',
): Touches<Use> {
  const bytes = options.database.dialect === 'postgres' ? sql`bytea` : sql`blob`
  return createTouches<Use>({
    ...options,
    write: async (unit, rows) => {
      const values = rows.map(
        ([id, { at, digest }]) => sql`(cast(${id} as bigint), cast(${at} as bigint), cast(${digest} as ${bytes}))`,
      )
      await sql`
        with used (id, at, digest) as (values ${sql.join(values)})
        update clients set ${sql.ref(column)} = used.at
        from used
        where clients.id = used.id and clients.${sql.ref(digestColumn)} = used.digest
          and (${sql.ref(column)} is null or ${sql.ref(column)} < used.at)
      `.execute(unit)
    },
  })
}
