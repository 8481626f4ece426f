import assert from 'node:assert/strict'
import { it } from 'node:test'
import { scopeSentence } from './scope-sentence.ts'

it('scopeSentence says what stands in the catalogue, and nothing that every object has', () => {
  const catalogue = { 'notes:read': 'Read your notes' }
  assert.equal(scopeSentence(catalogue, 'notes:read'), 'Read your notes')
  for (const scope of ['notes:write', 'constructor', 'toString', '__proto__']) {
    assert.equal(scopeSentence(catalogue, scope), scope)
    assert.equal(scopeSentence(catalogue, scope, 'unknown'), 'unknown')
  }
})
