import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Throttle, ThrottleCheck } from '../core/throttle.ts'
import { memoryCounters } from './memory-counters.ts'
import { throttleBy } from './throttle-by.ts'

describe('throttleBy', () => {
  it('lets the fourth of three a second wait, and lets it go a second later [B-THR-01]', async () => {
    let now = 1_800_000_000_000
    const throttle = throttleBy('3/s', () => 'one', { name: 'mine', clock: () => now })
    const waits = []
    for (let turn = 0; turn < 4; turn += 1) waits.push((await throttle.take(check()))?.wait)
    assert.deepEqual(waits, [null, null, null, 0.333333])
    now += 1000
    assert.equal((await throttle.take(check()))?.wait, null)
  })

  it('answers what the RateLimit headers need [TH06]', async () => {
    const throttle = throttleBy('4/20s', () => 'one', { name: 'mine', clock: () => 1_800_000_000_000 })
    assert.deepEqual(await throttle.take(check()), {
      wait: null,
      policy: 'mine',
      limit: 4,
      window: 20,
      remaining: 3,
      reset: 5,
    })
    assert.deepEqual(await throttle.peek(check()), {
      wait: null,
      policy: 'mine',
      limit: 4,
      window: 20,
      remaining: 3,
      reset: 5,
    })
  })

  it('does not apply where there is no caller, no rate, or another kind of request [B-THR-08]', async () => {
    const free = [
      throttleBy('1/h', () => null, { name: 'mine' }),
      throttleBy(
        () => null,
        () => 'one',
        { name: 'mine' },
      ),
      throttleBy('1/h', () => 'one', { name: 'mine', when: ({ request }) => request.method !== 'GET' }),
    ]
    for (const throttle of free) {
      for (let turn = 0; turn < 3; turn += 1) assert.equal(await throttle.take(check()), null)
      assert.equal(await throttle.peek(check()), null)
    }
  })

  it('lets exactly ten of a hundred at once go ahead at a limit of ten [B-THR-18]', async () => {
    const throttle = throttleBy('10/hour', () => 'one', { name: 'mine' })
    const quotas = await Promise.all(Array.from({ length: 100 }, async () => throttle.take(check())))
    assert.equal(quotas.filter((quota) => quota?.wait === null).length, 10)
  })

  it('takes the cost of a request', async () => {
    const throttle = throttleBy('10/hour', () => 'one', { name: 'mine', cost: 4 })
    assert.equal((await throttle.take(check()))?.remaining, 6)
    assert.equal((await throttle.take(check()))?.remaining, 2)
    assert.notEqual((await throttle.take(check()))?.wait, null)
  })

  it('follows a rate that is lowered at run time: still refused, nothing negative [B-THR-04]', async () => {
    let rate = '100/hour'
    const throttle = throttleBy(
      () => rate,
      () => 'one',
      { name: 'mine', clock: () => 1_800_000_000_000 },
    )
    for (let turn = 0; turn < 100; turn += 1) await throttle.take(check())
    rate = '10/hour'
    assert.deepEqual(await throttle.take(check()), {
      wait: 360,
      policy: 'mine',
      limit: 10,
      window: 3600,
      remaining: 0,
      reset: 3600,
    })
  })

  it('does not read what one window counted in another', async () => {
    let rate = '1/day'
    const throttle = throttleBy(
      () => rate,
      () => 'one',
      { name: 'mine' },
    )
    await throttle.take(check())
    rate = '1/s'
    assert.equal((await throttle.take(check()))?.wait, null)
  })

  it('keeps callers apart, whatever the text they are told by [B-THR-02]', async () => {
    let caller = ''
    const throttle = throttleBy('1/hour', () => caller, { name: 'mine' })
    const callers = [
      '',
      ' ',
      'a',
      'A',
      'a\u0000',
      'a\n',
      'ä',
      'a\u0308',
      '\ud800',
      'x'.repeat(10_000),
      `${'x'.repeat(9999)}y`,
    ]
    // A lone surrogate has no UTF-8, and counts as U+FFFD.
    for (caller of callers) assert.equal((await throttle.take(check()))?.wait, null, JSON.stringify(caller))
    for (caller of callers) assert.notEqual((await throttle.take(check()))?.wait, null, JSON.stringify(caller))
  })

  it('shares buckets with throttles of its name on the same counters, and with no others', async () => {
    const counters = memoryCounters()
    const [one, two, other] = ['a', 'a', 'b'].map((name) => throttleBy('1/hour', () => 'one', { name, counters })) as [
      Throttle,
      Throttle,
      Throttle,
    ]
    assert.equal((await one.take(check()))?.wait, null)
    assert.notEqual((await two.take(check()))?.wait, null)
    assert.equal((await other.take(check()))?.wait, null)
  })

  it('refuses what makes no sense, at construction [B-THR-08]', () => {
    assert.throws(() => throttleBy('often', () => 'one', { name: 'mine' }), /"often"/)
    for (const name of ['', 'a b', 'a"b', 'a:b', '1a', 'a/b', 'x'.repeat(65), 'é']) {
      assert.throws(() => throttleBy('1/s', () => 'one', { name }), /throttle's name/)
    }
    for (const cost of [0, -1, 1.5, 11, Number.NaN]) {
      assert.throws(() => throttleBy('10/s', () => 'one', { name: 'mine', cost }), /cost/)
    }
  })

  it('fails, and lets nobody go ahead, where a rate that is told at run time cannot be read', async () => {
    const throttle = throttleBy(
      () => 'often',
      () => 'one',
      { name: 'mine' },
    )
    await assert.rejects(throttle.take(check()), /"often"/)
  })
})

function check(): ThrottleCheck {
  return { request: { method: 'GET', url: '/', headers: { get: () => null } }, identity: null, address: null }
}
