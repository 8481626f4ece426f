import { emailKey, identifierKey } from '../accounts/identifier.ts'
import type { User } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

/** Finds the active user whom a trusted issuer names in its verified claims; `null` for everybody else. */
export type FindTrustedUser = (issuer: TrustedIssuer, claims: Readonly<Record<string, unknown>>) => Promise<User | null>

export function createFindTrustedUser({ read }: Pick<Database, 'read'>): FindTrustedUser {
  return async ({ subject, claim = subject === 'email' ? 'email' : 'sub' }, claims) => {
    const value = claims[claim]
    if (typeof value !== 'string') return null
    const column = columnOf(subject, value)
    // An issuer that knows an address to be unverified vouches for nobody.
    if (column === null || (subject === 'email' && claims['email_verified'] === false)) return null
    const query = read
      .selectFrom('users')
      .select(userColumns)
      .where(...column)
    const row = await (subject === 'email' ? query.where('email_verified', '=', 1) : query).executeTakeFirst()
    return row === undefined ? null : toUser(row, Number.POSITIVE_INFINITY)
  }
}

function columnOf(
  subject: TrustedIssuer['subject'],
  value: string,
): readonly ['id' | 'username_key' | 'email_key', '=', bigint | string] | null {
  const id = subject === 'id' ? parseId(value) : null
  if (subject === 'id') return id === null ? null : ['id', '=', id]
  const key = subject === 'email' ? emailKey(value) : identifierKey(value)
  return key === null ? null : [subject === 'email' ? 'email_key' : 'username_key', '=', key]
}
