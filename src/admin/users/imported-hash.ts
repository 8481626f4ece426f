import type { PasswordHasher } from '../../crypto/password-hash.ts'
import { isWeakHash } from '../../crypto/weak-passwords.ts'

/** A password hash of a file. */
export interface ImportedHash {
  /** What it is, in words. */
  readonly kind: string
  /** As it is stored, once it was hashed once more where it is weak (see `strengthened`); `null` where passwords cannot be verified against it, so that its user has to set another. */
  readonly hash: string | null
}

/** Tells what kind of hash a text is. `null` for none: also what Django writes for whoever has no password. */
export function importedHash(text: string, hasher: Pick<PasswordHasher, 'recognises'>): ImportedHash | null {
  if (text === '' || text.startsWith('!')) return null
  // Django puts the name of its algorithm before the PHC string.
  const stored = text.startsWith('argon2$argon2') ? text.slice('argon2'.length) : text
  const kind = kinds.find(([, pattern]) => pattern.test(stored))?.[0] ?? stored.match(named)?.[0] ?? 'unknown'
  return { kind, hash: hasher.recognises(stored) || isWeakHash(stored) ? stored : null }
}

/** What the reader of a file says of one that it cannot write as a text that is known here: see `auth0-users.ts`. */
const named = /^unknown \S{1,30}$/

const kinds: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['Argon2', /^\$argon2/],
  ['PBKDF2 of Django', /^pbkdf2_sha(?:256|1)\$/],
  ['scrypt of Django', /^scrypt\$/],
  ['bcrypt', /^(?:bcrypt(?:_sha256)?\$)?\$2[abxy]\$/],
  ['PBKDF2', /^\$pbkdf2/],
  ['scrypt', /^\$scrypt/],
  ['MD5 or SHA-1', /^(?:(?:unsalted_)?(?:md5|sha1)\$|[0-9a-f]{32}$|[0-9a-f]{40}$)/],
  ['crypt', /^(?:crypt\$|\$[156]\$)/],
]
