import type { PasswordHasher } from '../crypto/password-hash.ts'
import { isWeakHash, strengthened } from '../crypto/weak-passwords.ts'

/** What the column `password` of a user of Django holds. */
export interface ImportedPassword {
  /** What it is, in words. */
  readonly sort: string
  /** As it is stored here; `null`: no password is right. */
  readonly hash: string | null
}

/** What is needed of the hasher: whether it can verify a hash, and to hash a weak one once more. */
export type ImportHasher = Pick<PasswordHasher, 'recognises' | 'hash'>

/** What has to be stored for a password of Django, so that it goes on being right. Weak hashes are hashed once more. */
export async function importedPassword(column: string, hasher: ImportHasher): Promise<ImportedPassword> {
  const sort = sortOf(column)
  if (isWeakHash(column)) return { sort, hash: await strengthened(column, hasher) }
  const stored = phc(column)
  return { sort, hash: hasher.recognises(stored) ? stored : null }
}

/** The same without work: whether its password will be right here. */
export function isVerifiable(column: string, hasher: ImportHasher): boolean {
  return isWeakHash(column) || hasher.recognises(phc(column))
}

/** Django puts the name of its algorithm before the PHC string. */
function phc(column: string): string {
  return column.startsWith('argon2$argon2') ? column.slice('argon2'.length) : column
}

/** What a column is, in words. */
export function sortOf(column: string): string {
  // `make_password(None)` writes an exclamation mark and random characters.
  if (column === '' || column.startsWith('!')) return 'no password'
  if (isWeakHash(column)) return column.startsWith('sha1') ? 'SHA-1' : 'MD5'
  return sorts.find(([, pattern]) => pattern.test(column))?.[0] ?? 'unknown'
}

const sorts: readonly (readonly [sort: string, pattern: RegExp])[] = [
  ['PBKDF2', /^pbkdf2_/],
  ['Argon2', /^argon2\$/],
  ['bcrypt', /^bcrypt(?:_sha256)?\$/],
  ['scrypt', /^scrypt\$/],
  ['crypt', /^crypt\$/],
]
