import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clearCookie, formatCookie, readCookies } from './cookies.ts'

describe('readCookies', () => {
  it('finds a cookie wherever it stands', () => {
    assert.deepEqual(readCookies('sessionid=abc', 'sessionid'), ['abc'])
    assert.deepEqual(readCookies('a=1; sessionid=abc; b=2', 'sessionid'), ['abc'])
    assert.deepEqual(readCookies('a=1;sessionid=abc', 'sessionid'), ['abc'])
    assert.deepEqual(readCookies('a=1; \t sessionid=abc \t ; b=2', 'sessionid'), ['abc'])
  })

  it('is empty where there is none', () => {
    for (const header of [null, '', ';', '; ;', 'sessionid', 'sessionid;', 'a=1', '=sessionid', ' =x']) {
      assert.deepEqual(readCookies(header, 'sessionid'), [], String(header))
    }
  })

  it('gives every value of a doubled cookie in the order sent', () => {
    assert.deepEqual(readCookies('s=1; a=s=9; s=2;s=', 's'), ['1', '2', ''])
  })

  it('takes no other name for it', () => {
    for (const header of ['xs=1', 's2=1', 'S=1', 'a=s=1', '"s=1', 's =1', '__Host-s=1', 'a=1, s=2', 'a="s=1"']) {
      assert.deepEqual(readCookies(header, 's'), [], header)
    }
    assert.deepEqual(readCookies('aaa=1; aa=2; a=3', 'a'), ['3'])
  })

  it('takes no other character for a blank, so that a planted name cannot pass for a prefixed one', () => {
    for (const blank of ['\u00a0', '\u2003', '\ufeff', '\v', '\f', '\0']) {
      assert.deepEqual(readCookies(`a=1;${blank}__Host-s=evil`, '__Host-s'), [])
    }
  })

  it('decodes nothing: quotes, percent signs and equals signs stay', () => {
    assert.deepEqual(readCookies('s="a"; b=1', 's'), ['"a"'])
    assert.deepEqual(readCookies('s=%3b%20a', 's'), ['%3b%20a'])
    assert.deepEqual(readCookies('s=a=b==', 's'), ['a=b=='])
    // A quoted semicolon ends the value all the same, as in browsers.
    assert.deepEqual(readCookies('s="a; s=b"', 's'), ['"a', 'b"'])
  })

  it('reads a huge header of blanks and near misses', () => {
    assert.deepEqual(readCookies(`${'s '.repeat(50_000)}; ${'s'.repeat(50_000)}; s=1`, 's'), ['1'])
  })
})

describe('formatCookie', () => {
  it('is Secure, HttpOnly, SameSite=Lax, for the whole host unless told otherwise [B-SESS-19 SE01]', () => {
    assert.equal(formatCookie('__Host-session', 'abc'), '__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax')
  })

  it('writes what it is told', () => {
    const options = {
      secure: false,
      httpOnly: false,
      sameSite: 'Strict',
      path: '/api',
      domain: 'a.example',
      maxAge: 60,
    } as const
    assert.equal(formatCookie('c', 'v', options), 'c=v; Path=/api; Domain=a.example; Max-Age=60; SameSite=Strict')
    assert.equal(formatCookie('c', 'v', { sameSite: 'None' }), 'c=v; Path=/; Secure; HttpOnly; SameSite=None')
  })

  it('refuses names that are no tokens', () => {
    for (const name of ['', 'a b', 'a=b', 'a;b', 'a,b', 'é', 'a\0', '"a"', 'a\r\nb', 'a/b', '{a}']) {
      assert.throws(() => formatCookie(name, 'v'), TypeError, name)
    }
  })

  it('refuses values that would need encoding, and does not repeat them', () => {
    for (const value of ['a b', 'a;b', 'a,b', 'a"b', 'a\\b', 'é', 'a\0', 'a\r\nSet-Cookie: x=y', '\u007f']) {
      assert.throws(
        () => formatCookie('c', value),
        (error: Error) => error instanceof TypeError && !error.message.includes(value),
      )
    }
  })

  it('refuses what browsers would drop for its size', () => {
    assert.equal(formatCookie('c', 'v'.repeat(4095)).startsWith('c=v'), true)
    assert.throws(() => formatCookie('c', 'v'.repeat(4096)), /4,096/)
  })

  it('refuses attributes that break out of theirs', () => {
    for (const path of ['', 'api', '/a;b', '/a\r\nb', '/é'])
      assert.throws(() => formatCookie('c', 'v', { path }), /path/)
    for (const domain of ['', '.', 'a;b', 'a b', '-a.', 'a..\r\n']) {
      assert.throws(() => formatCookie('c', 'v', { domain }), /domain/)
    }
    for (const maxAge of [-1, 0.5, Number.NaN, Infinity]) {
      assert.throws(() => formatCookie('c', 'v', { maxAge }), /maxAge/)
    }
    assert.throws(() => formatCookie('c', 'v', { sameSite: 'None', secure: false }), /secure/)
  })

  it('holds prefixed names to their promises, whatever their case [SE01]', () => {
    for (const name of ['__Host-s', '__HOST-s', '__host-s']) {
      assert.throws(() => formatCookie(name, 'v', { secure: false }), /secure/)
      assert.throws(() => formatCookie(name, 'v', { path: '/api' }), /path/)
      assert.throws(() => formatCookie(name, 'v', { domain: 'a.example' }), /domain/)
    }
    assert.throws(() => formatCookie('__secure-s', 'v', { secure: false }), /secure/)
    assert.match(formatCookie('__Secure-s', 'v', { path: '/api', domain: 'a.example' }), /^__Secure-s=v; Path=\/api/)
  })
})

describe('clearCookie', () => {
  it('ends a cookie with the attributes it was set with [SE04]', () => {
    assert.equal(clearCookie('__Host-s'), '__Host-s=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax')
    assert.equal(clearCookie('c', { path: '/api', secure: false }), 'c=; Path=/api; Max-Age=0; HttpOnly; SameSite=Lax')
  })
})
