import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermissionDenied } from '../core/errors.ts'
import { readOriginalRequest, type Gateway, type OriginalRequest } from './original-request.ts'

const nginx = { 'x-original-url': 'https://notes.example/a/b?c=d', 'x-original-method': 'GET' }
const forward = {
  'x-forwarded-method': 'POST',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'notes.example',
  'x-forwarded-uri': '/a/b?c=d',
}
const envoy = { host: 'notes.example' }
const read = { method: 'GET', host: 'notes.example', target: '/a/b?c=d', path: '/a/b' }

describe('readOriginalRequest', () => {
  it('reads X-Original-URL and X-Original-Method of nginx', () => {
    assert.deepEqual(readFor('nginx', nginx), read)
  })

  it('reads X-Forwarded-Method, -Proto, -Host and -Uri of the forward gateways', () => {
    assert.deepEqual(readFor('forward', forward), { ...read, method: 'POST' })
  })

  it('reads method, Host and the path behind the prefix for Envoy', () => {
    const asked = { method: 'DELETE', url: '/verify/envoy/a/b?c=d' }
    assert.deepEqual(readFor('envoy', envoy, asked), { ...read, method: 'DELETE' })
  })

  it('reads nothing but the headers of its own gateway', () => {
    const all = { ...nginx, ...forward, ...envoy }
    const seen = new Set<string>()
    for (const gateway of ['nginx', 'forward', 'envoy'] as const) {
      seen.clear()
      const headers = { get: (name: string) => (seen.add(name), all[name as keyof typeof all] ?? null) }
      const request = { method: 'GET', url: '/verify/envoy/a', headers }
      readOriginalRequest(gateway, request, { secure: true, envoyPrefix: '/verify/envoy' })
      const wanted = { nginx: Object.keys(nginx), forward: Object.keys(forward), envoy: ['host'] }[gateway]
      assert.deepEqual([...seen].toSorted(), wanted.toSorted(), gateway)
    }
  })

  for (const [gateway, headers] of [
    ['nginx', nginx],
    ['forward', forward],
    ['envoy', envoy],
  ] as const) {
    for (const name of Object.keys(headers)) {
      it(`refuses a question of ${gateway} without ${name}, with it empty, or with two values`, () => {
        const value = headers[name as keyof typeof headers] as string
        refuses(gateway, { ...headers, [name]: null })
        refuses(gateway, { ...headers, [name]: '' })
        const doubled = readOrRefuse(gateway, { ...headers, [name]: `${value}, ${value}` })
        // A host with a comma in it is read as one, and no route has it.
        assert.ok(doubled === null || doubled.host.includes(','), name)
      })
    }
  }

  for (const target of [
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/a\\b',
    '/a%00b',
    '/a%0d%0ab',
    '/a\tb',
    '/a b',
    '/a//b',
    '//evil.example/a',
    '/a%252fb',
    '/a%252e%252e/b',
    '/a;b=c/d',
    '/../a',
    '/a/%2e%2e/%2e%2e/b',
    '/%c3%28',
    '/%ff',
    '/é',
    '/a#b',
    '/a?b#c',
    '/a?b c',
    '/a?é',
    'a',
    '*',
    'https://notes.example/a',
    `/${'a'.repeat(9000)}`,
  ]) {
    it(`refuses ${target.slice(0, 40)}, which could be read in more than one way`, () => {
      refuses('forward', { ...forward, 'x-forwarded-uri': target })
      refuses('nginx', { ...nginx, 'x-original-url': `https://notes.example${target}` })
      refuses('envoy', envoy, { method: 'GET', url: `/verify/envoy${target}` })
    })
  }

  it('decodes a path once and resolves its dots', () => {
    const { path, target } = readFor('forward', { ...forward, 'x-forwarded-uri': '/a/./x/../%62%C3%A9?q=%2f' })
    assert.equal(path, '/a/bé')
    assert.equal(target, '/a/./x/../%62%C3%A9?q=%2f')
  })

  for (const method of ['get', 'GET, GET', 'GET POST', 'G', 'GET\0', 'A'.repeat(33), '1', '-', 'constructor']) {
    const fits = method === 'G'
    it(`${fits ? 'takes' : 'refuses'} the method ${JSON.stringify(method)}`, () => {
      const told = readOrRefuse('forward', { ...forward, 'x-forwarded-method': method })
      assert.equal(told?.method ?? null, fits ? method : null)
    })
  }

  for (const scheme of ['http', 'ws', 'HTTPS', 'https,http', 'https, https', 'ftp', 'javascript']) {
    it(`refuses the scheme ${scheme} where the site has https`, () => {
      refuses('forward', { ...forward, 'x-forwarded-proto': scheme })
      refuses('nginx', { ...nginx, 'x-original-url': `${scheme}://notes.example/a` })
    })
  }

  it('takes the scheme of a WebSocket, and http where the site has no https', () => {
    assert.equal(readFor('forward', { ...forward, 'x-forwarded-proto': 'wss' }).path, '/a/b')
    const plain = { method: 'GET', url: '/', headers: headersOf({ ...forward, 'x-forwarded-proto': 'http' }) }
    assert.equal(readOriginalRequest('forward', plain, { secure: false, envoyPrefix: '' }).path, '/a/b')
  })

  it('writes hosts in lower case and without the default port, and no other port', () => {
    assert.equal(readFor('forward', { ...forward, 'x-forwarded-host': 'Notes.Example:443' }).host, 'notes.example')
    assert.equal(
      readFor('forward', { ...forward, 'x-forwarded-host': 'notes.example:8443' }).host,
      'notes.example:8443',
    )
    assert.equal(readFor('forward', { ...forward, 'x-forwarded-host': 'notes.example:80' }).host, 'notes.example:80')
  })

  for (const url of [
    'https://notes.example',
    'https://user@notes.example/a',
    'https://user:secret@notes.example/a',
    'https:///a',
    'https:/notes.example/a',
    '//notes.example/a',
    '/a',
    ' https://notes.example/a',
    'https://notes.example /a',
    'https://notes.example/a, https://notes.example/b',
    'https://notes.example/a\nhttps://notes.example/b',
    'https://notes.example?/a',
  ]) {
    it(`refuses ${JSON.stringify(url)} as X-Original-URL`, () => {
      refuses('nginx', { ...nginx, 'x-original-url': url })
    })
  }

  for (const url of [
    '/verify/envoy',
    '/verify/envoy?a',
    '/verify/envoyx/a',
    '/verify/nginx/a',
    'https://x/verify/envoy/a',
  ]) {
    it(`refuses the target ${url} from Envoy, whose path does not follow the prefix`, () => {
      refuses('envoy', envoy, { method: 'GET', url })
    })
  }

  it('gives for made-up targets what a browser would ask for, or refuses', () => {
    const next = generator()
    const parts = [
      '/',
      'a',
      'admin',
      '.',
      '..',
      '%2e',
      '%2E%2e',
      '%2f',
      '%',
      '%00',
      '%C3%A9',
      '//',
      ';',
      '?',
      '#',
      '\\',
      '\t',
    ]
    let taken = 0
    for (let round = 0; round < 4000; round += 1) {
      const target = `/${Array.from({ length: next(8) }, () => parts[next(parts.length)]).join('')}`
      const told = readOrRefuse('forward', { ...forward, 'x-forwarded-uri': target })
      if (told === null) continue
      taken += 1
      assert.equal(told.path, decodeURIComponent(new URL(target, 'https://notes.example').pathname), target)
      assert.doesNotMatch(told.path, /\/\/|\/\.{1,2}(\/|$)|\\|%2f/i, target)
    }
    assert.ok(taken > 100)
  })

  it('throws nothing but a refusal for made-up metadata', () => {
    const next = generator()
    const parts = [
      'GET',
      'https',
      '://',
      'notes.example',
      '/',
      ',',
      ' ',
      '\0',
      '\r\n',
      'é',
      '@',
      ':',
      '443',
      '?',
      '#',
      '%2f',
    ]
    const made = (): string => Array.from({ length: next(7) }, () => parts[next(parts.length)]).join('')
    for (let round = 0; round < 4000; round += 1) {
      const name = Object.keys(forward)[next(4)] as string
      readOrRefuse('forward', { ...forward, [name]: made() })
      readOrRefuse('nginx', { ...nginx, [['x-original-url', 'x-original-method'][next(2)] as string]: made() })
      readOrRefuse('envoy', { host: made() }, { method: made(), url: `/verify/envoy${made()}` })
    }
  })
})

interface Asked {
  readonly method: string
  readonly url: string
}

const question = { method: 'GET', url: '/verify/envoy/a/b?c=d' }

function readFor(gateway: Gateway, headers: object, asked: Asked = question): OriginalRequest {
  const request = { ...asked, headers: headersOf(headers) }
  return readOriginalRequest(gateway, request, { secure: true, envoyPrefix: '/verify/envoy' })
}

function readOrRefuse(gateway: Gateway, headers: object, asked?: Asked): OriginalRequest | null {
  try {
    return readFor(gateway, headers, asked)
  } catch (error) {
    assert.ok(error instanceof PermissionDenied, String(error))
    return null
  }
}

function refuses(gateway: Gateway, headers: object, asked?: Asked): void {
  assert.throws(() => readFor(gateway, headers, asked), PermissionDenied)
}

function headersOf(headers: object): { readonly get: (name: string) => string | null } {
  return { get: (name) => (headers as Readonly<Record<string, string>>)[name] ?? null }
}

/** The same numbers each time (mulberry32). */
function generator(): (below: number) => number {
  let state = 20_261_124
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
