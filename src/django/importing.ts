import type { ActedBy } from '../accounts/acted-by.ts'
import type { Database } from '../storage/database.ts'
import type { Imports } from './imports.ts'
import type { DjangoSource } from './source.ts'
import type { Tally } from './report.ts'

/** What every step of an import works with. */
export interface Importing {
  readonly source: DjangoSource
  readonly database: Database
  readonly imports: Imports
  readonly by: ActedBy
  /** Milliseconds since 1970. */
  readonly now: number
  /** Whether nothing is written. */
  readonly isDryRun: boolean
  readonly tally: (kind: string) => Tally
}

/** The ids here of what came, by its key in Django. */
export type Came = ReadonlyMap<string, bigint>

/** Those rows of a batch that did not come with an import before; all of them are counted. */
export async function newAmong<Row>(
  rows: readonly Row[],
  {
    imports,
    tally,
    model,
    keyOf,
  }: { readonly model: string; readonly keyOf: (row: Row) => string; readonly tally: Tally } & Pick<
    Importing,
    'imports'
  >,
): Promise<readonly Row[]> {
  const keys = rows.map(keyOf)
  const known = await imports.known(model, keys)
  return rows.filter((_, at) => {
    tally.found()
    if (!known.has(keys[at] ?? '')) return true
    tally.known()
    return false
  })
}
