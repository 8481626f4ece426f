import { RequestRefused } from '../core/errors.ts'

/**
 * Turns the refusal of a unique column into `conflict` (409) with a sentence of ours; every other error goes through as it
 * is. What the database says would name the row that is there.
 */
export async function orConflict<Result>(writing: Promise<Result>, detail: string): Promise<Result> {
  try {
    return await writing
  } catch (error) {
    if (isUniqueViolation(error)) throw new RequestRefused('conflict', detail)
    throw error
  }
}

/** SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY; SQLSTATE 23505 of PostgreSQL. */
function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('errcode' in error && (error.errcode === 2067 || error.errcode === 1555)) return true
  return 'code' in error && error.code === '23505'
}
