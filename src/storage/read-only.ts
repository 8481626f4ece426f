import type { CompiledQuery } from 'kysely'

/** Keeps `Database.read` from writing by mistake. What is written as bare SQL gets past it. */
export function refuseToWrite({ query }: CompiledQuery): void {
  if (writing.has(query.kind)) throw new Error('Database.read is for reading. Writing goes through write().')
}

const writing: ReadonlySet<string> = new Set([
  'InsertQueryNode',
  'UpdateQueryNode',
  'DeleteQueryNode',
  'MergeQueryNode',
])
