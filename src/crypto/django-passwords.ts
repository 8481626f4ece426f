import { pbkdf2, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { equalBytes } from './compare.ts'
import type { PasswordVerifier } from './password-hash.ts'

/**
 * Password hashes as Django writes them (`django.contrib.auth.hashers`): PBKDF2 with SHA-256 or SHA-1, and scrypt
 * (its Argon2 is a PHC string behind its name: see `importedHash`). They are verified and never made; whoever signs in gets a hash of ours. What asks for more work than the
 * costliest usual parameters is not recognised: a row of a file must not be able to keep the machine busy.
 */
export const djangoPasswords: readonly PasswordVerifier[] = [
  {
    recognises: (stored) => pbkdf2Of(stored) !== null,
    verify: async (stored, password) => {
      const found = pbkdf2Of(stored)
      if (found === null) return false
      const { digest, iterations, salt, key } = found
      return equalBytes(await promisify(pbkdf2)(password, salt, iterations, key.byteLength, digest), key)
    },
  },
  {
    recognises: (stored) => scryptOf(stored) !== null,
    verify: async (stored, password) => {
      const found = scryptOf(stored)
      if (found === null) return false
      const { salt, key, ...costs } = found
      const made = await derived(password, salt, key.byteLength, { ...costs, maxmem: 2 * mostMemory })
      return equalBytes(made, key)
    },
  },
]

/** Django has gone from 10 thousand to a million. */
const mostIterations = 5_000_000
/** Bytes. Django's own parameters take 16 MiB. */
const mostMemory = 128 * 2 ** 20

/** `pbkdf2_sha256$870000$salt$base64`. */
function pbkdf2Of(stored: string): {
  readonly digest: string
  readonly iterations: number
  readonly salt: string
  readonly key: Uint8Array
} | null {
  const [, kind = '', count = '', salt = '', text = ''] =
    /^pbkdf2_(sha256|sha1)\$([1-9]\d{0,8})\$([^$]{1,128})\$([A-Za-z0-9+/]{20,128}={0,2})$/.exec(stored) ?? []
  const iterations = Number(count)
  if (kind === '' || iterations > mostIterations) return null
  const key = Buffer.from(text, 'base64')
  return key.byteLength === (kind === 'sha1' ? 20 : 32) ? { digest: kind, iterations, salt, key } : null
}

/** `scrypt$16384$salt$8$1$base64`. */
function scryptOf(stored: string): {
  readonly N: number
  readonly r: number
  readonly p: number
  readonly salt: string
  readonly key: Uint8Array
} | null {
  const [, work = '', salt = '', block = '', lanes = '', text = ''] =
    /^scrypt\$([1-9]\d{0,8})\$([^$]{1,128})\$([1-9]\d{0,2})\$([1-9]\d?)\$([A-Za-z0-9+/]{80,96}={0,2})$/.exec(stored) ??
    []
  const [N, r, p] = [Number(work), Number(block), Number(lanes)]
  const isPower = N > 1 && Number.isInteger(Math.log2(N))
  if (!isPower || 128 * N * r > mostMemory || p > 16) return null
  const key = Buffer.from(text, 'base64')
  return key.byteLength === 64 ? { N, r, p, salt, key } : null
}

async function derived(
  password: string,
  salt: string,
  length: number,
  costs: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, costs, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}
