import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { trimBlanks } from './trim-blanks.ts'

describe('trimBlanks', () => {
  it('removes spaces and tabs from both ends, and nothing else', () => {
    assert.equal(trimBlanks(' \t a b\t '), 'a b')
    for (const kept of ['', 'a', '\na', 'a\r', '\u00a0a', 'a\u2003', '\ufeffa']) assert.equal(trimBlanks(kept), kept)
    assert.equal(trimBlanks(' \t '), '')
  })
})
