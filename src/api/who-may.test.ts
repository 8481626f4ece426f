import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allOf } from '../permissions/all-of.ts'
import { anyOf } from '../permissions/any-of.ts'
import { freshLogin } from '../permissions/fresh-login.ts'
import { hasScope } from '../permissions/has-scope.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { isUser } from '../permissions/is-user.ts'
import { isVia } from '../permissions/is-via.ts'
import { not } from '../permissions/not.ts'
import { whoMay } from './who-may.ts'

describe('a permission in words', () => {
  it('reads as one list where all of all are meant, and says a way in that is not let in', () => {
    const told = whoMay(
      allOf(allOf(isStaff, hasScope('admin')), anyOf(not(isVia('session')), freshLogin({ within: 60 }))),
    )
    assert.equal(told.text, 'All of these hold:')
    assert.deepEqual(
      told.parts.map(({ text, parts }) => [text, parts.map((part) => part.text)]),
      [
        ['A member of staff.', []],
        ['A key or token has the scope admin. A session needs none.', []],
        ['One of these holds:', ['The way in is not session.', 'They proved who they are a short while ago.']],
      ],
    )
  })

  it('keeps one not inside another apart', () => {
    const told = whoMay(not(not(isUser)))
    assert.equal(told.text, 'This does not hold:')
    assert.deepEqual(
      told.parts[0]?.parts.map(({ text }) => text),
      ['A person, not a program.'],
    )
  })
})
