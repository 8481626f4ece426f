import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { matches } from '../core/filter.ts'
import { PermissionDenied } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { permission, type Check, type Permission } from '../core/permission.ts'
import { allOf } from './all-of.ts'
import { allowAny } from './allow-any.ts'
import { anyOf } from './any-of.ts'
import { filterFor } from './combination.ts'
import { freshLogin } from './fresh-login.ts'
import { isAuthenticated } from './is-authenticated.ts'
import { isOwner } from './is-owner.ts'
import { isStaff } from './is-staff.ts'
import { not } from './not.ts'

type Answer = true | false | 'denies' | 'fails'

const asked: string[] = []
const part = (name: string, answer: Answer): Permission =>
  permission({ name }, async () => {
    asked.push(name)
    if (answer === 'denies') throw new PermissionDenied('permission_denied', `${name} says no`)
    if (answer === 'fails') throw new TypeError(`${name} is broken`)
    return answer
  })
const ada: Identity = { via: 'session', principal: { kind: 'user', id: 'ada', name: 'ada' }, auth: null }
const check = (identity: Identity | null = ada, resource?: unknown): Check => ({
  request: { method: 'GET', url: '/', headers: { get: () => null } },
  identity,
  resource,
})

describe('allOf, anyOf and not', () => {
  it('hold their truth tables [B-PERM-01]', async () => {
    for (const a of [true, false] as const) {
      for (const b of [true, false] as const) {
        assert.equal(await allOf(part('a', a), part('b', b))(check()), a && b)
        assert.equal(await anyOf(part('a', a), part('b', b))(check()), a || b)
        assert.equal(await not(part('a', a))(check()), !a)
        assert.equal(await allOf(not(part('a', a)), anyOf(part('b', b), part('a', a)))(check()), !a && (b || a))
        assert.equal(await not(allOf(part('a', a), not(part('b', b))))(check()), !(a && !b))
      }
    }
  })

  it('tell strangers from principals at any depth [B-PERM-01 B-PERM-03]', async () => {
    const rule = anyOf(allOf(isAuthenticated, isOwner('ownerId')), isStaff)
    const ask = async (identity: Identity | null, ownerId: string) =>
      rule({ ...check(identity), resource: { ownerId } })
    assert.deepEqual([await ask(null, 'ada'), await ask(ada, 'ada'), await ask(ada, 'bob')], [false, true, false])
    assert.equal(await not(isAuthenticated)(check(null)), true)
    assert.equal(await not(isAuthenticated)(check(ada)), false)
  })

  it('ask no further than they have to [B-PERM-02]', async () => {
    asked.length = 0
    await anyOf(part('a', true), part('b', true))(check())
    await allOf(part('c', false), part('d', true))(check())
    assert.deepEqual(asked, ['a', 'c'])
  })

  it('keep the first reason of a denial [B-PERM-05]', async () => {
    await assert.rejects(anyOf(part('a', 'denies'), part('b', 'denies'))(check()), { message: 'a says no' })
    await assert.rejects(allOf(part('a', true), part('b', 'denies'))(check()), { message: 'b says no' })
    assert.equal(await anyOf(part('a', 'denies'), part('b', true))(check()), true)
    assert.equal(await not(part('a', 'denies'))(check()), true)
  })

  it('let a fault through rather than take it for an answer', async () => {
    for (const rule of [
      anyOf(part('a', 'fails'), part('b', true)),
      allOf(part('a', 'fails'), part('b', true)),
      not(part('a', 'fails')),
    ]) {
      await assert.rejects(rule(check()), TypeError)
    }
  })

  it('take the wish for a newer sign-in for a denial', async () => {
    assert.equal(await anyOf(freshLogin(), allowAny)(check()), true)
    await assert.rejects(anyOf(freshLogin(), isStaff)(check()), { code: 'insufficient_user_authentication' })
  })

  it('take nothing but true for a yes', async () => {
    const truthy = (async () => 'yes') as unknown as Permission
    assert.equal(await allOf(truthy)(check()), false)
    assert.equal(await anyOf(truthy)(check()), false)
    assert.equal(await not(truthy)(check()), true)
  })

  it('refuse to be empty, or to hold what is no permission, at construction', () => {
    assert.throws(() => allOf(), /allOf\(\) needs at least one permission/)
    assert.throws(() => anyOf(), /anyOf\(\) needs at least one permission/)
    assert.throws(() => allOf(undefined as unknown as Permission), /one of its parts is undefined/)
  })

  it('are shown as they are written', () => {
    assert.equal(
      allOf(isAuthenticated, not(anyOf(isStaff, isOwner('ownerId')))).rule?.name,
      "allOf(isAuthenticated, not(anyOf(isStaff, isOwner('ownerId'))))",
    )
  })
})

describe('filterFor', () => {
  const rows = [{ ownerId: 'ada' }, { ownerId: 'bob' }, { ownerId: null }]
  const seen = (rule: Permission<Identity | null, { ownerId: string | null } | undefined>, identity: Identity | null) =>
    rows.filter((row) => matches(filterFor(rule, identity), row))

  it('lists what the same rule would allow one by one [B-PERM-16]', async () => {
    for (const rule of [isOwner('ownerId'), anyOf(isStaff, isOwner('ownerId')), not(isOwner('ownerId'))]) {
      for (const identity of [ada, null]) {
        const allowed = await Promise.all(rows.map((row) => rule({ ...check(identity), resource: row })))
        assert.deepEqual(
          seen(rule, identity),
          rows.filter((_, index) => allowed[index]),
        )
      }
    }
  })

  it('says which rule cannot be a filter [B-PERM-11]', () => {
    assert.throws(
      () => filterFor(allOf(isStaff, freshLogin()), ada),
      /allOf\(isStaff, freshLogin.* cannot filter a list/,
    )
  })
})
