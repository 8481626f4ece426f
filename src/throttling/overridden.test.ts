import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryCounters } from './memory-counters.ts'
import { overridden, type OwnLimit } from './overridden.ts'
import { perAddress } from './per-address.ts'

const check = (address: string) => ({
  request: { method: 'GET', url: '/', headers: new Headers() },
  identity: null,
  address,
})

function open(limits: Readonly<Record<string, OwnLimit>>, usual: string | null = '3/hour') {
  const time = { now: 1_800_000_000_000 }
  const common = { counters: memoryCounters(), clock: () => time.now }
  const throttle = overridden({
    ...common,
    name: 'address',
    stage: 'before',
    usual: usual === null ? null : perAddress(usual, common),
    bucket: ({ address }) => `address:${address}`,
    find: (bucket) => limits[bucket] ?? null,
    isAny: () => Object.keys(limits).length > 0,
  })
  return { throttle, time }
}

describe('overridden', () => {
  it('counts a caller at their own rate until it ends, and all others at the usual one', async () => {
    const until = 1_800_000_060_000
    const { throttle, time } = open({ 'address:192.0.2.1': { rate: '1/hour', until } })
    const left = async (address: string) => (await throttle.take(check(address)))?.remaining
    assert.deepEqual([await left('192.0.2.2'), await left('192.0.2.2')], [2, 1])
    assert.equal(await left('192.0.2.1'), 0)
    assert.notEqual((await throttle.take(check('192.0.2.1')))?.wait, null)
    time.now = until
    assert.equal((await throttle.take(check('192.0.2.1')))?.remaining, 2)
  })

  it('lets nothing through where there is no rate, and says for how long', async () => {
    const until = 1_800_000_060_000
    const { throttle, time } = open({ 'address:192.0.2.1': { rate: null, until } }, null)
    const { wait, limit, remaining } = (await throttle.take(check('192.0.2.1'))) ?? assert.fail()
    assert.deepEqual([wait, limit, remaining], [60, 0, 0])
    assert.equal(await throttle.take(check('192.0.2.2')), null)
    time.now = until
    assert.equal(await throttle.take(check('192.0.2.1')), null)
  })

  it('says that it is for nobody where there is no usual limit and nobody has their own', () => {
    assert.equal(open({}, null).throttle.appliesTo?.(null), false)
    assert.equal(open({}).throttle.appliesTo?.(null), true)
    assert.equal(open({ x: { rate: null, until: 1 } }, null).throttle.appliesTo?.(null), true)
  })
})
