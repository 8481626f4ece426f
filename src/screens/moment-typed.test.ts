import assert from 'node:assert/strict'
import { it } from 'node:test'
import { momentTyped } from './moment-typed.ts'

it('reads what browsers send for a day and for a moment, in UTC', () => {
  assert.equal(momentTyped('2026-11-30'), Date.UTC(2026, 10, 30))
  assert.equal(momentTyped('2026-11-30T16:05'), Date.UTC(2026, 10, 30, 16, 5))
  assert.equal(momentTyped('2026-11-30T16:05:07'), Date.UTC(2026, 10, 30, 16, 5, 7))
  assert.equal(momentTyped('2026-11-30T16:05Z'), Date.UTC(2026, 10, 30, 16, 5))
})

it('takes nothing else for one', () => {
  for (const text of ['', 'yesterday', '2026-13-01', '2026-11-30T25:00', '2026-11-30 16:05', '30.11.2026', '1'])
    assert.equal(momentTyped(text), null, text)
})
