import { crc32 } from 'node:zlib'

/** In the order of ASCII, so that texts of one width sort like their numbers. */
export const base62Alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const largest = 2n ** 63n - 1n

/** 62³: what three characters hold, small enough that the division below stays exact in a double. */
const chunk = 62 ** 3
const lowest6 = 62 ** 6

/** A 64-bit integer seen as two numbers. Dividing a `bigint` once a digit would cost four times as much. */
const whole = new BigUint64Array(1)
const [low, high] = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? [0, 1] : [1, 0]
const halves = new Uint32Array(whole.buffer)

/**
 * Writes an integer from 0 to 2⁶³ − 1, such as an id, padded with `0` on the left to `width` characters: 11 hold every id.
 * Throws `RangeError` for any other integer, and for one that needs more than `width`.
 */
export function encodeBase62(value: bigint, width?: number): string {
  if (value < 0n || value > largest) throw new RangeError('Only integers from 0 to 2^63 - 1 can be written in base 62.')
  whole[0] = value
  let upper = halves[high] as number
  let lower = halves[low] as number
  let text = ''
  while (upper !== 0 || lower !== 0) {
    const carried = (upper % chunk) * 2 ** 32 + lower
    upper = Math.floor(upper / chunk)
    lower = Math.floor(carried / chunk)
    text = threeDigits(carried % chunk) + text
  }
  return fit(text, width)
}

/** Reads what `encodeBase62` wrote: `null` for the empty text, other characters, more than 11 of them, or more than 2⁶³ − 1. */
export function decodeBase62(text: string): bigint | null {
  if (text.length === 0 || text.length > 11) return null
  const split = Math.max(0, text.length - 6)
  const upper = readDigits(text, 0, split)
  const lower = readDigits(text, split, text.length)
  if (upper === -1 || lower === -1) return null
  const value = BigInt(upper) * BigInt(lowest6) + BigInt(lower)
  return value > largest ? null : value
}

/** The CRC-32 of a text's UTF-8 bytes in six characters: finds typos and cut-off ends, and proves nothing. */
export function crc32Base62(text: string): string {
  const sum = crc32(text)
  return threeDigits(Math.floor(sum / chunk)) + threeDigits(sum % chunk)
}

function threeDigits(value: number): string {
  return (
    (base62Alphabet[Math.floor(value / 3844)] as string) +
    (base62Alphabet[Math.floor(value / 62) % 62] as string) +
    (base62Alphabet[value % 62] as string)
  )
}

/** Takes away the zeros that are too many, or adds the ones that are missing. */
function fit(text: string, width = 0): string {
  let start = 0
  while (text.length - start > Math.max(width, 1) && text[start] === '0') start += 1
  if (width > 0 && text.length - start > width) throw new RangeError(`The integer needs more than ${width} characters.`)
  return text.slice(start).padStart(Math.max(width, 1), '0')
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
