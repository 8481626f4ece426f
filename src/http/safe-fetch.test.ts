import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type Server, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { createSafeFetch, FetchRefused, type FetchRefusedReason, type SafeFetchOptions } from './safe-fetch.ts'

/** For tests alone: its own authority, for provider.example, localhost and 127.0.0.1, from 2020 to 2119. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBhzCCAS2gAwIBAgIBATAKBggqhkjOPQQDAjAbMRkwFwYDVQQDDBBwcm92aWRl
ci5leGFtcGxlMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAbMRkw
FwYDVQQDDBBwcm92aWRlci5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
QgAEbr+uvfqPLKK+FVypAmlOu6LXlrANw1Jwo8wzzSTJQpGnALxUcG3h8/TdoAvO
AEqlB6LY+cfyUaeLq+eC1p6416NgMF4wLAYDVR0RBCUwI4IQcHJvdmlkZXIuZXhh
bXBsZYIJbG9jYWxob3N0hwR/AAABMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYE
FEK7xoaTCSrnmX8+u+ff3Dp2dm9hMAoGCCqGSM49BAMCA0gAMEUCIQCHgSL0CKFH
0vlQh/1qpLxnTCXvZR7e3sRb5e9Ccy1migIgAPr3kfUmrA5zAG53eHwIpnhIlTJM
9EfK3A5iIHbMf8M=
-----END CERTIFICATE-----`
const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvRvKIHxOJv5RRbVP
juI4JOPVXgeQa8c2N9huhkHJ7i6hRANCAARuv669+o8sor4VXKkCaU67oteWsA3D
UnCjzDPNJMlCkacAvFRwbeHz9N2gC84ASqUHotj5x/JRp4ur54LWnrjX
-----END PRIVATE KEY-----`

const words = {
  '/plain': (answer) => answer.writeHead(200, { 'x-a': ['1', '2'], 'content-type': 'text/plain' }).end('hello'),
  '/missing': (answer) => answer.writeHead(404).end(),
  '/full': (answer) => answer.end('x'.repeat(65_536)),
  '/declared': (answer) => answer.writeHead(200, { 'content-length': 65_537 }).flushHeaders(),
  '/endless': (answer) => {
    const timer = setInterval(() => answer.write('x'.repeat(10_000)), 1)
    answer.on('close', () => clearInterval(timer))
  },
  '/silent': () => {},
  '/stalls': (answer) => answer.writeHead(200).write('x'),
  '/breaks': (answer) => {
    answer.writeHead(200, { 'content-length': 10 })
    answer.write('x', () => answer.destroy())
  },
  '/gzip': (answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
} as const satisfies Record<string, (answer: ServerResponse) => unknown>

describe('createSafeFetch', () => {
  const asked: string[] = []
  let connections = 0
  const secure = createServer({ key: privateKey, cert: certificate })
  const plain = createHttpServer()
  for (const server of [secure, plain]) {
    server.on('connection', () => (connections += 1))
    server.on('request', (request, answer) => {
      asked.push(`${request.method} ${request.url}`)
      const status = /^\/redirect\/(\d+)/.exec(request.url ?? '')?.[1]
      if (status !== undefined) answer.writeHead(Number(status), { location: '/plain' }).end()
      else if (request.url === '/echo') {
        answer.writeHead(200, { 'x-headers': JSON.stringify(request.headers) })
        request.pipe(answer)
      } else (words as Record<string, (answer: ServerResponse) => unknown>)[request.url ?? '']?.(answer)
    })
  }
  before(() => Promise.all([secure, plain].map((server) => once(server.listen(0, '127.0.0.1'), 'listening'))))
  after(() => {
    for (const server of [secure, plain]) {
      server.closeAllConnections()
      server.close()
    }
  })

  it('gives status, headers and bytes', async () => {
    const answer = await local()(at('/plain'))
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'text/plain')
    assert.equal(answer.headers.get('x-a'), '1, 2')
    assert.equal(Buffer.from(answer.body).toString(), 'hello')
    assert.equal((await local()(at('/missing'))).status, 404)
  })

  it('sends what it is given, and nothing of its own', async () => {
    const headers = { 'content-type': 'text/plain', authorization: 'Basic YTpi' }
    const answer = await local()(at('/echo'), { method: 'POST', headers, body: 'a=€' })
    assert.equal(Buffer.from(answer.body).toString(), 'a=€')
    const { host, connection, ...sent } = JSON.parse(answer.headers.get('x-headers') ?? '') as Record<string, string>
    assert.deepEqual(sent, { ...headers, 'content-length': '5' })
    assert.deepEqual([host, connection], [`provider.example:${portOf(secure)}`, 'close'])
  })

  it('refuses what is no https URL, or holds credentials, without asking anyone [B-OID-18 PR13]', async () => {
    const before = connections
    const schemes = [
      `http://provider.example:${portOf(plain)}/plain`,
      'ftp://provider.example/',
      'file:///etc/passwd',
      'data:,a',
    ]
    const others = [
      '',
      '/plain',
      '//provider.example/',
      'https://',
      'provider.example',
      'javascript:a',
      `https://a/${'a'.repeat(2048)}`,
    ]
    for (const url of [...schemes, ...others]) await refused(local()(url), 'bad_url')
    for (const userinfo of ['a@', 'a:b@', ':b@']) {
      await refused(local()(`https://${userinfo}provider.example:${portOf(secure)}/plain`), 'bad_url')
    }
    assert.equal(connections, before)
  })

  it('asks over plain http only the hosts that it is told to', async () => {
    const url = `http://localhost:${portOf(plain)}/plain`
    await refused(local()(url), 'bad_url')
    assert.equal((await local({ insecureHosts: ['localhost'] })(url)).status, 200)
    await refused(local({ insecureHosts: ['localhost'] })(`http://127.0.0.1:${portOf(plain)}/plain`), 'bad_url')
  })

  it('does not connect to special addresses, however they are written [B-OID-18 PR13]', async () => {
    const before = connections
    const port = portOf(secure)
    const guarded = createSafeFetch({ ca: certificate, insecureHosts: ['127.0.0.1'] })
    for (const host of [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '127.1',
      '0',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::]',
    ]) {
      await refused(guarded(`https://${host}:${port}/plain`), 'bad_address')
    }
    await refused(guarded(`http://127.0.0.1:${portOf(plain)}/plain`), 'bad_address')
    for (const host of ['169.254.169.254', '10.0.0.1', '[fd00::1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]']) {
      await refused(guarded(`https://${host}/`), 'bad_address')
    }
    assert.equal(connections, before)
  })

  it('does not connect where a name leads to a special address, not even among others [B-OID-18]', async () => {
    const before = connections
    for (const addresses of [
      ['127.0.0.1'],
      ['8.8.8.8', '127.0.0.1'],
      ['127.0.0.1', '2606:4700::1111'],
      ['::ffff:127.0.0.1'],
      ['x'],
    ]) {
      const guarded = createSafeFetch({ ca: certificate, lookup: () => Promise.resolve(addresses) })
      await refused(guarded(at('/plain')), 'bad_address')
    }
    assert.equal(connections, before)
  })

  it('resolves a name once, and connects to what it judged [B-OID-18]', async () => {
    let lookups = 0
    const rebinding = (): Promise<readonly string[]> => Promise.resolve([['127.0.0.1'], ['127.0.0.2']][lookups++] ?? [])
    assert.equal((await local({ lookup: rebinding })(at('/plain'))).status, 200)
    assert.equal(lookups, 1)
  })

  it('follows no redirect [B-OID-18 PR13]', async () => {
    const before = asked.length
    for (const status of [300, 301, 302, 303, 307, 308]) await refused(local()(at(`/redirect/${status}`)), 'redirect')
    assert.equal(asked.slice(before).includes('GET /plain'), false)
  })

  it('takes a body up to its limit, and no more, declared or not [B-OID-18 PR13]', async () => {
    assert.equal((await local()(at('/full'))).body.byteLength, 65_536)
    await refused(local()(at('/declared')), 'too_large')
    await refused(local()(at('/endless')), 'too_large')
    await refused(local({ limit: 4 })(at('/plain')), 'too_large')
  })

  it('refuses a compressed body, which could be far larger unpacked', async () => {
    await refused(local()(at('/gzip')), 'encoded')
  })

  it('gives up on a name, a server and a body that take too long [B-OID-18 PR13]', async () => {
    await refused(local({ timeout: 30, lookup: () => new Promise(() => {}) })(at('/plain')), 'timeout')
    await refused(local({ timeout: 100 })(at('/silent')), 'timeout')
    await refused(local({ timeout: 100 })(at('/stalls')), 'timeout')
  })

  it('is refused where a name has no address, nobody answers, or the answer breaks off', async () => {
    await refused(local({ lookup: () => Promise.resolve([]) })(at('/plain')), 'unreachable')
    await refused(local({ lookup: () => Promise.reject(new Error('ENOTFOUND')) })(at('/plain')), 'unreachable')
    await refused(local()('https://provider.example:1/'), 'unreachable')
    await refused(local()(at('/breaks')), 'unreachable')
  })

  it('trusts no certificate of an unknown authority, and none of another name', async () => {
    const { ca: _, ...rest } = settings()
    await refused(createSafeFetch(rest)(at('/plain')), 'unreachable')
    await refused(local()(at('/plain').replace('provider', 'other')), 'unreachable')
  })

  it('shares the answer of equal requests under way, where told to', async () => {
    const before = asked.length
    const shared = local({ share: true })
    const answers = await Promise.all(Array.from({ length: 10 }, () => shared(at('/plain'))))
    assert.equal(new Set(answers).size, 1)
    assert.equal(asked.length - before, 1)
    await shared(at('/plain'))
    assert.equal(asked.length - before, 2)
    await Promise.all([shared(at('/plain'), { headers: { a: '1' } }), shared(at('/plain')), shared(at('/missing'))])
    assert.equal(asked.length - before, 5)
    await Promise.allSettled([shared(at('/gzip')), shared(at('/gzip'))])
    await refused(shared(at('/gzip')), 'encoded')
  })

  function settings(): SafeFetchOptions {
    return { ca: certificate, allowedAddresses: ['127.0.0.0/8'], lookup: () => Promise.resolve(['127.0.0.1']) }
  }

  function local(options: SafeFetchOptions = {}): ReturnType<typeof createSafeFetch> {
    return createSafeFetch({ ...settings(), ...options })
  }

  function at(path: string): string {
    return `https://provider.example:${portOf(secure)}${path}`
  }
})

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

async function refused(attempt: Promise<unknown>, reason: FetchRefusedReason): Promise<void> {
  await assert.rejects(attempt, (error: unknown) => {
    assert.ok(error instanceof FetchRefused, String(error))
    assert.equal(error.reason, reason, String(error.cause))
    assert.doesNotMatch(error.message, /127|provider|plain/)
    return true
  })
}
