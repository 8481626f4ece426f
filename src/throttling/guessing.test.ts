import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Throttled, Unavailable } from '../core/errors.ts'
import type { Counters } from './counters.ts'
import { createGuessingGuard, type GuessingGuard, type GuessingGuardOptions } from './guessing.ts'
import { memoryCounters } from './memory-counters.ts'

const home = '198.51.100.7'
const minutes = 60_000

describe('createGuessingGuard', () => {
  it('refuses the eleventh wrong password for one account from one network, and says how long to wait [TH01 B-BASIC-11]', async () => {
    const { guard } = start()
    await fail(guard, 'ada', home, 10)
    const error = await refusal(guard, 'ada', home)
    assert.equal(error.status, 429)
    assert.equal(error.code, 'too_many_attempts')
    assert.equal(error.wait, 90)
    assert.equal(error.headers?.['retry-after'], '90')
  })

  it('refuses the right password too while it is shut: nobody is let as far as comparing it [TH01 TH10 B-THR-16]', async () => {
    const { guard } = start()
    let compared = 0
    const signIn = async (password: string) => {
      const attempt = await guard.attempt({ account: 'ada', address: home })
      compared += 1
      if (password === 'right') await attempt.succeeded()
    }
    for (let turn = 0; turn < 10; turn += 1) await signIn('wrong')
    await assert.rejects(signIn('right'), Throttled)
    assert.equal(compared, 10)
  })

  it('lets exactly ten of a hundred guesses at once through [B-THR-18 TH01]', async () => {
    const { guard } = start()
    const guesses = Array.from({ length: 100 }, async () => guard.attempt({ account: 'ada', address: home }))
    const results = await Promise.allSettled(guesses)
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 10)
    for (const result of results) assert.ok(result.status === 'fulfilled' || result.reason instanceof Throttled)
  })

  it('lets whoever waits as advised in, whichever of the limits was reached [B-THR-06]', async () => {
    const { guard, clock } = start({ perAddress: '11/hour', perAccount: '12/day' })
    await fail(guard, 'ada', '192.0.2.1', 1)
    await fail(guard, 'bob', home, 1)
    await fail(guard, 'ada', home, 10)
    const { wait } = await refusal(guard, 'ada', home)
    assert.equal(wait, Math.ceil(3600 / 11))
    clock.now += wait * 1000
    await fail(guard, 'ada', home, 1)
    const { wait: longer } = await refusal(guard, 'ada', home)
    assert.equal(longer, 7200 - wait)
    clock.now += longer * 1000
    await fail(guard, 'ada', home, 1)
  })

  it('counts by network: a whole IPv6 /64 is one, neighbouring IPv4 addresses are not [TH01]', async () => {
    const { guard } = start()
    for (let turn = 0; turn < 10; turn += 1) await fail(guard, 'ada', `2001:db8::${turn.toString(16)}`, 1)
    await refusal(guard, 'ada', '2001:db8::ffff')
    await fail(guard, 'ada', '2001:db8:0:1::1', 1)
    await fail(guard, 'ada', '198.51.100.8', 1)
  })

  it('counts callers whose address is not known as one network', async () => {
    const { guard } = start()
    for (let turn = 0; turn < 10; turn += 1) await guard.attempt({ account: 'ada', address: null })
    await assert.rejects(guard.attempt({ account: 'ada', address: null }), Throttled)
  })

  it('limits one network over all accounts [TH01]', async () => {
    const { guard } = start()
    for (let turn = 0; turn < 100; turn += 1) await fail(guard, `name ${turn}`, home, 1)
    const error = await refusal(guard, 'somebody else', home)
    assert.equal(error.wait, 36)
    await fail(guard, 'somebody else', '198.51.100.8', 1)
  })

  it('limits one account over all networks [TH01]', async () => {
    const { guard } = start()
    for (let turn = 0; turn < 100; turn += 1) await fail(guard, 'ada', `192.0.2.${turn}`, 1)
    await refusal(guard, 'ada', '203.0.113.1')
    await fail(guard, 'bob', '203.0.113.1', 1)
  })

  it('does not lock the owner out where they signed in within 30 days, whatever others do [TH01]', async () => {
    const { guard, clock } = start()
    await succeed(guard, 'ada', home)
    clock.now += 29 * 24 * 60 * minutes
    for (let turn = 0; turn < 100; turn += 1) await fail(guard, 'ada', `192.0.2.${turn}`, 1)
    await refusal(guard, 'ada', '203.0.113.1')
    await succeed(guard, 'ada', home)
    clock.now += 31 * 24 * 60 * minutes
    for (let turn = 0; turn < 100; turn += 1) await fail(guard, 'ada', `192.0.2.${turn}`, 1)
    await refusal(guard, 'ada', home)
  })

  it('remembers a sign-in anew with each one, so that whoever comes each month stays known', async () => {
    const { guard, clock } = start()
    for (let month = 0; month < 4; month += 1) {
      await succeed(guard, 'ada', home)
      clock.now += 29 * 24 * 60 * minutes
    }
    for (let turn = 0; turn < 100; turn += 1) await fail(guard, 'ada', `192.0.2.${turn}`, 1)
    await succeed(guard, 'ada', home)
  })

  it('exempts a known network from no other limit, and no other account there', async () => {
    const { guard } = start()
    await succeed(guard, 'ada', home)
    await fail(guard, 'ada', home, 10)
    await refusal(guard, 'ada', home)
    for (let turn = 0; turn < 100; turn += 1) await fail(guard, 'bob', `192.0.2.${turn}`, 1)
    await refusal(guard, 'bob', home)
  })

  it('never takes an unknown address for a known network', async () => {
    const { guard } = start()
    await (await guard.attempt({ account: 'ada', address: null })).succeeded()
    for (let turn = 0; turn < 100; turn += 1) await fail(guard, 'ada', `192.0.2.${turn}`, 1)
    await assert.rejects(guard.attempt({ account: 'ada', address: null }), Throttled)
  })

  it('forgets the failures for this account from this network on success', async () => {
    const { guard } = start()
    for (let round = 0; round < 5; round += 1) {
      await fail(guard, 'ada', home, 9)
      await succeed(guard, 'ada', home)
    }
  })

  it('keeps what a network failed at other accounts when it signs in to one of its own [B-THR-17]', async () => {
    const { guard } = start()
    let failures = 0
    const guessing = async () => {
      for (let turn = 0; ; turn += 1) {
        await succeed(guard, 'mallory', home)
        await fail(guard, `victim ${turn}`, home, 1)
        failures += 1
      }
    }
    await assert.rejects(guessing(), Throttled)
    assert.equal(failures, 100)
  })

  it('takes nothing for an attempt that succeeded', async () => {
    const { guard } = start({ perAddress: '5/hour', perAccount: '5/day' })
    for (let turn = 0; turn < 50; turn += 1) await succeed(guard, 'ada', home)
    for (let turn = 0; turn < 5; turn += 1) await fail(guard, 'bob', home, 1)
    await refusal(guard, 'bob', home)
  })

  it('takes nothing for an attempt that was withdrawn, and forgets nothing either', async () => {
    const { guard } = start()
    await fail(guard, 'ada', home, 9)
    for (let turn = 0; turn < 20; turn += 1) await (await guard.attempt({ account: 'ada', address: home })).withdrawn()
    await fail(guard, 'ada', home, 1)
    await refusal(guard, 'ada', home)
  })

  it('gives back once, however often it is told', async () => {
    const { guard } = start({ perAddress: '10/hour' })
    await fail(guard, 'ada', home, 5)
    const attempt = await guard.attempt({ account: 'bob', address: home })
    for (let turn = 0; turn < 5; turn += 1) {
      await attempt.withdrawn()
      await attempt.succeeded()
    }
    for (let turn = 0; turn < 5; turn += 1) await fail(guard, `name ${turn}`, home, 1)
    await refusal(guard, 'name 5', home)
  })

  it('takes nothing from the account and the network while it refuses: hammering does not shut them', async () => {
    const { guard, clock } = start()
    await fail(guard, 'ada', home, 10)
    for (let turn = 0; turn < 500; turn += 1) await refusal(guard, 'ada', home)
    for (let turn = 0; turn < 90; turn += 1) await fail(guard, `name ${turn}`, home, 1)
    clock.now += 60 * minutes
    for (let turn = 0; turn < 90; turn += 1) await fail(guard, 'ada', `192.0.2.${turn}`, 1)
  })

  it('opens again with time, a guess every 90 seconds', async () => {
    const { guard, clock } = start()
    await fail(guard, 'ada', home, 10)
    clock.now += 90_000
    await fail(guard, 'ada', home, 1)
    await refusal(guard, 'ada', home)
    clock.now += 15 * minutes
    await fail(guard, 'ada', home, 10)
  })

  it('opens when it is cleared, as after a password reset [B-THR-16]', async () => {
    const { guard } = start()
    for (let turn = 0; turn < 90; turn += 1) await fail(guard, 'ada', `192.0.2.${turn}`, 1)
    await fail(guard, 'ada', home, 10)
    await refusal(guard, 'ada', home)
    await guard.clear({ account: 'ada', address: home })
    await fail(guard, 'ada', home, 10)
  })

  it('takes names of any length and with any characters, and counts each apart', async () => {
    const { guard } = start({ perAddress: false })
    const names = ['', ' ', 'ada', 'ada ', 'a\u0000da', 'ädä', 'ada:address', 'x'.repeat(1_000_000)]
    for (const name of names) await fail(guard, name, home, 10)
    for (const name of names) await refusal(guard, name, home)
  })

  it('shows no name to the store of its counters', async () => {
    const seen: string[] = []
    const counters = memoryCounters()
    const watched: Counters = {
      ...counters,
      take: async (key, ...rest) => (seen.push(key), counters.take(key, ...rest)),
    }
    const { guard } = start({ counters: watched })
    await succeed(guard, 'ada@example.org', home)
    assert.ok(seen.length >= 3)
    for (const key of seen) assert.ok(!key.includes('ada'))
  })

  it('lets nobody in when its counters fail', async () => {
    const down = async () => Promise.reject(new Unavailable())
    const { guard } = start({ counters: { take: down, peek: down, clear: down } })
    await assert.rejects(guard.attempt({ account: 'ada', address: home }), Unavailable)
  })

  it('does without the limits that are switched off', async () => {
    const { guard } = start({ perAddress: false, perAccount: false })
    for (let turn = 0; turn < 200; turn += 1) await fail(guard, `name ${turn}`, home, 1)
    for (let turn = 0; turn < 200; turn += 1) await fail(guard, 'ada', `192.0.2.${turn}`, 1)
    await fail(guard, 'ada', home, 10)
    await refusal(guard, 'ada', home)
  })

  it('keeps the limits apart when they are one and the same rate', async () => {
    const rate = { limit: 10, window: 900, text: '10/15m' }
    const { guard } = start({ perAccountAndAddress: rate, perAddress: rate, perAccount: rate })
    await succeed(guard, 'ada', home)
    await fail(guard, 'ada', home, 10)
    await refusal(guard, 'ada', home)
  })

  it('refuses a rate that cannot be read, at construction', () => {
    assert.throws(() => createGuessingGuard({ perAccountAndAddress: 'ten' }), /"ten"/)
    assert.throws(() => createGuessingGuard({ perAddress: '0/hour' }), TypeError)
    assert.throws(() => createGuessingGuard({ perAccount: '' }), TypeError)
    assert.throws(() => createGuessingGuard({ perAccountAndAddress: false as unknown as string }), TypeError)
  })
})

function start(options: GuessingGuardOptions = {}) {
  const clock = { now: 1_800_000_000_000 }
  return { guard: createGuessingGuard({ clock: () => clock.now, ...options }), clock }
}

async function fail(guard: GuessingGuard, account: string, address: string, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) await guard.attempt({ account, address })
}

async function succeed(guard: GuessingGuard, account: string, address: string): Promise<void> {
  await (await guard.attempt({ account, address })).succeeded()
}

async function refusal(guard: GuessingGuard, account: string, address: string): Promise<Throttled> {
  try {
    await guard.attempt({ account, address })
  } catch (error) {
    assert.ok(error instanceof Throttled)
    assert.equal(error.code, 'too_many_attempts')
    return error
  }
  return assert.fail('The guess was let through.')
}
