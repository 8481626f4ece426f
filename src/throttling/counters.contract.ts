import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { gcra, peekGcra } from '../core/gcra.ts'
import type { Counters } from './counters.ts'
import { parseRate } from './rate.ts'

/** Opens a store without any keys. `second` is another way to the same keys, as another process has it (none). */
export type OpenCounters = () => Promise<{
  readonly counters: Counters
  readonly second?: Counters
  readonly close: () => Promise<void>
}>

/** What every store of counters has to hold, as tests: call it in the store's own test file. */
export function countersContract(name: string, open: OpenCounters): void {
  describe(`${name}, as counters`, () => {
    let store: Awaited<ReturnType<OpenCounters>>
    let counters: Counters
    // A round time near the present, because a store may let keys expire by its own clock.
    const now = Math.floor(Date.now() / 60_000) * 60_000

    before(async () => {
      store = await open()
      counters = store.counters
    })
    after(async () => {
      await store.close()
    })

    it('allows a full limit at once, then refuses and says how long to wait [B-THR-01]', async () => {
      const rate = parseRate('3/min')
      const answers = []
      for (let turn = 0; turn < 4; turn += 1) answers.push(await counters.take('burst', rate, now))
      assert.deepEqual(
        answers.map((a) => [a.allowed, a.remaining, a.wait, a.reset]),
        [
          [true, 2, 0, 20],
          [true, 1, 0, 40],
          [true, 0, 0, 60],
          [false, 0, 20, 60],
        ],
      )
    })

    it('allows again after the advised wait, and not a millisecond before [B-THR-06]', async () => {
      const rate = parseRate('2/min')
      await counters.take('wait', rate, now, 2)
      const { wait } = await counters.take('wait', rate, now)
      assert.equal(wait, 30)
      assert.equal((await counters.take('wait', rate, now + 29_999)).allowed, false)
      assert.equal((await counters.take('wait', rate, now + 30_000)).allowed, true)
    })

    it('never refuses a caller who waits as advised, whatever the rate [B-THR-06]', async () => {
      for (const text of ['1/min', '7/min', '3/10m', '1000/hour', '999/day', '13/7h']) {
        const rate = parseRate(text)
        let time = now
        await counters.take(`patient ${text}`, rate, time, rate.limit)
        for (let turn = 0; turn < 20; turn += 1) {
          time += Math.ceil((await counters.take(`patient ${text}`, rate, time)).wait * 1000)
          assert.equal((await counters.take(`patient ${text}`, rate, time)).allowed, true, text)
        }
      }
    })

    it('does not count what it refused', async () => {
      const rate = parseRate('1/min')
      await counters.take('hammer', rate, now)
      for (let turn = 0; turn < 50; turn += 1) await counters.take('hammer', rate, now + turn)
      assert.equal((await counters.take('hammer', rate, now + 60_000)).allowed, true)
    })

    it('keeps keys apart, whatever characters they hold [B-THR-02]', async () => {
      const rate = parseRate('1/hour')
      const keys = [
        'k',
        'K',
        'k ',
        'k\n',
        'k:',
        'é',
        'e\u0301',
        "'; drop table throttle_counters; --",
        '{k}',
        '*',
        '%',
        'k'.repeat(250),
      ]
      for (const key of keys) assert.equal((await counters.take(key, rate, now)).allowed, true, JSON.stringify(key))
      for (const key of keys) assert.equal((await counters.take(key, rate, now)).allowed, false, JSON.stringify(key))
    })

    it('lets exactly ten of a hundred at once through at a limit of ten [B-THR-18]', async () => {
      const rate = parseRate('10/hour')
      const answers = await Promise.all(Array.from({ length: 100 }, async () => counters.take('crowd', rate, now)))
      assert.equal(answers.filter((a) => a.allowed).length, 10)
      assert.deepEqual(
        answers
          .filter((a) => a.allowed)
          .map((a) => a.remaining)
          .toSorted((a, b) => a - b),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      )
    })

    it('counts together what arrives over two connections at once [B-THR-18 TH06]', async () => {
      const { second = counters } = store
      const rate = parseRate('10/hour')
      const ways = [counters, second]
      const answers = await Promise.all(
        Array.from({ length: 100 }, async (_, turn) => (ways[turn % 2] as Counters).take('two ways', rate, now)),
      )
      assert.equal(answers.filter((a) => a.allowed).length, 10)
      await second.clear('two ways')
      assert.equal((await counters.peek('two ways', rate, now)).remaining, 10)
    })

    it('takes more than one where it costs more, all or nothing', async () => {
      const rate = parseRate('10/hour')
      assert.equal((await counters.take('cost', rate, now, 7)).remaining, 3)
      const refused = await counters.take('cost', rate, now, 4)
      assert.deepEqual([refused.allowed, refused.remaining, refused.wait], [false, 3, 360])
      assert.equal((await counters.take('cost', rate, now, 3)).allowed, true)
    })

    it('gives back for a negative cost, and never more than a full limit', async () => {
      const rate = parseRate('3/hour')
      await counters.take('back', rate, now, 3)
      assert.equal((await counters.take('back', rate, now, -1)).remaining, 1)
      assert.equal((await counters.take('back', rate, now, -50)).allowed, true)
      assert.equal((await counters.take('back', rate, now, 3)).allowed, true)
      assert.equal((await counters.take('back', rate, now)).allowed, false)
    })

    it('gives back nothing to a key that it does not know', async () => {
      const rate = parseRate('2/hour')
      await counters.take('nothing back', rate, now, -1)
      assert.equal((await counters.take('nothing back', rate, now, 2)).allowed, true)
      assert.equal((await counters.take('nothing back', rate, now)).allowed, false)
    })

    it('gives back exactly, under a crowd', async () => {
      const rate = parseRate('50/hour')
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          await counters.take('crowd back', rate, now)
          await counters.take('crowd back', rate, now, -1)
        }),
      )
      assert.equal((await counters.peek('crowd back', rate, now)).remaining, 50)
    })

    it('tells without taking', async () => {
      const rate = parseRate('2/hour')
      assert.deepEqual(await counters.peek('peek', rate, now), { allowed: true, wait: 0, remaining: 2, reset: 0 })
      await counters.take('peek', rate, now, 2)
      for (let turn = 0; turn < 3; turn += 1) {
        assert.deepEqual(await counters.peek('peek', rate, now), {
          allowed: false,
          wait: 1800,
          remaining: 0,
          reset: 3600,
        })
      }
      assert.equal((await counters.peek('peek', rate, now + 1_800_000)).allowed, true)
    })

    it('fills a bucket up when told to, and only that one [B-THR-16]', async () => {
      const rate = parseRate('1/hour')
      await counters.take('cleared', rate, now)
      await counters.take('not cleared', rate, now)
      await counters.clear('cleared')
      await counters.clear('never seen')
      assert.equal((await counters.take('cleared', rate, now)).allowed, true)
      assert.equal((await counters.take('not cleared', rate, now)).allowed, false)
    })

    it('still refuses when the rate is lowered, and answers nothing negative [B-THR-04]', async () => {
      await counters.take('lowered', parseRate('100/hour'), now, 100)
      for (const text of ['10/hour', '1/hour', '1/min', '5/10m']) {
        const answer = await counters.take('lowered', parseRate(text), now)
        assert.equal(answer.allowed, false, text)
        assert.equal(answer.remaining, 0, text)
        assert.ok(answer.wait > 0 && answer.wait <= 3660, text)
        assert.equal(answer.reset, 3600, text)
      }
      assert.deepEqual((await counters.take('lowered', parseRate('200/hour'), now)).allowed, false)
      assert.deepEqual((await counters.take('lowered', parseRate('200/hour'), now + 18_000)).allowed, true)
    })

    it('answers nothing negative when the clock is set back', async () => {
      const rate = parseRate('2/min')
      await counters.take('clock', rate, now, 2)
      const answer = await counters.take('clock', rate, now - 10_000)
      assert.deepEqual(answer, { allowed: false, wait: 40, remaining: 0, reset: 70 })
    })

    it('answers as the pure function does, step by step, for a thousand random steps', async () => {
      const random = seeded(42)
      const rates = ['1/min', '7/min', '1000/hour', '30/10m', '86399/day'].map(parseRate)
      const arrivals = new Map<string, number>()
      let time = now
      for (let step = 0; step < 1000; step += 1) {
        const rate = rates[Math.floor(random() * rates.length)] as (typeof rates)[number]
        const key = `random ${Math.floor(random() * 4)}`
        const cost = Math.floor(random() * 6) - 2 || 1
        time += Math.floor(random() * 5000)
        const known = arrivals.get(key) ?? null
        const expected = gcra(known, rate, time, cost)
        assert.deepEqual(await counters.peek(key, rate, time, cost), peekGcra(known, rate, time, cost))
        assert.deepEqual(await counters.take(key, rate, time, cost), expected.answer)
        if (expected.arrival !== null) arrivals.set(key, expected.arrival)
      }
    })
  })
}

/** Mulberry32: the same numbers at each run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
