import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { wantsHtml } from './negotiate.ts'

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'

describe('wantsHtml', () => {
  it('is true for the load of a page', () => {
    assert.equal(asked({ 'sec-fetch-mode': 'navigate', accept: browser }), true)
    assert.equal(asked({ 'sec-fetch-mode': 'navigate', accept: '*/*' }), true)
    assert.equal(asked({ 'sec-fetch-mode': 'navigate' }), true)
  })

  it('is false for what scripts, images and frames of code fetch, whatever they accept [B-PIPE-14]', () => {
    for (const mode of ['cors', 'no-cors', 'same-origin', 'websocket', '', 'navigate, navigate', 'NAVIGATE']) {
      assert.equal(asked({ 'sec-fetch-mode': mode, accept: browser }), false, mode)
    }
  })

  it('goes by Accept where the browser does not say', () => {
    assert.equal(asked({ accept: browser }), true)
    assert.equal(asked({ accept: 'TEXT/HTML' }), true)
    assert.equal(asked({ accept: 'application/json;q=0.5, text/html;q=0.6' }), true)
  })

  it('takes no wildcard for a wish [B-PIPE-14]', () => {
    const accepts = [
      '*/*',
      'text/*',
      '',
      'application/json',
      'application/json, text/html;q=0.9',
      'text/html;q=0',
      'text/htmlx',
    ]
    for (const accept of [
      ...accepts,
      'text/html;q=x',
      'text/html;q=2',
      'text/html;q=-1',
      ',',
      ';',
      'text/html;q=0.0001',
    ]) {
      assert.equal(asked({ accept }), false, accept)
    }
    assert.equal(asked({}), false)
  })

  it('gives JSON to who navigates but asks for JSON alone', () => {
    assert.equal(asked({ 'sec-fetch-mode': 'navigate', accept: 'application/json' }), false)
  })

  it('does not read a huge header', () => {
    assert.equal(asked({ accept: 'text/html,'.repeat(100_000) }), false)
  })
})

function asked(headers: Readonly<Record<string, string>>): boolean {
  return wantsHtml({ method: 'GET', url: '/', headers: { get: (name) => headers[name] ?? null } })
}
