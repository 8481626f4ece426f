import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { safeNext } from './next.ts'

describe('safeNext', () => {
  it('lets paths of this site through', () => {
    const authorize = '/o/authorize/?client_id=a&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=%0A%E2%82%AC'
    for (const path of ['/', '/a/b', '/a?b=//c', '/a#b', '/a?next=/b', '/caf%C3%A9', authorize]) {
      assert.equal(safeNext(path, '/home'), path)
    }
  })

  it('resolves dot segments', () => {
    assert.equal(safeNext('/a/../b?c', '/home'), '/b?c')
  })

  it('falls back where there is none', () => {
    for (const value of [null, '']) assert.equal(safeNext(value, '/home'), '/home')
  })

  it('falls back for other places [B-SESS-16]', () => {
    const elsewhere = [
      'https://evil.example',
      'http://evil.example/',
      'HTTPS://evil.example',
      '//evil.example',
      '///evil.example',
      '////evil.example/..',
      '/\\evil.example',
      '\\\\evil.example',
      '\\/evil.example',
      'https:evil.example',
      'https:/evil.example',
      'https:///evil.example',
      '/..//evil.example',
      '/.//evil.example',
      '/a/..//evil.example',
      '/%2e%2e//evil.example',
      '/../../evil',
      '@evil.example',
      'evil.example',
      'a/b',
      '?a',
      '#a',
      '.',
      '..',
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      'javascript://%0aalert(1)',
      'data:text/html,a',
      'vbscript:a',
      'mailto:a@evil.example',
      'https://site.invalid/a',
      'https://user@evil.example/',
    ]
    for (const value of elsewhere) assert.equal(safeNext(value, '/home'), '/home', value)
  })

  it('falls back for control characters, blanks and line ends, wherever they stand [B-SESS-16]', () => {
    for (const code of [0, 9, 10, 13, 32, 127, 0xa0, 0x2028, 0xfeff]) {
      const sign = String.fromCharCode(code)
      for (const value of [`${sign}/a`, `/${sign}/evil.example`, `/a${sign}`, `/a?b=${sign}`, `java${sign}script:a`]) {
        assert.equal(safeNext(value, '/home'), '/home', JSON.stringify(value))
      }
    }
  })

  it('falls back for slashes and dots beyond ASCII, escaped ones too [B-SESS-16]', () => {
    const signs = ['\u2044', '\u2215', '\uff0f', '\uff3c', '\u29f8']
    for (const sign of signs) {
      assert.equal(safeNext(`/${sign}evil.example`, '/home'), '/home')
      assert.equal(safeNext(`/${encodeURIComponent(sign)}evil.example`, '/home'), '/home', sign)
    }
    for (const dots of ['\uff0e\uff0e', '\u2025', '\u2024\u2024']) {
      assert.equal(safeNext(`/a/${dots}/b`, '/home'), '/home')
      assert.equal(safeNext(`/a/${encodeURIComponent(dots)}/b`, '/home'), '/home', dots)
    }
  })

  it('falls back for percent-encoded tricks [B-SESS-16]', () => {
    for (const path of [
      '/%2f%2fevil',
      '/%2Fevil',
      '/%5cevil',
      '/%09/evil',
      '/%0d%0aLocation:x',
      '/%00',
      '/%252fevil',
      '/%',
      '/%ff',
    ]) {
      assert.equal(safeNext(path, '/home'), '/home', path)
    }
  })

  it('falls back for huge values', () => {
    assert.equal(safeNext(`/${'a'.repeat(8192)}`, '/home'), '/home')
    assert.equal(safeNext('/'.repeat(1_000_000), '/home'), '/home')
  })

  it('lets allowed origins through, and those exactly', () => {
    const allowed = ['https://app.example', 'http://localhost:3000']
    assert.equal(safeNext('https://app.example/a?b#c', '/home', allowed), 'https://app.example/a?b#c')
    assert.equal(safeNext('https://app.example', '/home', allowed), 'https://app.example/')
    assert.equal(safeNext('HTTPS://APP.example:443/a', '/home', allowed), 'https://app.example/a')
    assert.equal(safeNext('http://localhost:3000/', '/home', allowed), 'http://localhost:3000/')
    const others = [
      'http://app.example/',
      'https://app.example:8443/',
      'https://app.example.evil.example/',
      'https://xapp.example/',
    ]
    const tricks = [
      'https://app.example@evil.example/',
      'https://a:b@app.example/',
      'https://app.example%2eevil.example',
      '//app.example/',
    ]
    const paths = ['https://app.example//evil', 'https://app.example/%2fevil', 'blob:https://app.example/a']
    for (const value of [...others, ...tricks, ...paths])
      assert.equal(safeNext(value, '/home', allowed), '/home', value)
  })

  it('never lets a listed opaque origin in', () => {
    assert.equal(safeNext('javascript:alert(1)', '/home', ['null']), '/home')
  })
})
