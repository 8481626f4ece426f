import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { matches } from './filter.ts'

describe('matches', () => {
  const mine = { field: 'ownerId', equals: 'ada' } as const

  it('compares a field, and a field that is not there equals nothing', () => {
    assert.equal(matches(mine, { ownerId: 'ada' }), true)
    assert.equal(matches(mine, { ownerId: 'bob' }), false)
    assert.equal(matches(mine, {}), false)
    assert.equal(matches({ field: 'constructor', equals: null }, {}), false)
  })

  it('combines as the permissions do', () => {
    assert.equal(matches({ anyOf: [false, mine] }, { ownerId: 'ada' }), true)
    assert.equal(matches({ allOf: [true, { not: mine }] }, { ownerId: 'ada' }), false)
    assert.equal(matches({ not: { anyOf: [] } }, {}), true)
  })
})
