import { digest } from '../crypto/digest.ts'
import type { Database } from './database.ts'

/** The ids here of credentials that were made elsewhere, by their texts: one read. `null` for every other text. */
export type FindImported = (text: string) => Promise<bigint | null>

/** For those of one kind, by the word for it that their import used. */
export function findImported({ read }: Pick<Database, 'read'>, model: string): FindImported {
  return async (text) => {
    const row = await read
      .selectFrom('imports')
      .select('local_id')
      .where('model', '=', model)
      .where('foreign_key', '=', importedKey(text))
      .executeTakeFirst()
    return row?.local_id ?? null
  }
}

/** What a credential is noted under: the digest of its text, of which nothing can be made. */
export function importedKey(text: string): string {
  return digest(text).toString('hex')
}
