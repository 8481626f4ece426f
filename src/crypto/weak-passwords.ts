import { hash as digest } from 'node:crypto'
import { verify } from '@node-rs/argon2'
import { parseArgon2, type PasswordVerifier } from './password-hash.ts'

/**
 * Hashes that anybody can undo, of SHA-1 or MD5 with a salt before the password or without one (Django's oldest hashers, and
 * `md5` of many a database), are hashed once more before they are stored: Argon2id of the hexadecimal digest. Whoever steals
 * them has gained nothing, and whose they are signs in as before, and gets a hash of ours by that.
 */
export const weakPasswords: readonly PasswordVerifier[] = [
  {
    recognises: (stored) => strongOf(stored) !== null,
    verify: async (stored, password) => {
      const strong = strongOf(stored)
      return strong !== null && verify(strong.outer, digest(strong.kind, strong.salt + password))
    },
  },
]

/** What to store for a weak hash: `sha1$<salt>$<hex>`, `md5$<salt>$<hex>` or bare hex of MD5. `null` for everything else. */
export async function strengthened(
  weak: string,
  { hash }: { readonly hash: (text: string) => Promise<string> },
): Promise<string | null> {
  const parts = partsOf(weak)
  return parts === null ? null : `${parts.kind}_argon2$${parts.salt}$${await hash(parts.hex)}`
}

/** Whether `strengthened` knows what to do with it. */
export function isWeakHash(stored: string): boolean {
  return partsOf(stored) !== null
}

function partsOf(stored: string): { readonly kind: string; readonly salt: string; readonly hex: string } | null {
  const bare = /^[0-9a-f]{32}$/.test(stored) ? `md5$$${stored}` : stored
  const [, kind = '', salt = '', hex = ''] = /^(sha1|md5)\$([^$]{0,128})\$([0-9a-f]+)$/.exec(bare) ?? []
  return hex.length === (kind === 'sha1' ? 40 : 32) ? { kind, salt, hex } : null
}

function strongOf(stored: string): { readonly kind: string; readonly salt: string; readonly outer: string } | null {
  const [, kind = '', salt = '', outer = ''] =
    /^(sha1|md5)_argon2\$([^$]{0,128})\$(\$argon2id\$.{1,500})$/.exec(stored) ?? []
  return parseArgon2(outer) === null ? null : { kind, salt, outer }
}
