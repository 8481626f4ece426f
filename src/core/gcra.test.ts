import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gcra, peekGcra, type Rate, spacing } from './gcra.ts'

const now = 1_800_000_000_000

describe('gcra', () => {
  it('lets exactly the limit through at once, whatever the rate [B-THR-18]', () => {
    for (const rate of [
      per(3, 1),
      per(7, 1),
      per(1, 86_400),
      per(999, 60),
      per(700_000, 1),
      per(1_000_000, 1),
      per(13, 0.1),
    ]) {
      let arrival: number | null = null
      for (let turn = 0; turn < rate.limit; turn += 1) arrival = taken(arrival, rate, now)
      assert.equal(gcra(arrival, rate, now).answer.allowed, false, rate.text)
      assert.equal(gcra(arrival, rate, now).answer.remaining, 0, rate.text)
    }
  })

  it('lets through what comes exactly after the wait, and nothing a microsecond before [B-THR-06]', () => {
    for (const rate of [per(3, 1), per(7, 60), per(999, 3600), per(1, 30 * 86_400)]) {
      const { arrival } = gcra(null, rate, now, rate.limit)
      const { wait } = gcra(arrival, rate, now).answer
      assert.equal(gcra(arrival, rate, now + wait * 1000).answer.allowed, true, rate.text)
      assert.equal(gcra(arrival, rate, now + wait * 1000 - 0.001).answer.allowed, false, rate.text)
    }
  })

  it('keeps whole numbers that a double holds, so that every store computes the same', () => {
    let arrival: number | null = null
    for (let turn = 0; turn < 1000; turn += 1) {
      arrival = gcra(arrival, per(7, 1), now + turn / 3).arrival ?? arrival
      assert.ok(Number.isSafeInteger(arrival))
    }
    assert.ok(Number.isSafeInteger(gcra(null, per(1, 3650 * 86_400), 4_102_444_800_000).arrival))
  })

  it('answers nothing negative, whatever was kept [B-THR-04]', () => {
    for (const arrival of [null, 0, -1, now * 1000, (now + 10 ** 9) * 1000, now * 10]) {
      for (const cost of [1, 2, 100, -1, -100]) {
        for (const answer of [gcra(arrival, per(2, 60), now, cost).answer, peekGcra(arrival, per(2, 60), now, cost)]) {
          assert.ok(answer.wait >= 0 && answer.remaining >= 0 && answer.reset >= 0)
          assert.ok(answer.remaining <= 2)
        }
      }
    }
  })
})

describe('spacing', () => {
  it('is in whole microseconds, of which a full bucket holds exactly the limit', () => {
    assert.deepEqual(spacing(per(3, 1)), { interval: 333_333, burst: 999_999 })
    assert.deepEqual(spacing(per(100, 3600)), { interval: 36_000_000, burst: 3_600_000_000 })
  })
})

function per(limit: number, window: number): Rate {
  return { limit, window, text: `${limit} in ${window} s` }
}

function taken(arrival: number | null, rate: Rate, at: number): number {
  const step = gcra(arrival, rate, at)
  assert.equal(step.answer.allowed, true, rate.text)
  return step.arrival as number
}
