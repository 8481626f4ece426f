import { crc32 } from 'node:zlib'

/** In the order of ASCII, so that texts of one width sort like their numbers. */
export const base62Alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const largest = 2n ** 63n - 1n
const sixDigits = 62n ** 6n

/** Two digits at a time, from a table. Dividing a `bigint` once a digit would cost four times as much. */
const pairs = Array.from({ length: 62 ** 2 }, (_, value) => {
  return (base62Alphabet[Math.floor(value / 62)] as string) + (base62Alphabet[value % 62] as string)
})

/** A 64-bit integer seen as two numbers. */
const whole = new BigUint64Array(1)
const halves = new Uint32Array(whole.buffer)
const [low, high] = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? [0, 1] : [1, 0]

/**
 * Writes an integer from 0 to 2⁶³ − 1, such as an id, padded with `0` on the left to `width` characters (as many as it
 * needs): 11 hold every id. Throws `RangeError` for any other integer, and for one that needs more than `width`.
 */
export function encodeBase62(value: bigint, width?: number): string {
  if (value < 0n || value > largest) throw new RangeError('Only integers from 0 to 2^63 - 1 can be written in base 62.')
  whole[0] = value
  let upper = halves[high] as number
  let lower = halves[low] as number
  let text = ''
  while (upper !== 0 || lower !== 0) {
    const carried = (upper % pairs.length) * 2 ** 32 + lower
    upper = Math.floor(upper / pairs.length)
    lower = Math.floor(carried / pairs.length)
    text = (pairs[carried % pairs.length] as string) + text
  }
  if (text.length === width) return text
  return fit(text, width)
}

/** Reads what `encodeBase62` wrote: `null` for the empty text, other characters, more than 11 of them, or more than 2⁶³ − 1. */
export function decodeBase62(text: string): bigint | null {
  if (text.length === 0 || text.length > 11) return null
  const split = Math.max(0, text.length - 6)
  const upper = readDigits(text, 0, split)
  const lower = readDigits(text, split, text.length)
  if (upper === -1 || lower === -1) return null
  const value = BigInt(upper) * sixDigits + BigInt(lower)
  return value > largest ? null : value
}

/** The CRC-32 of a text's UTF-8 bytes in six characters: finds typos and cut-off ends, and proves nothing. */
export function crc32Base62(text: string): string {
  const sum = crc32(text)
  const upper = Math.floor(sum / pairs.length)
  return (
    (pairs[Math.floor(upper / pairs.length)] as string) +
    (pairs[upper % pairs.length] as string) +
    (pairs[sum % pairs.length] as string)
  )
}

/** Takes away the zero that is too many, or adds the ones that are missing. */
function fit(text: string, width?: number): string {
  const digits = text.startsWith('0') ? text.slice(1) : text
  if (width !== undefined && digits.length > width) {
    throw new RangeError(`The integer needs more than ${width} characters.`)
  }
  return digits.padStart(width ?? 1, '0')
}

/** The number that up to six characters stand for, or -1 where one of them is no digit. */
function readDigits(text: string, from: number, to: number): number {
  let value = 0
  for (let index = from; index < to; index += 1) {
    const digit = digitOf(text.charCodeAt(index))
    if (digit === -1) return -1
    value = value * 62 + digit
  }
  return value
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 65 && code <= 90) return code - 55
  if (code >= 97 && code <= 122) return code - 61
  return -1
}
