import type { Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'

export interface ImportsOptions {
  readonly database: Pick<Database, 'read'>
  /** Which installation things come from. */
  readonly source: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What has come from elsewhere before: what was, does not come again, even where it was deleted here since. */
export interface Imports {
  /** Those of these keys that came before, each with its id here. */
  readonly known: (model: string, keys: readonly string[]) => Promise<ReadonlyMap<string, bigint>>
  /** Notes what has come, in the unit that writes it. */
  readonly add: (
    unit: Transaction<Schema>,
    model: string,
    came: readonly { readonly key: string; readonly id: bigint }[],
  ) => Promise<void>
}

export function createImports({ database, source, now }: ImportsOptions): Imports {
  return {
    known: async (model, keys) => {
      if (keys.length === 0) return new Map()
      const rows = await database.read
        .selectFrom('imports')
        .select(['foreign_key', 'local_id'])
        .where('source', '=', source)
        .where('model', '=', model)
        .where('foreign_key', 'in', keys)
        .execute()
      return new Map(rows.map((row) => [row.foreign_key, row.local_id]))
    },
    add: async (unit, model, came) => {
      if (came.length === 0) return
      const rows = came.map(({ key, id }) => ({ source, model, foreign_key: key, local_id: id, imported_at: now }))
      await unit.insertInto('imports').values(rows).execute()
    },
  }
}
