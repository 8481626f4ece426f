import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { riskOf } from './scope-risks.ts'

describe('riskOf', () => {
  it('takes for looking only what says no more than that, however its name is written', () => {
    for (const scope of [
      'read',
      'notes:read',
      'notes.readonly',
      'view_notes',
      'getNotes',
      'User.Read',
      'notes.read-only',
      'post:read',
    ]) {
      assert.equal(riskOf(scope), 'reads', scope)
    }
    for (const scope of [
      'notes',
      'Mail.ReadWrite',
      'list:remove',
      'lists.subscribe',
      'list.moveNotes',
      'get:revoke',
      'view-and-publish',
      'readers',
      'read:setRates',
      'lesen',
      '',
    ]) {
      assert.equal(riskOf(scope), 'changes', scope)
    }
    for (const scope of [
      'list:deleteAll',
      'User.Read.All',
      'read:fullAccess',
      'readAdmin',
      'notes:*',
      'ADMIN',
      'list:purge',
    ]) {
      assert.equal(riskOf(scope), 'sensitive', scope)
    }
  })

  it('goes by what is given first, and by nothing that every object has', () => {
    assert.equal(riskOf('admin', { admin: 'reads' }), 'reads')
    assert.equal(riskOf('toString', {}), 'changes')
    assert.equal(riskOf('constructor'), 'changes')
  })
})
