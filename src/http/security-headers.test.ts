import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { apiHeaders, pageHeaders, type HeaderFields } from './security-headers.ts'

const hash = `sha256-${'A'.repeat(43)}=`

describe('pageHeaders', () => {
  const headers = fieldsOf(pageHeaders({ https: true }))

  it('lets nothing from elsewhere load, nothing inline run, and nobody frame the page [AZ23 HT01]', () => {
    assert.equal(
      headers['content-security-policy'],
      "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    )
    assert.equal(headers['x-frame-options'], 'DENY')
  })

  it('carries the headers that ASVS 3.4 asks of a page [HT01]', () => {
    assert.equal(headers['strict-transport-security'], 'max-age=31536000')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
    const inPopup = Object.fromEntries(pageHeaders({ https: true, keepsOpener: true }))
    assert.equal(inPopup['cross-origin-opener-policy'], 'unsafe-none')
    assert.match(headers['permissions-policy'] ?? '', /^camera=\(\), .*usb=\(\)$/)
  })

  it('is HTML in UTF-8, and kept nowhere [AZ26 HT07]', () => {
    assert.equal(headers['content-type'], 'text/html; charset=utf-8')
    assert.equal(headers['cache-control'], 'no-store')
  })

  it('tells other sites nothing, and the own one the origin of its forms [AZ24]', () => {
    assert.equal(headers['referrer-policy'], 'same-origin')
  })

  it('speaks of https only over https', () => {
    assert.equal(fieldsOf(pageHeaders({ https: false }))['strict-transport-security'], undefined)
  })

  it('names each field once', () => {
    const names = pageHeaders({ https: true, scripts: true }).map(([name]) => name)
    assert.equal(new Set(names).size, names.length)
  })

  it('lets scripts of the site run only when asked, and inline ones only by nonce or hash [HT01]', () => {
    assert.match(policy({ scripts: true }), /; script-src 'self'; .*connect-src 'self'/)
    assert.match(policy({ nonce: 'abcdefghijklmnopqrstuv' }), /; script-src 'nonce-abcdefghijklmnopqrstuv'; /)
    assert.ok(policy({ scriptHash: hash }).includes(`; script-src '${hash}'; `))
    assert.ok(policy({ styleHash: hash }).includes(`; style-src 'self' '${hash}'; `))
    const all = policy({ scripts: true, nonce: 'abcdefghijklmnopqrstuv', scriptHash: hash, styleHash: hash })
    assert.doesNotMatch(all, /unsafe-inline|unsafe-eval/)
  })

  it('lets forms lead to named places', () => {
    const formAction = ['https://app.example', 'http://127.0.0.1:8080', 'http://[::1]:8080', 'com.example.app:']
    assert.ok(policy({ formAction }).includes(`; form-action 'self' ${formAction.join(' ')}; `))
  })

  it('refuses what would break out of the policy, and does not repeat it', () => {
    const targets = [
      '',
      '*',
      'https://*.example',
      'https://a;script-src *',
      'https://a b',
      'https://a/path',
      "'unsafe-inline'",
      'https://a\r\nx: y',
    ]
    for (const target of targets) {
      assert.throws(() => policy({ formAction: [target] }), /formAction/)
    }
    for (const nonce of ['', 'short', "abcdefghijklmnopqrstuv'", 'abcdefghijklmnopqrstuv;']) {
      assert.throws(() => policy({ nonce }), /nonce/)
    }
    for (const wrong of [
      '',
      'sha256-',
      'sha256-abc',
      `${hash}'`,
      'md5-abc',
      hash.slice(7),
      `sha384-${'A'.repeat(43)}=`,
    ]) {
      assert.throws(() => policy({ scriptHash: wrong }), /scriptHash/)
      assert.throws(() => policy({ styleHash: wrong }), /styleHash/)
    }
  })
})

describe('apiHeaders', () => {
  it('is JSON in UTF-8 that is no page and is kept nowhere [HT07]', () => {
    const headers = fieldsOf(apiHeaders({ https: true }))
    assert.equal(headers['content-type'], 'application/json; charset=utf-8')
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'")
    assert.equal(headers['strict-transport-security'], 'max-age=31536000')
  })

  it('speaks of https only over https', () => {
    assert.equal(fieldsOf(apiHeaders({ https: false }))['strict-transport-security'], undefined)
  })

  it('leaves it to CORS who may read it', () => {
    assert.equal(fieldsOf(apiHeaders({ https: true }))['cross-origin-resource-policy'], undefined)
  })
})

function policy(options: Omit<Parameters<typeof pageHeaders>[0], 'https'>): string {
  return fieldsOf(pageHeaders({ https: true, ...options }))['content-security-policy'] ?? ''
}

function fieldsOf(fields: HeaderFields): Readonly<Record<string, string>> {
  return Object.fromEntries(fields)
}
