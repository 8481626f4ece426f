import type { Transaction } from 'kysely'
import type { ActedBy } from '../accounts/acted-by.ts'
import type { AuditEvent } from '../storage/audit.ts'
import type { Database } from '../storage/database.ts'
import type { Schema } from '../storage/schema.ts'
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

/** Those of what came before that were not deleted here since. */
export async function stillHere(
  { database }: Pick<Importing, 'database'>,
  table: 'users' | 'groups' | 'clients',
  known: Came,
): Promise<Came> {
  if (known.size === 0) return known
  const rows = await database.read
    .selectFrom(table)
    .select('id')
    .where('id', 'in', [...known.values()])
    .execute()
  const here = new Set(rows.map(({ id }) => id))
  return new Map([...known].filter(([, id]) => here.has(id)))
}

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

/** What is new here: its key in Django, its id, and what the audit log says of it. */
export interface NewHere {
  readonly key: string
  readonly id: bigint
  readonly event: AuditEvent
}

/** Writes what is new, that it came, and the rows of the audit log, all or none; nothing in a dry run. */
export async function takeIn(
  { database, imports, isDryRun }: Pick<Importing, 'database' | 'imports' | 'isDryRun'>,
  { model, came }: { readonly model: string; readonly came: readonly NewHere[] },
  insert: (unit: Transaction<Schema>) => Promise<unknown>,
): Promise<void> {
  if (isDryRun || came.length === 0) return
  await database.write(async (unit) => {
    await insert(unit)
    await imports.add(unit, model, came)
    for (const { event } of came) await database.audit(unit, event)
  })
}
