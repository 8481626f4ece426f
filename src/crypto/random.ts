import { randomFillSync } from 'node:crypto'
import { base62Alphabet } from './base62.ts'

/** The largest multiple of 62 that a byte can hold: bytes from here on would favour some characters, so they are dropped. */
const bound = 248

/** Random bytes are drawn in bulk, since a call costs far more than the bytes do. Each is used once. */
const pool = Buffer.alloc(4096)
let next = pool.length

/**
 * A secret of so many characters out of 0-9, A-Z, a-z, each as likely as the others: 22 of them hold 130 bits, 43 hold 256.
 * Throws `RangeError` where the length is no positive whole number.
 */
export function randomBase62(length: number): string {
  if (!Number.isSafeInteger(length) || length < 1) throw new RangeError('The length must be a positive whole number.')
  const characters = length <= usual.length ? usual : Buffer.alloc(length)
  let count = 0
  while (count < length) {
    const byte = draw()
    if (byte >= bound) continue
    characters[count] = codes[byte] as number
    count += 1
  }
  const text = characters.toString('latin1', 0, length)
  // So that no secret that was given out can be read here.
  characters.fill(0, 0, length)
  return text
}

/** Where the usual secret is put together: a text that grows by one character at a time takes longer. */
const usual = Buffer.alloc(64)

/** The character for each byte below `bound`. */
const codes = Uint8Array.from({ length: bound }, (_, byte) => base62Alphabet.charCodeAt(byte % 62))

/** So many random bytes, such as a nonce: cheaper than `randomBytes` for a few. */
export function drawBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index += 1) bytes[index] = draw()
  return bytes
}

/** Takes a byte and wipes it, so that no secret that was given out can be read from the pool. */
function draw(): number {
  if (next === pool.length) {
    randomFillSync(pool)
    next = 0
  }
  const byte = pool[next] as number
  pool[next] = 0
  next += 1
  return byte
}
