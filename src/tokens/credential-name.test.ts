import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { credentialName } from './credential-name.ts'

describe('the name of a key, an application or a service account', () => {
  it('is taken as it is written, in every script, without blanks at its ends', () => {
    const names = ['nightly', 'Nightly export 🙂', 'наборщик', '👩‍💻', 'می‌خواهم', 'e\u0301', '<b>', `it's "that"`]
    for (const name of names) assert.equal(credentialName(`  ${name}\t`), name)
  })

  it('can be seen, and told from any other', () => {
    const hidden = [
      '\u200b',
      '\u200d',
      '\u00ad',
      '\u0301',
      '\ufeff',
      '\u3164',
      '\u2060\u2060',
      '\u202e',
      '\u2066a',
      'a\nb',
    ]
    for (const name of [...hidden, 'nightly\u200b', 'night\u00adly', 'nightly\u200e', 'a\0b', '\ud800', 'a\u2028b']) {
      assert.throws(() => credentialName(name), { code: 'invalid' }, JSON.stringify(name))
    }
    for (const name of ['', ' ', '\t\r\n', 'x'.repeat(101), null, 1, ['a']]) {
      assert.throws(() => credentialName(name), { code: 'invalid' }, JSON.stringify(name))
    }
  })
})
