import { pbkdf2, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { equalBytes } from './compare.ts'
import type { PasswordVerifier } from './password-hash.ts'

/**
 * PBKDF2 and scrypt as strings of the PHC format: `$pbkdf2-sha256$i=27500,l=64$salt$key` and `$scrypt$ln=14,r=8,p=1$salt$key`,
 * in base64, which is how hashes of other systems are kept that have no form of their own. Verified and never made; whoever signs in gets a hash
 * of ours. What asks for more work than the costliest usual parameters is not recognised.
 */
export const phcPasswords: readonly PasswordVerifier[] = [
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
      const { salt, key, N, r, p } = found
      const made = await new Promise<Uint8Array>((resolve, reject) => {
        scrypt(password, salt, key.byteLength, { N, r, p, maxmem: 2 * mostMemory }, (error, result) =>
          error === null ? resolve(result) : reject(error),
        )
      })
      return equalBytes(made, key)
    },
  },
]

/** Over all blocks of a key: each costs as many again. */
const mostIterations = 10_000_000
/** Bytes. */
const mostMemory = 128 * 2 ** 20

const sizes: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha512: 64 }

/** A PHC string of PBKDF2 (RFC 8018, section 5.2). */
export function pbkdf2Text(
  digest: 'sha1' | 'sha256' | 'sha512',
  iterations: number,
  salt: Buffer,
  key: Buffer,
): string {
  return `$pbkdf2-${digest}$i=${iterations},l=${key.byteLength}$${unpadded(salt)}$${unpadded(key)}`
}

/** A PHC string of scrypt (RFC 7914); `cost` is N. */
export function scryptText(
  { cost, block, lanes }: { readonly cost: number; readonly block: number; readonly lanes: number },
  salt: Buffer,
  key: Buffer,
): string {
  return `$scrypt$ln=${Math.log2(cost)},r=${block},p=${lanes}$${unpadded(salt)}$${unpadded(key)}`
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}

function pbkdf2Of(stored: string): {
  readonly digest: string
  readonly iterations: number
  readonly salt: Uint8Array
  readonly key: Uint8Array
} | null {
  const [, digest = '', count = '', length = '', salt = '', text = ''] =
    /^\$pbkdf2-(sha1|sha256|sha512)\$i=([1-9]\d{0,8})(?:,l=([1-9]\d{0,2}))?\$([A-Za-z0-9+/]{1,344})\$([A-Za-z0-9+/]{20,344})$/.exec(
      stored,
    ) ?? []
  const key = Buffer.from(text, 'base64')
  const blocks = Math.ceil(key.byteLength / (sizes[digest] ?? 1))
  // Less than 128 bits would be found by others than its owner.
  if (digest === '' || key.byteLength < 16 || Number(count) * blocks > mostIterations) return null
  if (length !== '' && Number(length) !== key.byteLength) return null
  return { digest, iterations: Number(count), salt: Buffer.from(salt, 'base64'), key }
}

function scryptOf(stored: string): {
  readonly N: number
  readonly r: number
  readonly p: number
  readonly salt: Uint8Array
  readonly key: Uint8Array
} | null {
  const [, exponent = '', block = '', lanes = '', salt = '', text = ''] =
    /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,2}),p=([1-9]\d?)\$([A-Za-z0-9+/]{1,344})\$([A-Za-z0-9+/]{20,344})$/.exec(
      stored,
    ) ?? []
  const [N, r, p] = [2 ** Number(exponent), Number(block), Number(lanes)]
  const key = Buffer.from(text, 'base64')
  if (exponent === '' || key.byteLength < 16 || 128 * N * r > mostMemory || p > 16) return null
  return { N, r, p, salt: Buffer.from(salt, 'base64'), key }
}
