import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newTotpSecret, totpCode, totpSecretText, totpStep, totpUri } from './totp.ts'

/** RFC 6238, appendix B, for SHA-1; its codes have eight digits, of which apps show the last six. */
const secret = Buffer.from('12345678901234567890')
const vectors: readonly (readonly [seconds: number, code: string])[] = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
]

describe('TOTP', () => {
  it('makes and takes the codes of RFC 6238', () => {
    for (const [seconds, code] of vectors) {
      assert.equal(totpCode(secret, seconds * 1000), code)
      assert.equal(totpStep(secret, code, seconds * 1000), Math.floor(seconds / 30))
    }
  })

  it('takes codes of one step before and after, and none of two [MF02]', () => {
    const now = 1_700_000_010_000
    const step = now / 30_000
    for (const [off, taken] of [
      [-2, false],
      [-1, true],
      [0, true],
      [1, true],
      [2, false],
    ] as const) {
      const found = totpStep(secret, totpCode(secret, now + off * 30_000), now)
      assert.equal(found, taken ? Math.floor(step) + off : null, String(off))
    }
  })

  it('reads codes with blanks and dashes in them, and nothing else', () => {
    assert.equal(totpStep(secret, ' 287 082 ', 59_000), 1)
    assert.equal(totpStep(secret, '287-082', 59_000), 1)
    for (const wrong of [
      '',
      '28708',
      '2870820',
      '94287082',
      'abcdef',
      '٢٨٧٠٨٢',
      '287082\0',
      '1e5',
      '-87082',
      '+28708',
    ]) {
      assert.equal(totpStep(secret, wrong, 59_000), null, wrong)
    }
  })

  it('has secrets of 160 bits, each another one', () => {
    const secrets = new Set(Array.from({ length: 100 }, () => totpSecretText(newTotpSecret())))
    assert.equal(secrets.size, 100)
    for (const text of secrets) assert.match(text, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/)
  })

  it('tells apps the site and the account, whatever is in their names', () => {
    const uri = new URL(totpUri(secret, 'A: site & more', 'ada@example.org'))
    assert.equal(uri.protocol, 'otpauth:')
    assert.equal(decodeURIComponent(uri.pathname), '/A  site & more:ada@example.org')
    assert.deepEqual(Object.fromEntries(uri.searchParams), {
      issuer: 'A  site & more',
      secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    })
  })
})
