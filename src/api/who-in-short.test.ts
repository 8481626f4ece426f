import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allOf } from '../permissions/all-of.ts'
import { allowAny } from '../permissions/allow-any.ts'
import { anyOf } from '../permissions/any-of.ts'
import { freshLogin } from '../permissions/fresh-login.ts'
import { hasScope } from '../permissions/has-scope.ts'
import { isAuthenticated } from '../permissions/is-authenticated.ts'
import { isOwner } from '../permissions/is-owner.ts'
import { isReadOnly } from '../permissions/is-read-only.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { isSuperuser } from '../permissions/is-superuser.ts'
import { isUser } from '../permissions/is-user.ts'
import { isVia } from '../permissions/is-via.ts'
import { not } from '../permissions/not.ts'
import { whoInShort } from './who-in-short.ts'

describe('who may, in short', () => {
  const proven = anyOf(not(isVia('session')), freshLogin({ clock: Date.now }))

  it('is a few words, however deep the rules are', () => {
    assert.equal(whoInShort([allowAny]), 'Everyone')
    assert.equal(whoInShort([allOf(allOf(isStaff, hasScope('admin')), proven)]), 'Staff · scope admin · fresh sign-in')
    assert.equal(whoInShort([allOf(isUser, not(isVia('oauth2', 'apiKey')))]), 'People · not by oauth2 or apiKey')
    assert.equal(
      whoInShort([anyOf(allOf(isAuthenticated, isReadOnly), isStaff)]),
      'Authenticated and reading, or staff',
    )
  })

  it('names the narrowest of two, and everything once', () => {
    assert.equal(whoInShort([allOf(isStaff, isSuperuser), isSuperuser]), 'Superusers')
    assert.equal(whoInShort([isAuthenticated, isOwner('ownerId')]), 'Authenticated · its owner')
  })

  it('shows a rule that it does not know as it is written', () => {
    const isMonday = async (): Promise<boolean> => true
    assert.equal(whoInShort([isMonday]), 'isMonday')
  })
})
