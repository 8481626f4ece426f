import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { normalisePath } from './path.ts'

describe('normalisePath', () => {
  it('leaves plain paths as they are', () => {
    for (const path of ['/', '/a', '/a/', '/a/b.c', "/~a/b_c-d/e!$&'()*+,=:@", '/a..b/c.']) {
      assert.equal(normalisePath(path), path)
    }
  })

  it('leaves the query off', () => {
    assert.equal(normalisePath('/a?b=%2f&c=//../%00'), '/a')
    assert.equal(normalisePath('/?'), '/')
  })

  it('decodes escapes once', () => {
    assert.equal(normalisePath('/%61dmin/%7Eada'), '/admin/~ada')
    assert.equal(normalisePath('/caf%C3%A9/a%20b'), '/café/a b')
    assert.equal(normalisePath('/100%25'), '/100%')
  })

  it('resolves dot segments, escaped ones too', () => {
    assert.equal(normalisePath('/a/./b/../c'), '/a/c')
    assert.equal(normalisePath('/public/%2e%2e/admin'), '/admin')
    assert.equal(normalisePath('/public/.%2E/admin/'), '/admin/')
    assert.equal(normalisePath('/a/b/..'), '/a/')
    assert.equal(normalisePath('/a/.'), '/a/')
    assert.equal(normalisePath('/.'), '/')
    assert.equal(normalisePath('/a/..'), '/')
    assert.equal(normalisePath('/.well-known/x'), '/.well-known/x')
    assert.equal(normalisePath('/a/.../b'), '/a/.../b')
  })

  it('refuses what servers read differently', () => {
    const ambiguous = [
      ['escaped slash', '/a%2fb', '/a%2Fb', '/..%2fadmin'],
      ['backslash', '/a\\b', '/a%5cb', '/a%5Cb', '\\a'],
      ['double encoding', '/%252e%252e/admin', '/%25%32%65', '/a%252fb', '/a%2525b'],
      ['control characters', '/a%00', '/a%0a', '/a%0d%0aX: y', '/a\0', '/a\n', '/a\t', '/a%7f', '/a%C2%80'],
      ['invalid UTF-8', '/%ff', '/%c0%ae%c0%ae/', '/%e3%80', '/%ed%a0%80'],
      ['broken escapes', '/%', '/%2', '/%zz', '/a%u002e'],
      ['empty segments', '//', '//host', '/a//b', '/..//host', '/a//'],
      ['path parameters', '/admin;a=b/x', '/..;/admin', '/a%3bb'],
      ['above the root', '/..', '/../a', '/a/../../b', '/%2e%2e/a'],
      [
        'what must be escaped',
        '/a b',
        '/é',
        '/a"b',
        '/<a>',
        '/a#b',
        '/a|b',
        '/{a}',
        '/`',
        '/a^b',
        '/\u2024\u2024/',
        '/\ud800',
      ],
      ['no path', '', 'a', '*', 'http://host/', '?a=b', '%2fa'],
    ]
    for (const [what, ...paths] of ambiguous) {
      for (const path of paths) assert.equal(normalisePath(path), null, `${what}: ${JSON.stringify(path)}`)
    }
  })

  it('refuses a path above 8 KiB', () => {
    assert.equal(normalisePath(`/${'a'.repeat(8191)}`)?.length, 8192)
    assert.equal(normalisePath(`/${'a'.repeat(8192)}`), null)
  })

  it('gives what it gave when asked again about it, unless it holds characters that a URL escapes', () => {
    for (const path of ['/a/../b', '/%61/./c/', '/x/%2E/y?z']) {
      const once = normalisePath(path)
      assert.equal(normalisePath(once ?? ''), once)
    }
  })
})
