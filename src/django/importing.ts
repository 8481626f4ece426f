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
