import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digest, keyedDigest } from './digest.ts'

describe('digest', () => {
  it('is SHA-256 of bytes, or of the UTF-8 bytes of a text', () => {
    // FIPS 180-4, example "abc".
    const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    assert.equal(digest('abc').toString('hex'), expected)
    assert.equal(digest(Uint8Array.of(97, 98, 99)).toString('hex'), expected)
    assert.deepEqual(digest('Ünï 🔑'), digest(Buffer.from('Ünï 🔑')))
    assert.equal(digest('').length, 32)
  })
})

describe('keyedDigest', () => {
  it('is HMAC-SHA-256', () => {
    // RFC 4231, test case 2.
    const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
    assert.equal(keyedDigest('Jefe', 'what do ya want for nothing?').toString('hex'), expected)
    assert.equal(
      keyedDigest(Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?')).toString('hex'),
      expected,
    )
  })

  it('differs with the key', () => {
    assert.notDeepEqual(keyedDigest('one', 'value'), keyedDigest('two', 'value'))
  })
})
