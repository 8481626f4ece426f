import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import { createTokenFormat, tokenKinds } from './format.ts'
import type { TokenKind } from './format.ts'

const id = 123_456_789_012_345n
const kinds = Object.keys(tokenKinds) as TokenKind[]

describe('createTokenFormat', () => {
  const format = createTokenFormat()

  it('makes texts of one length with prefix, kind, id, secret and checksum [B-TOK-09]', () => {
    for (const kind of kinds) {
      const { text } = format.make(kind, id)
      assert.match(text, /^dw_[a-z]+_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}$/)
      assert.equal(text.length, `dw_${kind}_`.length + 11 + 1 + 43 + 6)
    }
  })

  it('makes 500 secrets without a duplicate for one id [B-TOK-09]', () => {
    const texts = Array.from({ length: 500 }, () => format.make('pat', id).text)
    assert.equal(new Set(texts.map((text) => text.slice(-49, -6))).size, 500)
  })

  it('reads what it made', () => {
    for (const kind of kinds) {
      for (const each of [0n, id, 2n ** 63n - 1n]) {
        const made = format.make(kind, each)
        assert.deepEqual(format.parse(made.text), { kind, id: each, digest: made.digest })
      }
    }
  })

  it('has SHA-256 of the whole text as its digest [B-TOK-17]', () => {
    const made = format.make('pat', id)
    assert.deepEqual(Buffer.from(made.digest), createHash('sha256').update(made.text).digest())
  })

  it('has CRC-32 of all before it in the last six characters', () => {
    const { text } = format.make('live', id)
    assert.equal(text, checked(text))
  })

  it('finds each mistyped character and each pair that changed places without a look-up [B-TOK-23]', () => {
    const { text } = format.make('pat', id)
    for (let at = 0; at < text.length; at += 1) {
      const wrong = text[at] === 'x' ? 'y' : 'x'
      assert.equal(format.parse(text.slice(0, at) + wrong + text.slice(at + 1)), null, `character ${at}`)
      const swapped = text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2)
      if (swapped !== text) assert.equal(format.parse(swapped), null, `characters ${at} and ${at + 1}`)
    }
  })

  it('reads nothing that is cut off, longer, spaced, of another kind, or no text [B-TOK-05 B-TOK-23]', () => {
    const { text } = format.make('pat', id)
    const lone = '\ud800'
    const bad = ['', ' ', 'dw_', 'dw_pat_', text.slice(0, -1), `${text}0`, `${text}\n`, ` ${text}`, text.toUpperCase()]
    bad.push(
      text.replace('dw_', 'dx_'),
      checked(text.replace('_pat_', '_xyz_')),
      checked(`dw_pat_${'z'.repeat(11)}_${'a'.repeat(49)}`),
    )
    bad.push(
      `${lone}${text.slice(1)}`,
      `é${text.slice(1)}`,
      '0'.repeat(40),
      'dw_pat_'.repeat(100_000),
      `${text},${text}`,
    )
    for (const each of bad) assert.equal(format.parse(each), null, JSON.stringify(each.slice(0, 90)))
    for (const each of [null, undefined, 1, {}, [text]]) assert.equal(format.parse(each as string), null)
  })

  it('tells kinds by how a text begins', () => {
    const { text } = format.make('test', id)
    assert.equal(format.recognises(text, 'test'), true)
    assert.equal(format.recognises(text, 'live', 'test'), true)
    assert.equal(format.recognises(text, 'live'), false)
    assert.equal(format.recognises('dw_test_', 'test'), true)
    assert.equal(format.recognises('dw_testing', 'test'), false)
    assert.equal(format.recognises('eyJhbGciOiJFZERTQSJ9.e30.x', 'live', 'test', 'pat', 'ses'), false)
    assert.equal(format.recognises('', 'pat'), false)
  })

  it('publishes a pattern that finds its tokens in a text, and only whole ones', () => {
    const { text } = format.make('live', id)
    assert.deepEqual(format.pattern.exec(`key = "${text}";`)?.[0], text)
    assert.equal(format.pattern.test(text.slice(0, -1)), false)
    assert.equal(format.pattern.test(`${text}x`), false)
  })

  it('shows a token without its secret [B-TOK-28]', () => {
    const { text } = format.make('live', id)
    assert.equal(format.mask('live', id), `${text.slice(0, 20)}…`)
  })

  it('begins tokens with the prefix that is set, and still reads those with a previous one [B-TOK-22]', () => {
    const acme = createTokenFormat({ prefix: 'acme', previousPrefixes: ['dw'] })
    const old = format.make('pat', id)
    assert.match(acme.make('pat', id).text, /^acme_pat_/)
    assert.deepEqual(acme.parse(old.text), { kind: 'pat', id, digest: old.digest })
    assert.equal(acme.recognises(old.text, 'pat'), true)
    assert.equal(format.parse(acme.make('pat', id).text), null)
  })

  it('takes no prefix that could not be selected, found or told from the rest [B-TOK-22]', () => {
    for (const prefix of ['', 'DW', 'd-w', 'd_w', '1dw', 'abcdefghijk', 'dw\n', '(a+)+', null]) {
      assert.throws(() => createTokenFormat({ prefix: prefix as string }), /prefix must be/)
      assert.throws(() => createTokenFormat({ previousPrefixes: [prefix as string] }), /prefix must be/)
    }
  })
})

/** With a checksum that is right. */
function checked(text: string): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  let sum = crc32(text.slice(0, -6))
  let written = ''
  for (let digit = 0; digit < 6; digit += 1) {
    written = (alphabet[sum % 62] ?? '') + written
    sum = Math.floor(sum / 62)
  }
  return text.slice(0, -6) + written
}
