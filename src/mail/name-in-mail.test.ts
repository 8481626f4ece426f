import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nameInMail } from './name-in-mail.ts'

describe('a name that somebody chose, in a mail to somebody else', () => {
  it('stays as it is, where people sign in with it or it is a plain name', () => {
    for (const name of ['ada', 'ada.lovelace', 'ada@example.org', 'Zoë', 'Acme Ltd', '李小龙', 'a_b-c+d'])
      assert.equal(nameInMail(name), name)
  })

  it('is nothing that a mail program makes a link of', () => {
    for (const name of [
      'Win at https://evil.example/now',
      'https://evil.example',
      'www.evil.example',
      'See evil.example today',
      'write to eve@evil.example now',
      'evil.example/claim',
      'mailto:eve@evil.example',
      String.raw`\\evil.example\share`,
    ]) {
      const shown = nameInMail(name)
      assert.doesNotMatch(shown, /https?:\/\/|www\.[a-z]|evil\.example|mailto:e/i, name)
      assert.equal(shown.replaceAll('\u{2060}', ''), name)
    }
  })

  it('is one short line, with nothing unseen in it', () => {
    assert.equal(nameInMail('ada\r\nBcc: x\u{202e}y'), 'ada Bcc: x y')
    assert.equal(Array.from(nameInMail('x'.repeat(254))).length, 81)
    assert.equal(nameInMail(`a${'\u{301}'.repeat(20)}`), `a${'\u{301}'.repeat(3)}`)
  })
})
