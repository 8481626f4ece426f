import type { Database } from '../storage/database.ts'
import { findImported } from '../storage/imported-credentials.ts'
import type { ImportedRefreshToken } from './pair-verifier.ts'

export interface ImportedRefreshTokensOptions {
  readonly database: Pick<Database, 'read'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * Finds refresh tokens of SimpleJWT that were taken over, by the digest of the whole text: that it was in the table of
 * outstanding tokens is all that counts, and what it says of itself counts for nothing. `null` for every other text, and for
 * one that has expired.
 */
export function createImportedRefreshTokens({
  database,
  clock,
}: ImportedRefreshTokensOptions): (text: string) => Promise<ImportedRefreshToken | null> {
  const find = findImported(database, 'token_blacklist.outstandingtoken')
  return async (text) => {
    const id = await find(text)
    if (id === null) return null
    const row = await database.read
      .selectFrom('refresh_tokens')
      .innerJoin('refresh_families', 'refresh_families.id', 'refresh_tokens.family_id')
      .select(['refresh_tokens.family_id', 'refresh_families.user_id', 'refresh_tokens.expires_at'])
      .where('refresh_tokens.id', '=', id)
      .executeTakeFirst()
    return row === undefined || clock() >= row.expires_at ? null : { id, familyId: row.family_id, userId: row.user_id }
  }
}
