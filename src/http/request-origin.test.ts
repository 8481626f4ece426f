import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermissionDenied } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import { createOriginCheck } from './request-origin.ts'

type Headers = Readonly<Record<string, string>>

const own = 'https://site.example'
const listed = 'https://app.example'

describe('createOriginCheck', () => {
  const check = createOriginCheck({ origins: [listed, 'https://sub.site.example'] })

  it('lets safe methods pass from anywhere [B-SESS-08]', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE']) {
      check(request({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, method))
    }
  })

  it('checks every other method, known or not', () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'QUERY', 'get', '']) {
      assert.throws(() => check(request({ origin: 'https://evil.example' }, method)), PermissionDenied, method)
    }
  })

  it('lets the own and listed origins pass [SE11]', () => {
    check(request({ origin: own }))
    check(request({ origin: own, 'sec-fetch-site': 'same-origin' }))
    check(request({ origin: listed, 'sec-fetch-site': 'cross-site' }))
    check(request({ origin: 'https://sub.site.example', 'sec-fetch-site': 'same-site' }))
    check(request({ 'sec-fetch-site': 'same-origin' }))
    check(request({ 'sec-fetch-site': 'none' }))
    check(request({ origin: 'https://site.example:8443', host: 'site.example:8443' }))
    check(request({ origin: 'https://[::1]:8443', host: '[::1]:8443' }))
  })

  it('refuses Origin: null, even with a claim to be of the same origin [SE11]', () => {
    refused({ origin: 'null' }, /Origin: null/)
    refused({ origin: 'null', 'sec-fetch-site': 'same-origin' }, /Origin: null/)
  })

  it('refuses every other origin [B-SESS-17 SE11]', () => {
    const others = [
      'https://evil.example',
      'https://a.site.example',
      'https://site.example.evil.example',
      'https://app.example:8443',
    ]
    const nearly = [
      'http://site.example',
      'https://site.example:443',
      'https://site.example/',
      'https://SITE.example',
      '',
      'site.example',
    ]
    for (const origin of [...others, ...nearly, `${own}, ${own}`, `${own} ${own}`, 'file://', 'https://']) {
      refused({ origin }, /not this site/)
    }
  })

  it('takes nothing for the own origin without one Host header', () => {
    assert.throws(() => check(bare({ origin: own })), /not this site/)
    refused({ origin: 'https://', host: '' }, /not this site/)
    refused({ origin: own, host: 'site.example, site.example' }, /not this site/)
  })

  it('refuses what comes from other and neighbouring sites, unless its origin is listed [SE11]', () => {
    refused({ 'sec-fetch-site': 'cross-site' }, /another site/)
    refused({ 'sec-fetch-site': 'same-site' }, /neighbouring/)
    refused({ 'sec-fetch-site': 'cross-site', origin: own }, /another site/)
    refused({ 'sec-fetch-site': 'same-site', origin: own }, /neighbouring/)
    for (const site of ['', 'same-origin, same-origin', 'SAME-ORIGIN', 'x'])
      refused({ 'sec-fetch-site': site }, /malformed/)
  })

  it('goes by the Referer over https where the browser sent neither [B-SESS-17 SE11]', () => {
    check(request({ referer: `${own}/form?a` }))
    check(request({ referer: `${listed}/form` }))
    refused({}, /neither Origin nor Referer/)
    for (const referer of ['', 'form', '/form', '//site.example/']) refused({ referer }, /not a URL/)
    for (const referer of [
      'https://evil.example/',
      'http://site.example/',
      'https://site.example@evil.example/',
      'about:blank',
    ]) {
      refused({ referer }, /Referer of the request is not a page/)
    }
  })

  it('has nothing to go by over http where the browser sent neither', () => {
    const overHttp = createOriginCheck({ secure: false })
    overHttp(request({}))
    overHttp(request({ referer: 'https://evil.example/' }))
    overHttp(request({ origin: 'http://site.example' }))
    assert.throws(() => overHttp(request({ origin: 'https://site.example' })), /not this site/)
    assert.throws(() => overHttp(request({ origin: 'http://evil.example' })), /not this site/)
    assert.throws(() => overHttp(request({ origin: 'null' })), /Origin: null/)
  })

  it('names a listed origin that is none', () => {
    for (const origin of [
      '',
      '*',
      'null',
      'app.example',
      'https://app.example/',
      'https://App.example',
      'https://a:443',
      'ftp://a',
    ]) {
      assert.throws(
        () => createOriginCheck({ origins: [origin] }),
        (error: Error) => error instanceof TypeError && error.message.includes(`"${origin}"`),
        origin,
      )
    }
  })

  function refused(headers: Headers, reason: RegExp): void {
    assert.throws(
      () => check(request(headers)),
      (error: unknown) => {
        assert.ok(error instanceof PermissionDenied)
        assert.equal(error.code, 'csrf_failed')
        assert.match(error.message, reason)
        return true
      },
      JSON.stringify(headers),
    )
  }
})

function request(headers: Headers, method = 'POST'): AuthRequest {
  return { ...bare({ host: 'site.example', ...headers }), method }
}

function bare(headers: Headers): AuthRequest {
  return { method: 'POST', url: '/', headers: { get: (name) => headers[name] ?? null } }
}
