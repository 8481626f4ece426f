import { hash } from 'node:crypto'
import type { PasswordVerifier } from './password-hash.ts'

/**
 * bcrypt, as many systems write it (`$2b$12$…`, PHP's `$2y$…`), and as Django does, behind the name of its algorithm:
 * `bcrypt$$2b$12$…`, and `bcrypt_sha256$$2b$12$…` of the SHA-256 of the password in hexadecimal. Verified and never made:
 * bcrypt looks at no more than 72 bytes. Whoever signs in gets a hash of ours. What costs more than anybody's parameters is
 * not recognised: each step doubles it, and 15 takes seconds. The package stands in package.json as one exact version, since those
 * after it came without binaries for most systems.
 */
export const bcryptPasswords: readonly PasswordVerifier[] = [
  {
    recognises: (stored) => partsOf(stored) !== null,
    verify: async (stored, password) => {
      const parts = partsOf(stored)
      // bcrypt in C ends at a zero byte: what such a password was hashed to would be another's.
      if (parts === null || password.includes('\0')) return false
      // Loaded by whoever needs it: most installations have no such hash.
      const { verify } = await import('@node-rs/bcrypt')
      return verify(parts.isDigested ? hash('sha256', password) : password, parts.encoded)
    },
  },
]

/** `2x` marks hashes of a faulty implementation, which right ones cannot verify. */
const form = /^(bcrypt_sha256\$|bcrypt\$)?(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/

const mostCost = 15

function partsOf(stored: string): { readonly encoded: string; readonly isDigested: boolean } | null {
  const [, name, encoded = '', cost = ''] = form.exec(stored) ?? []
  if (encoded === '' || Number(cost) < 4 || Number(cost) > mostCost) return null
  return { encoded, isDigested: name === 'bcrypt_sha256$' }
}
