import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Membership, User } from '../core/identity.ts'
import { checkedClaims, claimsOf } from './pair-claims.ts'

describe('the organisations in a token', () => {
  it('are told one by one, up to 4,096 characters; beyond it, how many were left out', () => {
    const few = claimsOf(user(3))
    assert.equal((few['organisations'] as unknown[]).length, 3)
    assert.equal(few['organisations_left_out'], undefined)
    const many = claimsOf(user(100))
    assert.equal(many['organisations'], undefined)
    assert.equal(many['organisations_left_out'], 100)
    assert.ok(JSON.stringify(many).length < 300)
  })

  it('are not spoken of where somebody is in none, or they are not to be told', () => {
    for (const claims of [claimsOf(user(0)), claimsOf(user(100), ['roles']), claimsOf(user(3), [])]) {
      assert.deepEqual([claims['organisations'], claims['organisations_left_out']], [undefined, undefined])
    }
  })

  it('are left out by nobody else: an application may not claim it', () => {
    assert.throws(() => checkedClaims({ organisations_left_out: 0 }), /organisations_left_out is set by Doorward/)
  })
})

describe('the claims of an application', () => {
  it('are told as JSON has them, and refused by name where it has no form for them [B-JWT-11]', () => {
    const since = new Date(0)
    const claims = checkedClaims({ since, plan: { toJSON: () => 'gold' }, left: undefined, seats: [1, null] })
    assert.deepEqual(claims, { since: '1970-01-01T00:00:00.000Z', plan: 'gold', seats: [1, null] })
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    for (const seats of [5n, circle, () => 5, Symbol('five')]) {
      assert.throws(() => checkedClaims({ seats }), {
        name: 'TypeError',
        message: /^claims: seats has no form in JSON/,
      })
    }
  })
})

function user(count: number): User {
  const organisations = Array.from({ length: count }, (_, index): Membership => {
    const id = String(index).padStart(11, '0')
    return { id, slug: `organisation-${index}`, roles: new Set(['member']), permissions: new Set(['members.view']) }
  })
  return { kind: 'user', id: 'ada', name: 'ada', ...(count === 0 ? {} : { organisations }) }
}
