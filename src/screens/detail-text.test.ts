import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { detailText } from './detail-text.ts'

describe('the details of an event in a line', () => {
  it('has moments as moments, and numbers that can be none as they are', () => {
    const at = Date.UTC(2026, 10, 30, 12, 59)
    const detail = {
      expires_at: at,
      changed: { staffUntil: [null, at], seats: [1, 2] },
      ends_at: -1e20,
      signs_from: 1e20,
    }
    assert.equal(
      detailText({ detail }),
      'expires at: 2026-11-30 12:59 UTC; staffUntil: none → 2026-11-30 12:59 UTC; seats: 1 → 2; ends at: -100000000000000000000; signs from: 100000000000000000000',
    )
  })
})
