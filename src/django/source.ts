/** A row of a table of Django, with the columns as the database has them. */
export type DjangoRow = Readonly<Record<string, unknown>>

/** What a Django project has stored: its database, or what `manage.py dumpdata` wrote of it. It is only read. */
export interface DjangoSource {
  /** What it is, in words: `the SQLite file db.sqlite3`. */
  readonly what: string
  /** The tables that are there, each with the names of its columns. */
  readonly tables: ReadonlyMap<string, readonly string[]>
  /** The rows of a table in the order of a column, some hundreds at a time. None where there is no such table. */
  readonly batches: (table: string, orderBy: string) => AsyncIterable<readonly DjangoRow[]>
  readonly close: () => Promise<void>
}

/** Why nothing can be read there, in words that say what to do. */
export class SourceUnreadable extends Error {
  override readonly name = 'SourceUnreadable'
}

/** How many rows are read at a time. */
export const batchSize = 500

/** Every row, one by one. */
export async function* rowsOf(source: DjangoSource, table: string, orderBy: string): AsyncIterable<DjangoRow> {
  for await (const batch of source.batches(table, orderBy)) yield* batch
}
