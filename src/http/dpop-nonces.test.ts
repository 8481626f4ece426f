import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDpopNonces } from './dpop-nonces.ts'

describe('createDpopNonces', () => {
  const time = { now: Date.UTC(2026, 5, 1) }
  const clock = (): number => time.now
  const key = Buffer.alloc(32, 1)

  it('takes the current nonce and the one before it, and no older one [DP06]', () => {
    const nonces = createDpopNonces({ key, clock })
    const first = nonces.current()
    assert.match(first, /^[\w-]{24}$/)
    assert.ok(nonces.isGood(first))
    time.now += 120_000
    assert.notEqual(nonces.current(), first)
    assert.ok(nonces.isGood(first))
    time.now += 120_000
    assert.ok(!nonces.isGood(first))
  })

  it('is the same on every node that has the key, and another for another key [DP06]', () => {
    const nonce = createDpopNonces({ key, clock }).current()
    assert.ok(createDpopNonces({ key, clock }).isGood(nonce))
    assert.ok(!createDpopNonces({ key: Buffer.alloc(32, 2), clock }).isGood(nonce))
  })

  it('takes nothing else', () => {
    const nonces = createDpopNonces({ key, clock })
    for (const nonce of [null, '', 'a', nonces.current().slice(1), `${nonces.current()}=`, 'a'.repeat(10_000)]) {
      assert.ok(!nonces.isGood(nonce))
    }
  })

  it('wants a key that cannot be guessed', () => {
    assert.throws(() => createDpopNonces({ key: Buffer.alloc(16) }), TypeError)
  })
})
