/** Tells whether a write was refused because a value that has to be unique is there already, in either dialect. */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('errcode' in error) return sqliteUnique.has(error.errcode)
  return 'severity' in error && 'code' in error && error.code === '23505'
}

/** SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY and _ROWID (https://sqlite.org/rescode.html). */
const sqliteUnique: ReadonlySet<unknown> = new Set([2067, 1555, 2579])
