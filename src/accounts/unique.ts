import { RequestRefused } from '../core/errors.ts'
import { isConflict } from '../storage/conflict.ts'

/**
 * Turns the refusal of a unique column into `conflict` (409) with a sentence of ours; every other error goes through as it
 * is. What the database says would name the row that is there.
 */
export async function orConflict<Result>(writing: Promise<Result>, detail: string): Promise<Result> {
  try {
    return await writing
  } catch (error) {
    if (isConflict(error)) throw new RequestRefused('conflict', detail)
    throw error
  }
}
