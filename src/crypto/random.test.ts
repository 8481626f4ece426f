import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { drawBytes, randomBase62 } from './random.ts'

describe('randomBase62', () => {
  it('gives so many characters of 0-9, A-Z, a-z', () => {
    for (const length of [1, 2, 22, 43, 5000])
      assert.match(randomBase62(length), new RegExp(`^[0-9A-Za-z]{${length}}$`))
  })

  it('never gives the same 22 characters twice', () => {
    const seen = new Set(Array.from({ length: 20_000 }, () => randomBase62(22)))
    assert.equal(seen.size, 20_000)
  })

  it('favours no character', () => {
    const counts = new Map<string, number>()
    const drawn = 620_000
    for (const character of randomBase62(drawn)) counts.set(character, (counts.get(character) ?? 0) + 1)
    assert.equal(counts.size, 62)
    // Chi-squared with 61 degrees of freedom is above 150 once in some thousand million runs; taking a byte modulo 62
    // without dropping the highest ones gives over 5,000.
    const expected = drawn / 62
    const spread = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    assert.ok(spread < 150, `chi-squared is ${spread}`)
  })

  it('refuses a length that is no positive whole number', () => {
    for (const length of [0, -1, 1.5, Number.NaN, Infinity]) assert.throws(() => randomBase62(length), RangeError)
  })
})

describe('drawBytes', () => {
  it('gives so many bytes, other ones each time', () => {
    const seen = new Set(Array.from({ length: 5000 }, () => Buffer.from(drawBytes(12)).toString('hex')))
    assert.equal(seen.size, 5000)
    for (const text of seen) assert.equal(text.length, 24)
    assert.equal(drawBytes(0).length, 0)
    assert.equal(drawBytes(10_000).length, 10_000)
  })

  it('leaves no byte value out', () => {
    assert.equal(new Set(drawBytes(100_000)).size, 256)
  })
})
