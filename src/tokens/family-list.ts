import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'

/** A sign-in of a program by a pair of tokens, as its user sees it. Times are milliseconds since 1970. */
export interface SignedInProgram {
  readonly id: string
  readonly since: number
  /** When it last fetched new tokens; `null`: not since it signed in. */
  readonly refreshedAt: number | null
  /** Rotation never reaches beyond. */
  readonly expiresAt: number
}

/** The programs that a user is signed in to by pairs of tokens, newest first, two hundred at most. */
export async function listFamilies(
  { read }: Pick<Database, 'read'>,
  userId: string,
  now: number,
): Promise<readonly SignedInProgram[]> {
  const user = parseId(userId)
  if (user === null) return []
  const rows = await read
    .selectFrom('refresh_families')
    .innerJoin('users', 'users.id', 'refresh_families.user_id')
    .select([
      'refresh_families.id',
      'refresh_families.created_at',
      'refresh_families.expires_at',
      'users.signed_out_at',
    ])
    .select((of) =>
      of
        .selectFrom('refresh_tokens')
        .select((token) => token.fn.max('refresh_tokens.spent_at').as('spent_at'))
        .whereRef('refresh_tokens.family_id', '=', 'refresh_families.id')
        .as('refreshed_at'),
    )
    .where('refresh_families.user_id', '=', user)
    .where('refresh_families.revoked_at', 'is', null)
    .where('refresh_families.expires_at', '>', Math.floor(now))
    .orderBy('refresh_families.id', 'desc')
    .limit(200)
    .execute()
  return rows
    .filter((row) => row.signed_out_at === null || row.created_at > row.signed_out_at)
    .map((row) => ({
      id: formatId(row.id),
      since: row.created_at,
      refreshedAt: row.refreshed_at,
      expiresAt: row.expires_at,
    }))
}
