import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatUserCode, makeUserCode, readUserCode } from './user-code.ts'

describe('makeUserCode', () => {
  it('makes eight letters without vowels and look-alikes, all as likely as the others [DV06 B-DEV-07]', () => {
    const codes = Array.from({ length: 5000 }, makeUserCode)
    const counts = new Map<string, number>()
    for (const letter of codes.join('')) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    // RFC 8628, section 6.1: "BCDFGHJKLMNPQRSTVWXZ".
    assert.deepEqual([...counts.keys()].toSorted().join(''), 'BCDFGHJKLMNPQRSTVWXZ')
    // 2000 of each are to be expected; the odds of one that is 300 off are one in 10^11.
    for (const [letter, count] of counts) assert.ok(Math.abs(count - 2000) < 300, `${letter}: ${count}`)
    assert.ok(codes.every((code) => code.length === 8))
    assert.equal(new Set(codes).size, codes.length)
  })
})

describe('readUserCode', () => {
  it('takes a code in any case, with dashes and blanks or without [DV06 B-DEV-08]', () => {
    assert.equal(formatUserCode('WDJBMJHT'), 'WDJB-MJHT')
    for (const typed of [
      'WDJB-MJHT',
      'wdjbmjht',
      ' wdjb mjht\n',
      'W-D-J-B-M-J-H-T',
      'WDJB\u2013MJHT',
      'wdjb_mjht',
      'WDJB.MJHT',
    ]) {
      assert.equal(readUserCode(typed), 'WDJBMJHT', JSON.stringify(typed))
    }
  })

  it('takes nothing else', () => {
    const wrong = [
      '',
      '-',
      'WDJB-MJH',
      'WDJB-MJHTT',
      'WDJB-MJHA',
      'WDJB-MJH0',
      'wdjb\u212ajht',
      'WDJB+MJHT',
      'WDJB-MJH\u0422',
    ]
    for (const typed of [...wrong, 'W D J B M J H T'.padEnd(65), 'x'.repeat(100_000), '\0WDJBMJHT']) {
      assert.equal(readUserCode(typed), null, JSON.stringify(typed.slice(0, 80)))
    }
  })
})
