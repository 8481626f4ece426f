import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createIdSource, firstIdAt, formatId, parseId, timeOfId } from './id.ts'

const now = Date.UTC(2026, 10, 24, 12, 0, 0, 123)

describe('createIdSource', () => {
  it('puts 41 bits of milliseconds since 2025 before 10 of the node and 12 of a counter', () => {
    const next = createIdSource({ node: 5, clock: () => now })
    const milliseconds = BigInt(now - Date.UTC(2025, 0, 1))
    assert.equal(next(), (milliseconds << 22n) | (5n << 12n))
    assert.equal(next(), (milliseconds << 22n) | (5n << 12n) | 1n)
  })

  it('grows when more than 4096 are wanted in a millisecond', () => {
    const next = createIdSource({ node: 1023, clock: () => now })
    let last = -1n
    for (let count = 0; count < 10_000; count += 1) {
      const id = next()
      assert.ok(id > last)
      assert.equal((id >> 12n) & 1023n, 1023n)
      last = id
    }
    assert.equal(timeOfId(last), now + 2)
  })

  it('grows when the clock is set back', () => {
    let time = now
    const next = createIdSource({ node: 0, clock: () => time })
    const before = next()
    time -= 3_600_000
    const after = next()
    assert.ok(after > before)
    time = now + 1
    assert.ok(next() > after)
    assert.equal(timeOfId(next()), now + 1)
  })

  it('grows beyond the ids of another node', () => {
    const last = createIdSource({ node: 1023, clock: () => now })()
    assert.ok(createIdSource({ node: 0, clock: () => now, after: last })() > last)
  })

  it('stays within 63 bits until 2094, and refuses then', () => {
    const end = Date.UTC(2025, 0, 1) + 2 ** 41
    const last = createIdSource({ node: 1023, clock: () => end - 1 })
    for (let count = 0; count < 4096; count += 1) assert.ok(last() < 2n ** 63n)
    assert.throws(last, RangeError)
    assert.throws(createIdSource({ node: 0, clock: () => end }), RangeError)
  })

  it('makes no negative ids where the clock says a time before 2025', () => {
    const next = createIdSource({ node: 0, clock: () => 0 })
    assert.equal(next(), 0n)
    assert.equal(next(), 1n)
  })

  it('refuses a node that does not fit', () => {
    for (const node of [-1, 1024, 1.5, Number.NaN]) assert.throws(() => createIdSource({ node }), RangeError)
  })
})

describe('formatId', () => {
  it('writes 11 characters that sort like the ids, and parseId reads them', () => {
    const ids = [0n, 1n, 61n, 62n, 2n ** 53n, createIdSource({ node: 3, clock: () => now })(), 2n ** 63n - 1n]
    const texts = ids.map(formatId)
    for (const text of texts) assert.equal(text.length, 11)
    assert.deepEqual(texts.toSorted(), texts)
    assert.deepEqual(texts.map(parseId), ids)
  })
})

describe('parseId', () => {
  it('answers null to what formatId never wrote', () => {
    const good = formatId(12_345n)
    const wrong = [
      '',
      '0',
      good.slice(1),
      `${good}0`,
      ` ${good.slice(1)}`,
      `${good.slice(1)}-`,
      'zzzzzzzzzzz',
      '٣'.repeat(11),
      'é'.repeat(11),
    ]
    for (const text of wrong) assert.equal(parseId(text), null, text)
  })
})

describe('firstIdAt', () => {
  it('parts the ids from before a time from those at and after it', () => {
    assert.ok(createIdSource({ node: 1023, clock: () => now - 1 })() < firstIdAt(now))
    assert.ok(createIdSource({ node: 0, clock: () => now })() >= firstIdAt(now))
    assert.equal(timeOfId(firstIdAt(now)), now)
    assert.equal(firstIdAt(0), 0n)
    assert.ok(firstIdAt(Number.MAX_SAFE_INTEGER) < 2n ** 63n)
  })
})
