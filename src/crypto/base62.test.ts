import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import { crc32Base62, decodeBase62, encodeBase62 } from './base62.ts'

const largest = 2n ** 63n - 1n

/** Integers around every power of two and of 62, where carries go wrong, and random ones. */
const integers = [
  ...Array.from({ length: 64 }, (_, power) => [
    2n ** BigInt(power) - 1n,
    2n ** BigInt(power),
    2n ** BigInt(power) + 1n,
  ]),
  ...Array.from({ length: 11 }, (_, power) => [62n ** BigInt(power) - 1n, 62n ** BigInt(power)]),
  Array.from({ length: 2000 }, () => randomBytes(8).readBigUInt64BE() >> 1n),
]
  .flat()
  .filter((value) => value <= largest)

describe('encodeBase62', () => {
  it('writes the digits that dividing by 62 gives', () => {
    for (const value of integers) assert.equal(encodeBase62(value), byDivision(value))
  })

  it('pads on the left to the width', () => {
    assert.equal(encodeBase62(0n), '0')
    assert.equal(encodeBase62(0n, 11), '00000000000')
    assert.equal(encodeBase62(61n, 11), '0000000000z')
    assert.equal(encodeBase62(62n, 2), '10')
    assert.equal(encodeBase62(largest, 11), 'AzL8n0Y58m7')
  })

  it('sorts like the numbers when the width is fixed', () => {
    const sorted = integers.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    const texts = integers.map((value) => encodeBase62(value, 11)).toSorted()
    assert.deepEqual(
      texts,
      sorted.map((value) => encodeBase62(value, 11)),
    )
  })

  it('refuses what is negative, above 2^63 - 1, or wider than the width', () => {
    for (const value of [-1n, largest + 1n, 2n ** 64n, 2n ** 64n + 5n]) {
      assert.throws(() => encodeBase62(value), RangeError)
    }
    assert.throws(() => encodeBase62(62n, 1), RangeError)
    assert.throws(() => encodeBase62(largest, 10), RangeError)
  })
})

describe('decodeBase62', () => {
  it('reads back what was written', () => {
    for (const value of integers) {
      assert.equal(decodeBase62(encodeBase62(value)), value)
      assert.equal(decodeBase62(encodeBase62(value, 11)), value)
    }
  })

  it('refuses the empty text, other characters, too many of them, and more than 2^63 - 1', () => {
    const wrong = ['', ' ', '-1', '+1', '1_', 'é', '１', '1 ', ' 1', '\n', '0.5', '/', ':', '@', '[', '`', '{', '1\0']
    const large = ['AzL8n0Y58m8', 'B0000000000', 'zzzzzzzzzzz', '000000000000', '0'.repeat(1_000_000)]
    for (const text of [...wrong, ...large]) assert.equal(decodeBase62(text), null, JSON.stringify(text.slice(0, 20)))
  })
})

describe('crc32Base62', () => {
  it('writes the CRC-32 of the UTF-8 bytes in six characters', () => {
    // The check value of CRC-32: "123456789" gives cbf43926.
    assert.equal(decodeBase62(crc32Base62('123456789')), 0xcbf43926n)
    for (const text of ['', 'a', 'dw_live_…', 'é'.repeat(99)]) {
      assert.match(crc32Base62(text), /^[0-9A-Za-z]{6}$/)
      assert.equal(decodeBase62(crc32Base62(text)), BigInt(crc32(Buffer.from(text))))
    }
  })
})

function byDivision(value: bigint): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  let text = ''
  for (let rest = value; rest > 0n; rest /= 62n) text = alphabet[Number(rest % 62n)] + text
  return text === '' ? '0' : text
}
