import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { emailKey, identifierKey, looksLikeEmail } from './identifier.ts'

describe('identifierKey', () => {
  it('makes one key of all ways to write a name: case, width, ligatures, blanks around, letters put together or apart', () => {
    for (const name of ['Ädá', 'ädá', 'A\u0308da\u0301', ' ädá ', '\u00a0ÄDÁ\u3000']) {
      assert.equal(identifierKey(name), 'ädá')
    }
    assert.equal(identifierKey('ＡＤＡ'), 'ada')
    assert.equal(identifierKey('o\ufb03ce'), 'office')
    assert.equal(identifierKey('\u212aelvin'), 'kelvin')
  })

  it('gives back its own keys unchanged', () => {
    for (const name of ['Ada', 'İstanbul', 'ŐŰ', 'ΟΔΟΣ', 'ﬀ', '\u1e9e', 'Ω', 'ǅ', 'K\u0327', '\u0130\u0307']) {
      const key = identifierKey(name)
      assert.ok(key !== null)
      assert.equal(identifierKey(key), key)
    }
  })

  it('keeps letters apart that only look alike: the other account is another one [B-ACC-07]', () => {
    assert.notEqual(identifierKey('\u0430da'), identifierKey('ada'))
    assert.notEqual(identifierKey('m\u0131ke'), identifierKey('mike'))
    assert.notEqual(identifierKey('mike@g\u0131thub.example'), identifierKey('mike@github.example'))
  })

  it('refuses what cannot be seen or stored', () => {
    for (const name of [
      'a\0b',
      'a\nb',
      'ada\u007f',
      'ada\u200b',
      '\u202eada',
      '\ud800',
      'a\u2028',
      '\ue000',
      '\u00adada',
    ]) {
      assert.equal(identifierKey(name), null, JSON.stringify(name))
    }
  })

  it('refuses nothing at all, and more than 254 characters before and after it is normalised', () => {
    assert.equal(identifierKey(''), null)
    assert.equal(identifierKey(' \u3000 '), null)
    assert.equal(identifierKey('a'.repeat(254))?.length, 254)
    assert.equal(identifierKey('a'.repeat(255)), null)
    assert.equal(identifierKey('\ufdfa'.repeat(20)), null)
    assert.equal(identifierKey('a'.repeat(10_000_000)), null)
  })
})

describe('emailKey', () => {
  it('takes one @ with something on both sides', () => {
    assert.equal(emailKey(' Ada@Example.ORG '), 'ada@example.org')
    assert.equal(emailKey('Ada＠example.org'), 'ada@example.org')
    for (const address of ['ada', '@example.org', 'ada@', 'ada@b@c', 'a da@example.org', 'ada@exam ple.org', '']) {
      assert.equal(emailKey(address), null, address)
    }
  })
})

describe('looksLikeEmail', () => {
  it('tells the two that share a sign-in field apart', () => {
    assert.equal(looksLikeEmail('ada@example.org'), true)
    assert.equal(looksLikeEmail('ada'), false)
  })
})
