import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRecent } from './recent.ts'

describe('createRecent', () => {
  it('gives what was set, by identity, and the last of it', () => {
    const recent = createRecent<object, string>(4)
    const key = Object.freeze({})
    recent.set(key, 'a')
    recent.set(key, 'b')
    assert.equal(recent.get(key), 'b')
    assert.equal(recent.get({}), undefined)
  })

  it('forgets what has not been used for a while, and keeps what is', () => {
    const recent = createRecent<number, number>(10)
    recent.set(-1, -1)
    recent.set(-2, -2)
    for (let count = 0; count < 100; count += 1) {
      recent.set(count, count)
      assert.equal(recent.get(-1), -1)
    }
    assert.equal(recent.get(-2), undefined)
    const kept = Array.from({ length: 100 }, (_, index) => index).filter((index) => recent.get(index) !== undefined)
    assert.ok(kept.length <= 10 && kept.includes(99), String(kept))
  })
})
