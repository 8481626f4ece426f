import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { httpsUriFault, originFault, pageUriFault, redirectUriFault, resourceFault } from './registered-uri.ts'

const native = { isNative: true }

describe('redirectUriFault', () => {
  it('takes https, this machine by its address, and private-use schemes of applications on a device [AZ38 RU02 B-URI-07 B-URI-09]', () => {
    for (const uri of [
      'https://app.example/cb',
      'https://app.example',
      'https://app.example:8443/cb;v=1?a=b&c=%20d',
      'https://APP.example/cb',
      'https://192.0.2.1/cb',
      'https://[2001:db8::1]/cb',
      'https://app.example/cb?',
      'http://127.0.0.1/cb',
      'http://127.0.0.1:9999/cb',
      'http://[::1]:9999/cb?x=1',
    ]) {
      assert.equal(redirectUriFault(uri), null, uri)
    }
    for (const uri of ['com.example.app:/cb', 'com.example.app:/', 'io.example.my-app.v2:/oauth/cb?x=1']) {
      assert.equal(redirectUriFault(uri, native), null, uri)
    }
  })

  it('refuses http to anywhere else, localhost too unless that is allowed [AZ38 B-URI-07 B-URI-08]', () => {
    for (const uri of [
      'http://app.example/cb',
      'http://localhost/cb',
      'http://localhost.evil.example/cb',
      'http://127.0.0.1.evil.example/cb',
      'http://127.0.0.2/cb',
      'http://0.0.0.0/cb',
      'http://192.0.2.1/cb',
    ]) {
      assert.match(redirectUriFault(uri) ?? '', /for this machine alone/, uri)
    }
    assert.equal(redirectUriFault('http://localhost:3000/cb', { allowLocalhost: true }), null)
    assert.notEqual(redirectUriFault('http://localhost.evil.example/cb', { allowLocalhost: true }), null)
  })

  it('refuses a fragment, a bare # too, but not an encoded one (RFC 6749, section 3.1.2) [RU05 B-URI-03]', () => {
    for (const uri of [
      'https://app.example/cb#',
      'https://app.example/cb#a',
      'https://app.example/#/cb',
      'com.example.app:/cb#',
    ]) {
      assert.match(redirectUriFault(uri, native) ?? '', /fragment/, uri)
    }
    assert.equal(redirectUriFault('https://app.example/cb%23a'), null)
  })

  it('refuses a user name, and whatever could be read in two ways [B-URI-05 B-URI-06]', () => {
    for (const uri of [
      'https://ada@app.example/cb',
      'https://ada:secret@app.example/cb',
      'https://@app.example/cb',
      String.raw`https://app.example\@evil.example/cb`,
      'https://app.example/a/../cb',
      'https://app.example/./cb',
      'https://app.example/a/%2e%2E/cb',
      'https://app.example/..',
      'http://127.1/cb',
      'http://2130706433/cb',
      'http://0x7f.0.0.1/cb',
      'http://[0:0:0:0:0:0:0:1]/cb',
      'https://app.example/c b',
      ' https://app.example/cb',
      'https://app.example/cb\n',
      'https://app.example/\u00e9',
      'https://\u0430pp.example/cb',
      'https://app.example/%zz',
      'https://app.example:/cb',
      'HTTP://127.0.0.1/cb',
    ]) {
      assert.notEqual(redirectUriFault(uri), null, uri)
    }
  })

  it('refuses what has no host or cannot be read, and never fails [B-URI-10 B-URI-22]', () => {
    for (const uri of [
      '',
      'https',
      'https:',
      'https:/cb',
      'https://',
      'https:///cb',
      'https://?a',
      'https://[::1/cb',
      'https://[zz]/cb',
      'https://app.example:99999/cb',
      'https://<script>/cb',
      'https://app.example/<script>',
      '/cb',
      '//app.example/cb',
      'app.example/cb',
      'https://%41pp.example/cb',
    ]) {
      assert.notEqual(redirectUriFault(uri, { ...native, allowWildcards: true, allowLocalhost: true }), null, uri)
    }
  })

  it('refuses every other scheme, also of applications on a device [B-URI-09 B-URI-16]', () => {
    for (const uri of [
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      'javascript:/cb',
      'data:text/html,x',
      'vbscript:x',
      'file:///etc/passwd',
      'blob:https://app.example/x',
      'about:blank',
      'ftp://app.example/cb',
      'ws://app.example/cb',
      'wss://app.example/cb',
      'mailto:a@app.example',
      'urn:ietf:wg:oauth:2.0:oob',
      'myapp:/cb',
      'com.example.app://cb',
      'com.example.app:///cb',
      'com.example.app:cb',
      'com..app:/cb',
      'com.:/cb',
      'Com.Example.App:/cb',
    ]) {
      assert.notEqual(redirectUriFault(uri, native), null, uri)
    }
  })

  it('keeps private-use schemes to native and public applications (RFC 8252, section 7.1)', () => {
    assert.match(redirectUriFault('com.example.app:/cb') ?? '', /native and public/)
  })

  it('refuses wildcards [B-URI-11]', () => {
    for (const uri of [
      'https://*.example.com/cb',
      'https://app.example/*',
      'http://127.0.0.1/*',
      'com.example.app:/*',
    ]) {
      assert.match(redirectUriFault(uri, native) ?? '', /wildcard/, uri)
    }
  })

  it('takes one at the beginning of a host, where the server allows that [B-URI-12]', () => {
    const allowed = { allowWildcards: true }
    for (const uri of ['https://*.example.com/cb', 'https://*-x.example.com/cb', 'https://*--site.netlify.app/cb']) {
      assert.equal(redirectUriFault(uri, allowed), null, uri)
    }
    for (const uri of [
      'https://*/cb',
      'https://*.com/cb',
      'https://*-x.com/cb',
      'https://a.*.com/cb',
      'https://a.*.example.com/cb',
      'https://a*.example.com/cb',
      'https://*a.example.com/cb',
      'https://*.*.example.com/cb',
      'https://*.example.com/*',
      'https://x@*.example.com/cb',
      'https://*.example.com/cb#',
      'http://*.example.com/cb',
      '*://app.example.com/cb',
    ]) {
      assert.notEqual(redirectUriFault(uri, allowed), null, uri)
    }
  })

  it('takes long ones, up to 2048 characters [B-URI-18]', () => {
    const uri = (length: number): string => 'https://app.example/'.padEnd(length, 'a')
    assert.equal(redirectUriFault(uri(2048)), null)
    assert.match(redirectUriFault(uri(2049)) ?? '', /longer than 2048/)
  })
})

describe('the other rules for addresses', () => {
  it('take pages with a fragment, on https or this machine', () => {
    assert.equal(pageUriFault('https://app.example/terms#privacy'), null)
    assert.equal(pageUriFault('http://127.0.0.1:3000/'), null)
    for (const uri of ['http://app.example/', 'javascript:alert(1)', 'com.example.app:/x', 'https://a@app.example/']) {
      assert.notEqual(pageUriFault(uri), null, uri)
    }
  })

  it('take https alone for what this server calls', () => {
    assert.equal(httpsUriFault('https://app.example/jwks.json'), null)
    for (const uri of [
      'http://127.0.0.1/jwks.json',
      'https://app.example/#',
      'file:///x',
      'https://a:b@app.example/',
    ]) {
      assert.notEqual(httpsUriFault(uri), null, uri)
    }
  })

  it('take origins without anything behind them [B-URI-19 B-URI-20]', () => {
    assert.equal(originFault('https://app.example'), null)
    assert.equal(originFault('https://app.example:8443'), null)
    for (const origin of [
      'https://app.example/',
      'https://app.example:443',
      'https://app.example/path',
      'https://app.example?',
      'https://a:b@app.example',
      'https://APP.example',
      'http://app.example',
      'https://*.example.com',
      'null',
      '*',
    ]) {
      assert.notEqual(originFault(origin), null, origin)
    }
  })

  it('take resources that are absolute and without fragment (RFC 8707, section 2)', () => {
    for (const uri of ['https://api.example/v1', 'urn:example:api', 'https://api.example/?tenant=1']) {
      assert.equal(resourceFault(uri), null, uri)
    }
    for (const uri of ['api', '/v1', 'https://api.example/#v1', 'https://api.example/a b', '']) {
      assert.notEqual(resourceFault(uri), null, uri)
    }
  })
})
