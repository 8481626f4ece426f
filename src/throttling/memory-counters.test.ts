import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countersContract } from './counters.contract.ts'
import { memoryCounters } from './memory-counters.ts'
import { parseRate } from './rate.ts'

countersContract('memoryCounters', async () => ({ counters: memoryCounters(), close: async () => undefined }))

describe('memoryCounters', () => {
  const now = 1_800_000_000_000

  it('forgets full buckets before any that is in use [TH06]', async () => {
    const counters = memoryCounters({ keys: 100 })
    const rate = parseRate('1/min')
    for (let turn = 0; turn < 50; turn += 1) await counters.take(`idle ${turn}`, rate, now)
    const later = now + 60_000
    for (let turn = 0; turn < 50; turn += 1) await counters.take(`live ${turn}`, rate, later)
    for (let turn = 0; turn < 50; turn += 1) await counters.take(`new ${turn}`, rate, later)
    for (let turn = 0; turn < 50; turn += 1)
      assert.equal((await counters.peek(`live ${turn}`, rate, later)).allowed, false)
    for (let turn = 0; turn < 50; turn += 1)
      assert.equal((await counters.peek(`new ${turn}`, rate, later)).allowed, false)
  })

  it('does not forget an exhausted bucket under a flood of new keys, whatever their windows [TH06]', async () => {
    const counters = memoryCounters({ keys: 1000 })
    const guessing = parseRate('10/15m')
    await counters.take('victim', guessing, now, 10)
    for (const text of ['100/hour', '1000/day', '10/s', '5/30d']) {
      for (let turn = 0; turn < 5000; turn += 1) await counters.take(`${text} ${turn}`, parseRate(text), now)
    }
    assert.equal((await counters.take('victim', guessing, now)).allowed, false)
  })

  it('stays bounded even when every bucket is exhausted [TH06]', async () => {
    const counters = memoryCounters({ keys: 1000 })
    const rate = parseRate('1/hour')
    for (let turn = 0; turn < 5000; turn += 1) await counters.take(`k ${turn}`, rate, now)
    const kept = await Promise.all(
      Array.from({ length: 5000 }, async (_, turn) => counters.peek(`k ${turn}`, rate, now)),
    )
    assert.equal(kept.filter((answer) => !answer.allowed).length, 1000)
  })

  it('refuses a size that is none, at construction', () => {
    for (const keys of [0, -1, 1.5, Number.NaN, Infinity, '10']) {
      assert.throws(() => memoryCounters({ keys: keys as number }), /memoryCounters: keys/)
    }
  })
})
