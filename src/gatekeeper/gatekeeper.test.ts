import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AuthenticationFailed } from '../core/errors.ts'
import { createAuth } from '../core/auth.ts'
import type { Identity } from '../core/identity.ts'
import { generateSigningKey, importPublicJwk } from '../crypto/jwk.ts'
import { signJws } from '../crypto/jws.ts'
import { keysFrom } from '../crypto/jwt.ts'
import { hasScope } from '../permissions/has-scope.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { gatekeeper } from './gatekeeper.ts'
import { createIdentityToken, pathHash } from './identity-token.ts'

const start = 1_800_000_000_000
let now = start
const clock = (): number => now
const pair = await generateSigningKey('EdDSA')
const key = { alg: pair.alg, kid: pair.kid, key: pair.privateKey }
const keys = keysFrom([importPublicJwk(pair.publicJwk)])
const token = createIdentityToken({ key: () => key, issuer: 'https://id.example', clock })
const backend = gatekeeper({ keys, audience: 'notes', issuer: 'https://id.example', clock })
const ada: Identity = {
  via: 'session',
  principal: { kind: 'user', id: '1a', name: 'zoë', email: 'zoe@example.com', emailVerified: true, isStaff: true },
  auth: { amr: ['pwd'] },
}
const to = { route: 'notes', method: 'GET', path: '/a/b' }
const claims = {
  iss: 'https://id.example',
  sub: '1a',
  aud: 'notes',
  iat: start / 1000,
  exp: start / 1000 + 60,
  kind: 'user',
  method: 'GET',
  path_hash: pathHash('/a/b'),
}

describe('gatekeeper', () => {
  it('takes the signed word of the gatekeeper for who it is', async () => {
    const found = await authenticate(token(ada, to))
    assert.deepEqual(found?.principal, {
      kind: 'user',
      id: '1a',
      name: 'zoë',
      email: 'zoe@example.com',
      emailVerified: true,
      isStaff: true,
      isSuperuser: false,
    })
    assert.deepEqual(found?.auth, { via: 'session', scopes: null, expiresAt: start + 60_000 })
  })

  it('keeps programs and their scopes apart from people', async () => {
    const job: Identity = {
      via: 'apiKey',
      principal: { kind: 'service_account', id: '2b', name: 'zoë', ownerId: '1a', scopes: ['read', 'write'] },
      auth: { scopes: ['read'] },
    }
    const found = await authenticate(token(job, to))
    assert.deepEqual(found?.principal, {
      kind: 'service_account',
      id: '2b',
      name: 'zoë',
      ownerId: null,
      scopes: ['read'],
    })
    assert.deepEqual(found?.auth.scopes, ['read'])
    const client: Identity = { via: 'jwt', principal: { kind: 'client', id: 'c', name: 'C' }, auth: { scopes: [] } }
    const other = await authenticate(token(client, to))
    assert.deepEqual([other?.principal, other?.auth.scopes], [{ kind: 'client', id: 'c', name: 'C' }, []])
  })

  it('serves as the authenticator of a backend, permissions included', async () => {
    const auth = createAuth({ authenticators: [backend] })
    const request = (text: string | null) => ({
      method: 'GET',
      url: 'http://backend:3000/a/b?c',
      headers: { get: () => text },
    })
    await auth.require(request(token(ada, to)), isStaff)
    const narrow = token({ ...ada, auth: { scopes: ['read'] } }, to)
    await auth.require(request(narrow), hasScope('read'))
    await assert.rejects(auth.require(request(narrow), hasScope('write')), /scope write/)
    assert.equal(await auth.identify(request(null)), null)
    // What a proxy sends on for a stranger whom an open route let in.
    assert.equal(await auth.identify(request('')), null)
  })

  it('refuses it for another backend, method or path', async () => {
    await refuses(token(ada, { ...to, route: 'billing' }))
    await refuses(token(ada, { ...to, method: 'POST' }))
    await refuses(token(ada, { ...to, path: '/a' }))
    await refuses(token(ada, to), '/a/c')
    await refuses(token(ada, to), '/a//b')
  })

  it('takes the path however it is written', async () => {
    for (const url of ['/a/b?c', '/a/%62', '/a/x/../b', 'https://backend.internal/a/b']) {
      assert.equal((await authenticate(token(ada, to), url))?.principal.id, '1a', url)
    }
  })

  it('leaves method and path alone where it is told to', async () => {
    const loose = gatekeeper({ keys, audience: 'notes', checkRequest: false, clock })
    const headers = { get: () => token(ada, to) }
    assert.equal((await loose.authenticate({ method: 'POST', url: '/elsewhere', headers }))?.principal.id, '1a')
  })

  it('is good for a minute', async () => {
    const text = token(ada, to)
    now = start + 64_000
    assert.notEqual(await authenticate(text), null)
    now = start + 65_000
    await refuses(text)
    now = start
  })

  it('refuses what is not signed for this: other types, keys and issuers, missing claims, noise [AK15 B-JWT-03]', async () => {
    const sign = (header: object, body: object): string => signJws(key, { ...header }, body)
    assert.notEqual(await authenticate(sign({ typ: 'gk+jwt' }, claims)), null)
    await refuses(sign({ typ: 'at+jwt' }, claims))
    await refuses(sign({}, claims))
    await refuses(sign({ typ: 'gk+jwt' }, { ...claims, iss: 'https://evil.example' }))
    for (const name of ['iss', 'sub', 'aud', 'exp', 'kind', 'method', 'path_hash']) {
      await refuses(sign({ typ: 'gk+jwt' }, { ...claims, [name]: undefined }))
    }
    for (const kind of ['admin', 1, null, '']) await refuses(sign({ typ: 'gk+jwt' }, { ...claims, kind }))
    await refuses(sign({ typ: 'gk+jwt' }, { ...claims, sub: '' }))
    const stranger = await generateSigningKey('EdDSA')
    await refuses(signJws({ alg: 'EdDSA', kid: pair.kid, key: stranger.privateKey }, { typ: 'gk+jwt' }, claims))
    const good = token(ada, to)
    const none = `${Buffer.from('{"alg":"none","typ":"gk+jwt"}').toString('base64url')}.${good.split('.')[1]}.`
    for (const text of [none, `${good}, ${good}`, `${good}x`, good.slice(0, -1), 'x', '..', ' ', 'é'.repeat(9000)]) {
      await refuses(text)
    }
  })

  it('offers no challenge: no caller could answer it', () => {
    assert.equal(backend.challenge, undefined)
  })

  it('needs to be told which backend it is', () => {
    // @ts-expect-error -- an audience is required
    assert.throws(() => gatekeeper({ keys }), /audience must be the name of the gatekeeper route/)
    assert.throws(() => gatekeeper({ keys, audience: '' }), /audience must be/)
  })
})

async function authenticate(text: string, url = '/a/b'): ReturnType<typeof backend.authenticate> {
  const headers = { get: (name: string) => (name === 'doorward-identity' ? text : null) }
  return backend.authenticate({ method: 'GET', url, headers })
}

async function refuses(text: string, url?: string): Promise<void> {
  await assert.rejects(authenticate(text, url), (error: unknown) => {
    assert.ok(error instanceof AuthenticationFailed)
    return error.code === 'invalid_token'
  })
}
