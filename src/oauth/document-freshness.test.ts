import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { freshnessOf } from './document-freshness.ts'

describe('freshnessOf', () => {
  it('follows the headers between five minutes and a day [B-OID-18]', () => {
    const now = Date.UTC(2026, 5, 1)
    const seconds = (headers: Record<string, string>): number => freshnessOf(new Headers(headers), now) / 1000
    assert.equal(seconds({}), 3600)
    assert.equal(seconds({ 'cache-control': 'public, max-age=7200' }), 7200)
    assert.equal(seconds({ 'cache-control': 'max-age=7200', age: '200' }), 7000)
    assert.equal(seconds({ 'cache-control': 'max-age=7200', age: 'x' }), 7200)
    assert.equal(seconds({ 'cache-control': 'max-age=7200', expires: 'Mon, 01 Jun 2026 10:00:00 GMT' }), 7200)
    assert.equal(seconds({ expires: 'Mon, 01 Jun 2026 02:00:00 GMT' }), 7200)
    assert.equal(seconds({ expires: '0' }), 300)
    for (const control of ['no-store', 'no-cache, max-age=7200', 'max-age=1', 'max-age=0', 'private,no-store']) {
      assert.equal(seconds({ 'cache-control': control }), 300, control)
    }
    for (const control of ['max-age=31536000', 'max-age=9999999999']) {
      assert.equal(seconds({ 'cache-control': control }), 86_400, control)
    }
    assert.equal(seconds({ 'cache-control': 'max-age=rubbish' }), 3600)
    assert.equal(seconds({ expires: 'rubbish' }), 3600)
  })
})
