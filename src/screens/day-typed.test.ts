import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayTyped } from './day-typed.ts'

test('a day that is typed goes from its first to its last millisecond, in UTC', () => {
  assert.deepEqual(dayTyped('2026-02-28'), {
    start: Date.UTC(2026, 1, 28),
    end: Date.UTC(2026, 1, 28, 23, 59, 59, 999),
  })
})

test('what is no day is none', () => {
  for (const text of ['', '2026-13-01', '2026-1-1', '2026-02-28T10:00', '28.02.2026', 'tomorrow', '+02026-02-28']) {
    assert.equal(dayTyped(text), null, text)
  }
})
