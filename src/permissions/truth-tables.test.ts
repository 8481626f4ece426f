import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { matches } from '../core/filter.ts'
import type { Identity } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import { allOf } from './all-of.ts'
import { allowAny } from './allow-any.ts'
import { anyOf } from './any-of.ts'
import { filterFor } from './combination.ts'
import { hasAnyScope, hasScope } from './has-scope.ts'
import { isAuthenticated } from './is-authenticated.ts'
import { isOwner } from './is-owner.ts'
import { isReadOnly } from './is-read-only.ts'
import { isStaff } from './is-staff.ts'
import { isVia } from './is-via.ts'
import { not } from './not.ts'

type Note = { readonly ownerId: string | null }

const ada = came('ada', {})
const reader = came('ada', { scopes: ['read'] })
const staff: Identity = { ...ada, principal: { kind: 'user', id: 'sam', name: 'sam', isStaff: true } }
const notes: readonly Note[] = [{ ownerId: 'ada' }, { ownerId: 'bob' }, { ownerId: null }]

describe('combinations of rules', () => {
  it('hold for a stranger, a user and a member of staff, reading and writing [B-PERM-01]', async () => {
    // Each line: stranger reads, stranger writes, user reads, user writes, staff reads, staff writes.
    const table: readonly (readonly [Permission, string])[] = [
      [not(isAuthenticated), 'yynnnn'],
      [not(not(isAuthenticated)), 'nnyyyy'],
      [allOf(isAuthenticated, isReadOnly), 'nnynyn'],
      [anyOf(isAuthenticated, isReadOnly), 'ynyyyy'],
      [anyOf(isStaff, allOf(isAuthenticated, isReadOnly)), 'nnynyy'],
      [allOf(anyOf(isStaff, isAuthenticated), isReadOnly), 'nnynyn'],
      [not(anyOf(isStaff, isReadOnly)), 'nynynn'],
      [allOf(not(isStaff), not(isReadOnly)), 'nynynn'],
      [anyOf(not(isStaff), not(isAuthenticated)), 'yyyynn'],
      [not(allOf(isStaff, isAuthenticated)), 'yyyynn'],
      [allOf(allowAny, anyOf(not(allowAny), isStaff)), 'nnnnyy'],
      [anyOf(allOf(hasScope('read'), isReadOnly), isStaff), 'nnynyy'],
    ]
    for (const [rule, expected] of table) {
      let answers = ''
      for (const identity of [null, ada, staff]) {
        for (const method of ['GET', 'POST']) answers += (await ask(rule, identity, method)) ? 'y' : 'n'
      }
      assert.equal(answers, expected, rule.rule?.name)
    }
  })

  it('filter a list to what they allow one by one, scopes and ways in included [B-PERM-16]', async () => {
    const rules: Permission<Identity | null, Note | undefined>[] = [
      allOf(hasScope('read'), isOwner('ownerId')),
      allOf(hasScope('write'), isOwner('ownerId')),
      allOf(hasAnyScope('write', 'read'), not(isOwner('ownerId'))),
      anyOf(isStaff, allOf(isVia('session'), isOwner('ownerId'))),
      not(allOf(isAuthenticated, not(isOwner('ownerId')))),
    ]
    for (const rule of rules) {
      for (const identity of [null, ada, reader, staff]) {
        const allowed = await Promise.all(notes.map(async (note) => admits(rule, identity, note)))
        assert.deepEqual(
          notes.filter((note) => matches(filterFor(rule, identity), { ...note })),
          notes.filter((_, index) => allowed[index]),
          rule.rule?.name,
        )
      }
    }
  })

  it('deny an anonymous caller whose null is the owner of nothing, at any depth [B-PERM-03]', async () => {
    const rule = anyOf(allOf(isAuthenticated, isOwner('ownerId')), isStaff)
    assert.equal(await admits(rule, null, { ownerId: null }), false)
    assert.equal(await admits(rule, ada, { ownerId: null }), false)
    assert.equal(await admits(rule, staff, { ownerId: null }), true)
  })
})

function came(id: string, auth: unknown): Identity {
  return { via: 'session', principal: { kind: 'user', id, name: id }, auth }
}

async function ask(rule: Permission, identity: Identity | null, method: string): Promise<boolean> {
  return rule({ request: { method, url: '/', headers: { get: () => null } }, identity, resource: undefined })
}

/** A denial with a reason is a no as well. */
async function admits(
  rule: Permission<Identity | null, Note | undefined>,
  identity: Identity | null,
  resource: Note,
): Promise<boolean> {
  const request = { method: 'GET', url: '/', headers: { get: () => null } }
  return rule({ request, identity, resource }).catch((error) => {
    assert.equal(error.code, 'insufficient_scope')
    return false
  })
}
