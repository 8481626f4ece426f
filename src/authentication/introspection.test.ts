import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { AuthError } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import { createSafeFetch } from '../http/safe-fetch.ts'
import { introspection, type IntrospectionOptions } from './introspection.ts'

const now = Date.UTC(2026, 5, 1)
const seconds = now / 1000

describe('introspection', () => {
  let time = { now }
  let asked: { readonly authorization: string | undefined; readonly body: string }[] = []
  let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      asked.push({ authorization: request.headers.authorization, body })
      answer(request, response, body)
    })
  })

  before(async () => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
  after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  beforeEach(() => {
    asked = []
    time = { now }
    says({ active: true, ...alive })
  })

  const alive = { sub: 'u1', username: 'ada', client_id: 'app', scope: 'read write', exp: seconds + 3600, jti: 't1' }

  function says(value: unknown, status = 200): void {
    answer = (_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(typeof value === 'string' ? value : JSON.stringify(value))
    }
  }

  const local = { insecureHosts: ['127.0.0.1'], allowedAddresses: ['127.0.0.1'] }
  const fetch = createSafeFetch(local)

  function authenticator(options: Partial<IntrospectionOptions<'introspection', never>> = {}) {
    const { port } = server.address() as AddressInfo
    return introspection({
      endpoint: `http://127.0.0.1:${port}/o/introspect/`,
      clientId: 'api:1',
      clientSecret: 's%cret é',
      audience: null,
      fetch,
      clock: () => time.now,
      ...options,
    })
  }

  async function refusal(work: Promise<unknown>): Promise<readonly [number, string]> {
    const error = await work.then(
      () => assert.fail('it was let in'),
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof AuthError)
    return [error.status, error.code]
  }

  it('asks the server by its own client, and lets in whom it names [B-RVI-14]', async () => {
    const found = await authenticator().authenticate(shown('a token'.replace(' ', '-')))
    assert.deepEqual(found?.principal, {
      kind: 'user',
      id: 'u1',
      name: 'ada',
      email: null,
      isStaff: false,
      isSuperuser: false,
      permissions: new Set(),
    })
    const { token, ...auth } = found?.auth ?? {}
    assert.deepEqual(auth, { id: 't1', clientId: 'app', scopes: ['read', 'write'], expiresAt: now + 3_600_000 })
    assert.deepEqual(token, { active: true, ...alive })
    const [question] = asked
    // RFC 6749, section 2.3.1.
    const credentials = Buffer.from(question?.authorization?.slice(6) ?? '', 'base64').toString()
    assert.equal(credentials, 'api%3A1:s%25cret%20%C3%A9')
    assert.equal(question?.body, 'token=a-token&token_type_hint=access_token')
  })

  it('tells a client that acts for itself from a person, and takes no rights from the server [B-RVI-16]', async () => {
    for (const told of [{ sub: 'app', client_id: 'app' }, { client_id: 'app' }]) {
      says({ active: true, ...told })
      const found = await authenticator().authenticate(shown('x'))
      assert.deepEqual(found?.principal, { kind: 'client', id: 'app', name: 'app' })
    }
    says({ active: true, ...alive, is_staff: true, is_superuser: true, permissions: ['everything'] })
    const { principal } = (await authenticator().authenticate(shown('x'))) ?? {}
    assert.ok(principal?.kind === 'user')
    assert.deepEqual([principal.isStaff, principal.isSuperuser, principal.permissions?.size], [false, false, 0])
  })

  it('leaves other credentials, and tokens of another shape, to others', async () => {
    const one = authenticator({ recognises: (token) => token.startsWith('at_') })
    for (const request of [shown('x'), { ...shown(''), headers: { get: () => null } }]) {
      assert.equal(await one.authenticate(request), null)
    }
    assert.equal(asked.length, 0)
  })

  it('refuses a token that is not active, alike whatever else is said [B-RVI-14]', async () => {
    for (const told of [{ active: false }, { active: false, ...alive }, { active: 'true', ...alive }, alive, {}]) {
      says(told)
      assert.deepEqual(await refusal(authenticator().authenticate(shown('x'))), [401, 'invalid_token'])
    }
  })

  it('refuses what it cannot read, and never breaks [B-RVI-14 B-RVI-15]', async () => {
    const active = { active: true, ...alive }
    for (const told of [
      '',
      'null',
      '[]',
      '{',
      '{"active":true',
      '\u0000',
      '['.repeat(5000),
      JSON.stringify(active).slice(0, -1),
      { ...active, exp: '1999999999' },
      { ...active, exp: null },
      { ...active, nbf: {} },
      { ...active, scope: ['read'] },
      { ...active, sub: 7 },
      { ...active, sub: '' },
      { ...active, aud: 7 },
      { ...active, aud: [] },
      { ...active, aud: [7, 'api'] },
      { ...active, client_id: {} },
    ]) {
      says(told)
      assert.deepEqual(await refusal(authenticator().authenticate(shown('x'))), [401, 'invalid_token'])
    }
  })

  it('lets nobody in, and says that it will pass, where there is no answer [B-RVI-14]', async () => {
    const broken = (_: IncomingMessage, response: ServerResponse): void => void response.destroy()
    const status =
      (code: number): typeof answer =>
      (_, response) => {
        response.writeHead(code, code === 302 ? { location: 'https://elsewhere.example/' } : {})
        response.end(JSON.stringify({ active: true, ...alive }))
      }
    const huge: typeof answer = (_, response) => {
      response.writeHead(200)
      response.end(JSON.stringify({ active: true, ...alive, more: 'x'.repeat(100_000) }))
    }
    for (const one of [broken, status(500), status(401), status(204), status(302), huge]) {
      answer = one
      assert.deepEqual(await refusal(authenticator().authenticate(shown('x'))), [503, 'unavailable'])
    }
    answer = () => undefined
    const impatient = authenticator({ fetch: createSafeFetch({ ...local, timeout: 300 }) })
    assert.deepEqual(await refusal(impatient.authenticate(shown('x'))), [503, 'unavailable'])
    const nobody = authenticator({ endpoint: 'http://127.0.0.1:1/' })
    assert.deepEqual(await refusal(nobody.authenticate(shown('x'))), [503, 'unavailable'])
  })

  it('remembers nothing of a question that had no answer', async () => {
    const one = authenticator()
    says({}, 500)
    assert.deepEqual(await refusal(one.authenticate(shown('x'))), [503, 'unavailable'])
    says({ active: true, ...alive })
    assert.equal((await one.authenticate(shown('x')))?.principal.id, 'u1')
  })

  it('remembers a token for a while, and never longer than it lives [B-RVI-15]', async () => {
    const one = authenticator({ cacheFor: 60 })
    await one.authenticate(shown('x'))
    time.now += 59_999
    await one.authenticate(shown('x'))
    assert.equal(asked.length, 1)
    time.now += 1
    says({ active: true, ...alive, exp: seconds + 70 })
    await one.authenticate(shown('x'))
    assert.equal(asked.length, 2)
    time.now = now + 70_000
    says({ active: false })
    for (const _ of [1, 2]) assert.deepEqual(await refusal(one.authenticate(shown('x'))), [401, 'invalid_token'])
    assert.equal(asked.length, 3)
  })

  it('takes seconds since 1970 for what they are: a token that is over is refused, whoever calls it active [B-RVI-15]', async () => {
    says({ active: true, ...alive, exp: seconds })
    assert.deepEqual(await refusal(authenticator().authenticate(shown('x'))), [401, 'invalid_token'])
    says({ active: true, ...alive, nbf: seconds + 1 })
    assert.deepEqual(await refusal(authenticator().authenticate(shown('x'))), [401, 'invalid_token'])
  })

  it('remembers a token that is no good for a moment [B-RVI-16]', async () => {
    says({ active: false })
    const one = authenticator()
    for (const later of [0, 4_999]) {
      time.now = now + later
      assert.deepEqual(await refusal(one.authenticate(shown('x'))), [401, 'invalid_token'])
    }
    assert.equal(asked.length, 1)
    time.now = now + 5_000
    says({ active: true, ...alive })
    assert.equal((await one.authenticate(shown('x')))?.principal.id, 'u1')
  })

  it('remembers so many and no more, and made-up tokens drive out none that is in use [B-RVI-16]', async () => {
    answer = (_, response, body) => {
      response.end(JSON.stringify(body.startsWith('token=good') ? { active: true, ...alive } : { active: false }))
    }
    const one = authenticator({ max: 4 })
    await one.authenticate(shown('good0'))
    for (let index = 0; index < 20; index += 1) await refusal(one.authenticate(shown(`bad${index}`)))
    assert.equal(asked.length, 21)
    await one.authenticate(shown('good0'))
    assert.equal(asked.length, 21)
    for (let index = 1; index < 10; index += 1) await one.authenticate(shown(`good${index}`))
    await one.authenticate(shown('good0'))
    assert.equal(asked.length, 31)
  })

  it('remembers nothing where it is told so', async () => {
    const one = authenticator({ cacheFor: 0 })
    await one.authenticate(shown('x'))
    await one.authenticate(shown('x'))
    assert.equal(asked.length, 2)
  })

  it('asks once for requests that come at once', async () => {
    const one = authenticator()
    const all = await Promise.all(Array.from({ length: 50 }, async () => one.authenticate(shown('x'))))
    assert.equal(new Set(all).size, 1)
    assert.equal(asked.length, 1)
  })

  it('takes tokens for its audience and issuer alone, where it has them [B-RVI-15]', async () => {
    const wanted = { audience: ['https://a.example', 'https://b.example'], issuer: 'https://id.example' }
    for (const [told, isIn] of [
      [{ aud: 'https://a.example' }, true],
      [{ aud: ['https://x.example', 'https://b.example'], iss: 'https://id.example' }, true],
      [{ aud: 'https://x.example' }, false],
      [{ aud: 'https://a.example/' }, false],
      [{}, false],
      [{ aud: 'https://a.example', iss: 'https://other.example' }, false],
    ] as const) {
      says({ active: true, ...alive, ...told })
      const attempt = authenticator(wanted).authenticate(shown('x'))
      if (isIn) assert.equal((await attempt)?.principal.id, 'u1')
      else assert.deepEqual(await refusal(attempt), [401, 'invalid_token'])
    }
  })

  it('takes no refresh token, and nothing that has to be proven besides', async () => {
    for (const told of [
      { token_use: 'refresh_token' },
      { token_type: 'refresh_token' },
      { token_type: 'DPoP' },
      { cnf: { jkt: 'x' } },
    ]) {
      says({ active: true, ...alive, ...told })
      assert.deepEqual(await refusal(authenticator().authenticate(shown('x'))), [401, 'invalid_token'])
    }
  })

  it('lets the API say who it is, or nobody', async () => {
    const one = introspection({
      endpoint: 'https://id.example/',
      clientId: 'a',
      clientSecret: 'b',
      audience: null,
      fetch: async () => ({ status: 200, headers: new Headers(), body: Buffer.from(JSON.stringify({ active: true })) }),
      principal: () => null,
    })
    assert.deepEqual(await refusal(one.authenticate(shown('x'))), [401, 'invalid_token'])
  })

  it('throws for options that cannot be meant', () => {
    for (const options of [
      { endpoint: 'nowhere' },
      { endpoint: '' },
      { clientId: '' },
      { clientSecret: '' },
      { cacheFor: -1 },
      { refusedFor: Number.NaN },
      { max: 0 },
    ]) {
      assert.throws(() => authenticator(options), TypeError)
    }
  })
})

function shown(token: string): AuthRequest {
  return { method: 'GET', url: '/', headers: { get: (name) => (name === 'authorization' ? `Bearer ${token}` : null) } }
}
