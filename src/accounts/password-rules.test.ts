import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commonPasswords } from './common-passwords.ts'
import { checkPasswordRules, type PasswordRulesOptions } from './password-rules.ts'

describe('checkPasswordRules', () => {
  it('asks for 8 characters, counted as a person counts them, and for no more than that [PW01 PW04]', () => {
    assert.deepEqual(codes('kfwzqpx'), ['password_too_short'])
    assert.deepEqual(codes('kfwzqpxm'), [])
    assert.deepEqual(codes('🦉🦉🦔🦊🐢🐙🦎'), ['password_too_short'])
    assert.deepEqual(codes('🦉🦉🦔🦊🐢🐙🦎🐝'), [])
    assert.deepEqual(codes(''), ['password_too_short'])
  })

  it('has no rules on kinds of characters: small letters, digits or blanks alone will do [PW04]', () => {
    for (const password of ['kfwzqpxmvj', '83719462058', '          x          ', 'ღვინოპურიყველი', '!!!???!!!---']) {
      assert.deepEqual(codes(password), [], password)
    }
  })

  it('takes long ones whole: 128 characters with spaces, scripts and emoji, and up to 4096 bytes [PW01]', () => {
    assert.deepEqual(codes('correct horse 🐎 läßt grüßen '.repeat(10).slice(0, 128)), [])
    assert.deepEqual(codes('x7'.repeat(2048)), [])
    assert.deepEqual(codes('x7'.repeat(2048) + 'x'), ['password_too_long'])
    assert.deepEqual(codes('é'.repeat(2049)), ['password_too_long'])
    assert.deepEqual(codes('x'.repeat(2 ** 20)), ['password_too_long'])
  })

  it('refuses the passwords that are tried first, however they are capitalised [PW03]', () => {
    for (const password of [
      'password',
      'Password1234',
      'password1234',
      '12345678',
      'QWERTYUIOP',
      'iloveyou',
      'trustno1',
      '1qaz2wsx',
      ' sunshine ',
      'ｐａｓｓｗｏｒｄ',
    ]) {
      assert.deepEqual(codes(password), ['password_too_common'], password)
    }
  })

  it('knows the 10,000 most common ones that are long enough [PW03]', () => {
    const list = commonPasswords.trim().split(/\s+/)
    assert.equal(new Set(list).size, 10_000)
    for (const password of list) assert.ok(codes(password).includes('password_too_common'), password)
  })

  it('refuses the person’s own names: username, e-mail address and what stands before its @', () => {
    const user = { username: 'Lovelace-1815', email: 'Ada.Lovelace@example.org' }
    for (const password of ['lovelace-1815', 'LOVELACE-1815', 'ada.lovelace@example.org', 'ada.lovelace']) {
      assert.deepEqual(codes(password, { user }), ['password_too_similar'], password)
    }
    assert.deepEqual(codes('lovelace-1816', { user }), [])
    assert.deepEqual(codes('lovelace-1815', { user: { username: 'babbage', email: null } }), [])
    assert.deepEqual(codes('        ', { user: { username: 'babbage' } }), [])
  })

  it('names every problem at once', () => {
    assert.deepEqual(codes('ada', { user: { username: 'ada' } }), ['password_too_short', 'password_too_similar'])
  })

  it('refuses what no database keeps as it is', () => {
    assert.deepEqual(codes('kfwzq\0pxmv'), ['password_malformed'])
    assert.deepEqual(codes('kfwzqpxmv\ud800'), ['password_malformed'])
  })

  it('says what to do, and never repeats the password', () => {
    for (const password of ['secret!', 'iloveyou', 'x'.repeat(5000)]) {
      for (const { message } of checkPasswordRules(password)) {
        assert.match(message, /^Choose .+\.$/)
        assert.ok(!message.includes(password))
      }
    }
  })

  it('can ask for more characters, and never for fewer than 8', () => {
    assert.deepEqual(codes('kfwzqpxmvj', { minLength: 12 }), ['password_too_short'])
    assert.match(checkPasswordRules('kfwzqpxmvj', { minLength: 12 })[0]?.message ?? '', /at least 12 characters/)
    for (const minLength of [7, 0, Number.NaN, 8.5])
      assert.throws(() => checkPasswordRules('kfwzqpxmvj', { minLength }), TypeError)
  })
})

function codes(password: string, options?: PasswordRulesOptions): readonly string[] {
  return checkPasswordRules(password, options).map(({ code }) => code)
}
