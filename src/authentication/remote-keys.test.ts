import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import type { AuthRequest } from '../core/request.ts'
import { generateSigningKey, type SigningAlgorithm, type SigningKey } from '../crypto/jwk.ts'
import { signJws } from '../crypto/jws.ts'
import { createJwtVerifier } from '../crypto/jwt.ts'
import { createSafeFetch } from '../http/safe-fetch.ts'
import { jwt } from './jwt.ts'
import { remoteKeys } from './remote-keys.ts'

const jwksUri = 'https://auth.example/jwks.json'
const one = await generateSigningKey('EdDSA')
const two = await generateSigningKey('ES256')

describe('remoteKeys', () => {
  it('chooses the key by its name and algorithm [B-JWT-10]', async () => {
    const issuer = publishing(one, two)
    const keys = remoteKeys(issuer)
    assert.equal((await keys({ alg: 'EdDSA', kid: one.kid }))?.kid, one.kid)
    assert.equal((await keys({ alg: 'ES256', kid: two.kid }))?.kid, two.kid)
    assert.equal(await keys({ alg: 'ES256', kid: one.kid }), null)
    assert.equal(issuer.asked, 1)
  })

  it('takes the only key of an algorithm where a token names none', async () => {
    assert.equal((await remoteKeys(publishing(one, two))({ alg: 'EdDSA' }))?.kid, one.kid)
  })

  it('asks at the first token only, once for all that wait', async () => {
    const issuer = publishing(one)
    const keys = remoteKeys(issuer)
    assert.equal(issuer.asked, 0)
    const found = await Promise.all(Array.from({ length: 50 }, () => keys({ alg: 'EdDSA', kid: one.kid })))
    assert.ok(found.every((key) => key?.kid === one.kid))
    assert.equal(issuer.asked, 1)
  })

  it('asks again for a key that it does not know, since issuers rotate them', async () => {
    const issuer = publishing(one)
    const keys = remoteKeys(issuer)
    await keys({ alg: 'EdDSA', kid: one.kid })
    issuer.set = [one, two]
    issuer.time += 30_000
    assert.equal((await keys({ alg: 'ES256', kid: two.kid }))?.kid, two.kid)
    assert.equal(issuer.asked, 2)
  })

  it('does not ask more often than the cool-down allows, whatever names tokens make up', async () => {
    const issuer = publishing(one)
    const keys = remoteKeys({ ...issuer, cooldown: 10 })
    await keys({ alg: 'EdDSA', kid: one.kid })
    for (let second = 1; second <= 30; second += 1) {
      issuer.time += 1000
      const made = await Promise.all(['x', 'y', 'z'].map((kid) => keys({ alg: 'EdDSA', kid: `${kid}${second}` })))
      assert.deepEqual(made, [null, null, null])
    }
    assert.equal(issuer.asked, 4)
  })

  it('serves the old keys while it asks for new ones, and while the issuer is gone', async () => {
    const issuer = publishing(one)
    const keys = remoteKeys(issuer)
    await keys({ alg: 'EdDSA', kid: one.kid })
    for (const answer of [
      'down',
      500,
      'no json',
      '[]',
      '{"keys":7}',
      '{"keys":[]}',
      '{"keys":[null,7,{},{"kty":"oct","k":"AAAA"}]}',
    ]) {
      issuer.answer = answer
      issuer.time += 600_000
      assert.equal((await keys({ alg: 'EdDSA', kid: one.kid }))?.kid, one.kid, String(answer))
      await issuer.idle()
    }
    assert.equal(issuer.asked, 8)
  })

  it('does not serve them for ever', async () => {
    const issuer = publishing(one)
    const keys = remoteKeys({ ...issuer, staleFor: 3600 })
    await keys({ alg: 'EdDSA', kid: one.kid })
    issuer.answer = 'down'
    issuer.time += 3_600_000
    await assert.rejects(keys({ alg: 'EdDSA', kid: one.kid }), { status: 503 })
  })

  it('cannot tell without any keys: 503, with the cause for the log, and soon it asks again', async () => {
    const issuer = publishing(one)
    const keys = remoteKeys(issuer)
    issuer.answer = 'down'
    await assert.rejects(keys({ alg: 'EdDSA', kid: one.kid }), (error: Error) => {
      assert.match((error.cause as Error).message, /connection refused/)
      assert.doesNotMatch(error.message, /auth\.example/)
      return true
    })
    issuer.answer = null
    await assert.rejects(keys({ alg: 'EdDSA', kid: one.kid }), { status: 503 })
    issuer.time += 1000
    assert.equal((await keys({ alg: 'EdDSA', kid: one.kid }))?.kid, one.kid)
  })

  it('passes over keys that do not serve, and takes RSA keys for what it is told', async () => {
    const rsa = await generateSigningKey('RS256')
    const { alg: _, ...unnamed } = rsa.publicJwk
    const listed = [
      { kty: 'EC' },
      { ...one.publicJwk, use: 'enc' },
      unnamed,
      { ...two.publicJwk },
      { ...two.publicJwk },
    ]
    const found = async (algorithm: SigningAlgorithm, alg: string) => {
      const issuer = publishing()
      issuer.answer = JSON.stringify({ keys: listed })
      return (await remoteKeys({ ...issuer, algorithm })({ alg, kid: rsa.kid }))?.alg
    }
    assert.deepEqual(
      [await found('RS256', 'RS256'), await found('RS256', 'PS256'), await found('PS256', 'PS256')],
      ['RS256', undefined, 'PS256'],
    )
  })

  it('tells of keys that are withdrawn, so that tokens that are remembered go with them', async () => {
    const issuer = publishing(one, two)
    const keys = remoteKeys({
      ...issuer,
      onWithdrawn: (kid) => verifier.forgetKey(kid),
    })
    const verifier = createJwtVerifier({ keys, clock: issuer.clock })
    const token = signJws({ alg: 'EdDSA', kid: one.kid, key: one.privateKey }, {}, { exp: issuer.time / 1000 + 9000 })
    await verifier.verify(token)
    issuer.set = [two]
    issuer.time += 600_000
    assert.notEqual(verifier.remembered(token), null)
    await keys({ alg: 'ES256', kid: two.kid })
    await issuer.idle()
    assert.equal(verifier.remembered(token), null)
    await assert.rejects(verifier.verify(token), { reason: 'key' })
  })

  it('needs a URL', () => {
    assert.throws(() => remoteKeys({ jwksUri: '/jwks.json' }), { name: 'TypeError', message: /jwksUri/ })
  })

  it('asks over the network by the safe fetch, and lets in whom the issuer signed', async () => {
    const server = createServer((_, response) => response.end(JSON.stringify({ keys: [one.publicJwk] })))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
      const fetch = createSafeFetch({ insecureHosts: ['127.0.0.1'], allowedAddresses: ['127.0.0.1'] })
      const claims = { iss: 'https://auth.example', aud: 'notes', sub: 'u1', exp: Date.now() / 1000 + 60 }
      const token = signJws({ alg: 'EdDSA', kid: one.kid, key: one.privateKey }, { typ: 'at+jwt' }, claims)
      const of = (options: { fetch?: typeof fetch }) =>
        jwt({ keys: remoteKeys({ jwksUri: url, ...options }), issuer: 'https://auth.example', audience: 'notes' })
      assert.equal((await of({ fetch }).authenticate(withBearer(token)))?.principal.id, 'u1')
      await assert.rejects(of({}).authenticate(withBearer(token)), { status: 503 })
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })
})

/** An issuer at the other end of the network, with its own time. */
function publishing(...keys: readonly SigningKey[]) {
  const issuer = {
    jwksUri,
    set: keys,
    /** What it answers in place of its set. */
    answer: null as string | number | null,
    asked: 0,
    time: Date.parse('2026-06-01T00:00:00Z'),
    clock: () => issuer.time,
    /** Once what was asked in the background is answered. */
    idle: async () => {
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    },
    fetch: async (url: string) => {
      assert.equal(url, jwksUri)
      issuer.asked += 1
      await new Promise((resolve) => setImmediate(resolve))
      if (issuer.answer === 'down') throw new Error('connection refused')
      if (typeof issuer.answer === 'number') return { status: issuer.answer, body: Buffer.from('{}') }
      const text = issuer.answer ?? JSON.stringify({ keys: issuer.set.map(({ publicJwk }) => publicJwk) })
      return { status: 200, body: Buffer.from(text) }
    },
  }
  return issuer
}

function withBearer(token: string): AuthRequest {
  const get = (name: string) => (name === 'authorization' ? `Bearer ${token}` : null)
  return { method: 'GET', url: '/', headers: { get } }
}
