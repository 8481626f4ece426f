import { digest } from '../crypto/digest.ts'

/** Tells tokens of Django REST framework by their shape: 40 hex digits in lower case, 160 random bits. */
export function isAdoptable(text: string): boolean {
  return typeof text === 'string' && /^[0-9a-f]{40}$/.test(text)
}

/**
 * The id under which such a token is kept. It has none in its text, so it follows from its digest: 62 bits of it, above every
 * id that is made before the year 2059.
 */
export function adoptedId(text: string): bigint {
  return BigInt.asUintN(62, digest(text).readBigUInt64BE()) | (1n << 62n)
}

/** Tells the ids of such tokens from those of our own. */
export function isAdoptedId(id: bigint): boolean {
  return id >= 1n << 62n
}
