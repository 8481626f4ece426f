import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allOf } from './all-of.ts'
import { anyOf } from './any-of.ts'
import { describePermission } from './describe-permission.ts'
import { hasScope } from './has-scope.ts'
import { isAuthenticated } from './is-authenticated.ts'
import { isOwner } from './is-owner.ts'
import { isReadOnly } from './is-read-only.ts'
import { isStaff } from './is-staff.ts'
import { modelPermissions } from './model-permissions.ts'
import { not } from './not.ts'
import { objectPermissions } from './object-permissions.ts'

describe('describePermission', () => {
  it('shows a combination as a tree, and a single rule as it is written', () => {
    const rule = allOf(isAuthenticated, anyOf(isStaff, allOf(hasScope('read', 'write'), not(isReadOnly))))
    assert.equal(
      describePermission(rule),
      [
        'allOf',
        '  isAuthenticated',
        '  anyOf',
        '    isStaff',
        '    allOf',
        "      hasScope('read', 'write')",
        '      not',
        '        isReadOnly',
      ].join('\n'),
    )
    assert.equal(describePermission(modelPermissions('notes')), "modelPermissions('notes')")
    assert.equal(
      describePermission(objectPermissions({ read: isAuthenticated, change: isOwner('ownerId') })),
      "objectPermissions({ read: isAuthenticated, change: isOwner('ownerId') })",
    )
  })

  it('names a plain function by its name, and one without as what it is', () => {
    const isPublic = async () => true
    assert.equal(describePermission(not(isPublic)), 'not\n  isPublic')
    assert.equal(describePermission(not(async () => true)), 'not\n  anonymous permission')
  })

  it('gives equal rules equal texts, and others others [B-PERM-04]', () => {
    const one = () => describePermission(anyOf(isStaff, allOf(isAuthenticated, hasScope('read'))))
    assert.equal(one(), one())
    assert.notEqual(one(), describePermission(anyOf(allOf(isStaff, isAuthenticated), hasScope('read'))))
  })
})
