import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AuthError } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import { createAddressRanges, forwardedFor, networkOf } from './address.ts'
import { credentialOf, readAuthorization } from './authorization.ts'
import { parseClientCertHeader, parseEscapedPem, parseXfcc } from './client-certificate-header.ts'
import { formatCookie, readCookies } from './cookies.ts'
import { parseForm } from './form.ts'
import { createHostCheck } from './hosts.ts'
import { canonicalAddress } from './ip.ts'
import { parseJson } from './json.ts'
import { wantsHtml } from './negotiate.ts'
import { safeNext } from './next.ts'
import { parseBody } from './parse-body.ts'
import { normalisePath } from './path.ts'
import { createOriginCheck } from './request-origin.ts'
import { isSpecialAddress } from './special-addresses.ts'

/** A failure names its seed and input: that pair is the regression test to write. */
const seed = 20_261_124
const rounds = 4000

describe('parsers under made-up input', () => {
  it('readAuthorization and credentialOf throw nothing but bad_authorization_header', () => {
    each(['Bearer', 'bearer ', ' ', '\t', ',', 'abc.def', '==', 'Basic', 'é', '\0', '"', 'a='], (value) => {
      const request = withHeader('authorization', value)
      readAuthorization(request)
      const credential = only(['bad_authorization_header'], () => credentialOf(request, 'bearer'))
      if (credential !== null) assert.match(credential, /^[\x21-\x2b\x2d-\x7e]+$/)
    })
  })

  it('readCookies gives what a plain split gives', () => {
    each(['s', '=', ';', '; ', ' ', '\t', 'a', 'ss', '"', 's=1', ',', '\u00a0', '__Host-s'], (header) => {
      const split = header.split(';').map((pair) => pair.replaceAll(/^[ \t]+|[ \t]+$/g, ''))
      const expected = split.filter((pair) => pair.startsWith('s=')).map((pair) => pair.slice(2).replace(/^[ \t]+/, ''))
      assert.deepEqual(readCookies(header, 's'), expected)
    })
  })

  it('formatCookie writes what readCookies reads, or throws TypeError', () => {
    each(['a', 'Z9', '-._~', '=', ';', ' ', '"', '\\', ',', 'é', '\n', '%3B'], (value) => {
      const pair = orTypeError(() => formatCookie('s', value).split('; ')[0] ?? '')
      if (pair !== null) assert.deepEqual(readCookies(`x=1; ${pair}; y=2`, 's'), [value])
    })
  })

  it('parseForm reads what URLSearchParams reads, or refuses', () => {
    each(['a', 'b', '=', '&', '+', '%', '%41', '%e2%82%ac', '%ff', '%00', '\0', 'é', '__proto__', '\ud800'], (body) => {
      const fields = only(['parse_error', 'invalid_request'], () => parseForm(body))
      if (fields !== null) assert.deepEqual({ ...fields }, Object.fromEntries(new URLSearchParams(`?${body}`)))
    })
  })

  it('parseForm takes any bytes, or refuses', () => {
    const next = generator()
    for (let round = 0; round < rounds; round += 1) {
      const bytes = Uint8Array.from({ length: next(12) }, () =>
        next(4) === 0 ? next(256) : '=&%a0+'.charCodeAt(next(6)),
      )
      only(['parse_error', 'invalid_request'], () => parseForm(bytes))
    }
  })

  it('parseJson reads what JSON.parse reads, or refuses', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      '"a"',
      '"b"',
      ':',
      ',',
      '1',
      'null',
      ' ',
      '"\\u0061"',
      '"\\',
      '"',
      '\\',
      '{"a":',
      '"c":{}',
    ]
    each([...pieces, '{}', '"__proto__":1', '\\u0000', '"d":[1,{"a":"x"}]', '\n'], (text) => {
      for (const whole of [text, `{"z":${text}}`, `{${text}}`]) {
        const object = only(['parse_error', 'invalid_request'], () => parseJson(whole))
        if (object !== null) assert.deepEqual(object, JSON.parse(whole.replaceAll(String.raw`\u0061`, 'a')))
      }
    })
  })

  it('parseJson reads back every object that was written, whatever is in its texts', () => {
    const next = generator()
    for (let round = 0; round < rounds / 4; round += 1) {
      const object = { o: madeUp(next, 4) }
      const text = JSON.stringify(object, null, next(3))
      assert.deepEqual(parseJson(text), object)
      assert.deepEqual(parseJson(text.replaceAll('é', String.raw`\u00e9`)), object)
    }
  })

  it('parseBody throws nothing but refusals', async () => {
    const next = generator()
    const types = [
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=xx',
      ';',
      'charset=',
      'utf-8',
      '"',
      ',',
    ]
    const pieces = [
      '--xx',
      '\r\n',
      'Content-Disposition: form-data; name="a"',
      '"',
      '--',
      '{',
      '}',
      'a=1',
      '&',
      '\r',
      ':',
      'filename="b"',
    ]
    for (let round = 0; round < rounds / 4; round += 1) {
      const [type, body] = [textOf(next, types, 3), textOf(next, pieces, 12)]
      try {
        await parseBody(type, Buffer.from(body))
      } catch (error) {
        assertRefusal(['parse_error', 'invalid_request', 'unsupported_media_type'], error, `${type} | ${body}`)
      }
    }
  })

  it('normalisePath gives a path without dots, doubled slashes and controls, or null', () => {
    each(
      ['/', '.', '..', 'a', '%2e', '%2f', '%', '%25', '%5c', '\\', ';', '?', '%00', 'é', '%c3%a9', '//', '\0'],
      (raw) => {
        const path = normalisePath(`/${raw}`)
        if (path === null) return
        assert.match(path, /^\//)
        // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
        assert.doesNotMatch(path, /\/\/|\/\.{1,2}(\/|$)|[\x00-\x1f\\;?]/)
      },
    )
  })

  it('safeNext never leaves the site, as the platform resolves it', () => {
    const pieces = [
      '/',
      '\\',
      '.',
      '..',
      '@',
      ':',
      'evil.example',
      'https:',
      'javascript:',
      '%2f',
      '%5c',
      '%2e',
      '\t',
      '\n',
      ' ',
      '?',
      '#',
    ]
    each([...pieces, 'a', '\u3002', '\uff0f', '%09', ';', '//', '\0', '[::1]', 'a@b'], (value) => {
      const target = safeNext(value, '/fallback')
      const resolved = new URL(target, 'https://site.example/accounts/login/')
      assert.equal(resolved.origin, 'https://site.example')
      assert.equal(resolved.pathname.startsWith('//'), false)
      assert.equal(safeNext(target, '/fallback'), target)
    })
  })

  it('addresses are read or not, and never throw', () => {
    const ranges = createAddressRanges(['10.0.0.0/8', '2001:db8::/32'])
    const [list, element] = [
      forwardedFor({ trusted: ['10.0.0.0/8'] }),
      forwardedFor({ trusted: ['10.0.0.0/8'], header: 'forwarded' }),
    ]
    each(
      [
        '1',
        '255',
        '.',
        ':',
        '::',
        'ffff',
        '10.0.0.1',
        '2001:db8::1',
        '[',
        ']',
        '/',
        '%',
        ',',
        'for=',
        '"',
        ';',
        ' ',
        '8',
      ],
      (text) => {
        const plain = canonicalAddress(text)
        if (plain !== null) assert.equal(canonicalAddress(plain), plain)
        networkOf(text)
        ranges(text)
        isSpecialAddress(text)
        orTypeError(() => createAddressRanges([text]))
        for (const [find, name] of [
          [list, 'x-forwarded-for'],
          [element, 'forwarded'],
        ] as const) {
          const found = find({ ...withHeader(name, text), peer: { address: '10.0.0.1' } })
          assert.equal(canonicalAddress(found ?? ''), found)
        }
      },
    )
  })

  it('client certificate headers are read or refused', () => {
    const pieces = [
      ':',
      'MAIFAA==',
      'MAA=',
      '"',
      '\\',
      ';',
      ',',
      '=',
      'By',
      'Hash=',
      'Cert=',
      'URI=',
      'DNS=a',
      'Subject="a"',
      ' ',
      '%',
      '%0A',
    ]
    each([...pieces, '-----BEGIN%20CERTIFICATE-----', '-----END%20CERTIFICATE-----', 'é', 'f'.repeat(64)], (value) => {
      for (const parse of [parseClientCertHeader, parseEscapedPem, parseXfcc])
        only(['authentication_failed'], () => parse(value))
    })
  })

  it('hosts, origins and preferences are judged, and never throw anything else', () => {
    const hosts = createHostCheck(['api.example', 'localhost:*'])
    const origins = createOriginCheck()
    each(
      [
        'api.example',
        'localhost',
        ':',
        '80',
        '*',
        '/',
        '@',
        ',',
        ' ',
        '[',
        ']',
        'https://',
        'null',
        'text/html',
        ';q=',
        '0.5',
        '\0',
      ],
      (value) => {
        only(['host_not_allowed'], () => hosts(withHeader('host', value)))
        only(['host_not_allowed'], () => hosts({ ...withHeader('host', 'api.example'), url: value }))
        for (const name of ['origin', 'referer', 'sec-fetch-site', 'host'])
          only(['csrf_failed'], () => origins(withHeader(name, value)))
        assert.equal(typeof wantsHtml(withHeader('accept', value)), 'boolean')
        orTypeError(() => createHostCheck([value]))
      },
    )
  })
})

/** Texts put together from pieces that mean something to the parser, and now and then from any characters at all. */
function each(pieces: readonly string[], check: (text: string) => void): void {
  const next = generator()
  for (let round = 0; round < rounds; round += 1) {
    const text = round % 10 === 0 ? noise(next) : textOf(next, pieces, 10)
    try {
      check(text)
    } catch (error) {
      throw new Error(`Seed ${seed}, round ${round}: ${JSON.stringify(text)}`, { cause: error })
    }
  }
}

function textOf(next: (below: number) => number, pieces: readonly string[], most: number): string {
  return Array.from({ length: next(most) }, () => pieces[next(pieces.length)]).join('')
}

function noise(next: (below: number) => number): string {
  return String.fromCharCode(...Array.from({ length: next(20) }, () => next(next(2) === 0 ? 0x80 : 0x1_0000)))
}

function madeUp(next: (below: number) => number, depth: number): unknown {
  const kind = next(depth === 0 ? 3 : 5)
  if (kind === 0) return next(1000) / 8
  if (kind === 1) return [true, false, null][next(3)]
  if (kind === 2) return noise(next).toWellFormed().replaceAll('\0', '"\\{')
  const parts = Array.from({ length: next(4) }, () => madeUp(next, depth - 1))
  return kind === 3
    ? parts
    : Object.fromEntries(parts.map((part, at) => [`${at}${textOf(next, ['{', ']', ':', 'a', 'é'], 3)}`, part]))
}

/** mulberry32: the same numbers from the same seed, everywhere. */
function generator(): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

function only<Result>(codes: readonly string[], parse: () => Result): Result | null {
  try {
    return parse()
  } catch (error) {
    assertRefusal(codes, error, '')
    return null
  }
}

function assertRefusal(codes: readonly string[], error: unknown, input: string): void {
  if (!(error instanceof AuthError) || !codes.includes(error.code))
    throw new Error(`Not refused as documented: ${input}`, { cause: error })
}

function orTypeError<Result>(make: () => Result): Result | null {
  try {
    return make()
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

function withHeader(name: string, value: string): AuthRequest {
  return { method: 'POST', url: '/', headers: { get: (asked) => (asked === name ? value : null) } }
}
