import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isMailAddress } from './mail-address.ts'

describe('isMailAddress', () => {
  it('takes the plain form of addresses, of any language', () => {
    for (const address of [
      'ada@example.org',
      'ada.love-lace+news@mail.example.org',
      "o'brien@example.org",
      '!#$%&*/=?^_`{|}~@example.org',
      'ada@localhost',
      'ада@пример.рф',
      'josé@exämple.org',
      `${'x'.repeat(64)}@example.org`,
    ]) {
      assert.ok(isMailAddress(address), address)
    }
  })

  it('refuses all that may be read as another one, or as several [B-ACC-07]', () => {
    for (const address of [
      '',
      'ada',
      '@example.org',
      'ada@',
      'ada@@example.org',
      'ada@example.org@evil.example',
      'ada@evil.example,bob@example.org',
      'a,b@example.org',
      'a;b@example.org',
      '"eve@evil.example x"@example.org',
      '"quoted"@example.org',
      'ada(comment)@example.org',
      'Ada <ada@example.org>',
      '<ada@example.org>',
      'ada@[127.0.0.1]',
      'ada@example.org\r\nbcc: eve@evil.example',
      'ada @example.org',
      '.ada@example.org',
      'ada..b@example.org',
      'ada@-example.org',
      'ada@example..org',
      'ada\u0000@example.org',
      'ada\u200b@example.org',
      `${'x'.repeat(65)}@example.org`,
      `ada@${'x.'.repeat(130)}org`,
    ]) {
      assert.ok(!isMailAddress(address), address)
    }
  })
})
