import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { equalBytes, equalText } from './compare.ts'

describe('equalBytes', () => {
  it('tells equal bytes from others, whatever holds them', () => {
    assert.equal(equalBytes(Uint8Array.of(1, 2), Buffer.from([1, 2])), true)
    assert.equal(equalBytes(Buffer.from([9, 1, 2, 9]).subarray(1, 3), Uint8Array.of(1, 2)), true)
    assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false)
    assert.equal(equalBytes(Uint8Array.of(), Uint8Array.of()), true)
  })

  it('is false for different lengths, and does not throw', () => {
    assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3)), false)
    assert.equal(equalBytes(Uint8Array.of(), Uint8Array.of(0)), false)
  })
})

describe('equalText', () => {
  it('tells equal texts from others', () => {
    assert.equal(equalText('pässword 🔑', 'pässword 🔑'), true)
    assert.equal(equalText('token', 'tokeN'), false)
    assert.equal(equalText('', ''), true)
    assert.equal(equalText('token', 'token '), false)
  })

  it('does not take texts for equal that only become so in UTF-8 or by normalisation', () => {
    assert.equal(equalText('\ud800', '\ufffd'), false)
    assert.equal(equalText('\ud800', '\udc00'), false)
    assert.equal(equalText('é', 'e\u0301'), false)
    assert.equal(equalText('a', '\u0161'), false)
  })
})
