import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { accessToken } from '../authentication/access-token.ts'
import { introspection } from '../authentication/introspection.ts'
import { jwt } from '../authentication/jwt.ts'
import { createAuth } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import type { Client } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { signJws } from '../crypto/jws.ts'
import { keysFrom } from '../crypto/jwt-keys.ts'
import { createSecretKey } from 'node:crypto'
import { makeProofKey, type ProofChanges, type ProofKey } from './dpop.contract.ts'
import { createDpopNonces } from './dpop-nonces.ts'
import { createSpentProofs } from './spent-proofs.ts'
import { createTokenBinding, type DpopOptions } from './token-binding.ts'

const now = Date.UTC(2026, 5, 1)
const clock = (): number => now
const dpop: DpopOptions = { address: 'https://api.example', clock }
const secret = { alg: 'HS256', kid: 'k', key: createSecretKey(Buffer.alloc(32, 3)) } as const
const who: Client = { kind: 'client', id: 'c', name: 'c' }
let key: ProofKey
let confirmation: object

before(async () => {
  key = await makeProofKey()
  confirmation = { jkt: key.jkt }
})

/** The same tokens, opaque and as JWTs: `bound`, `free`, and one with another confirmation. */
const ways: Readonly<Record<string, (options: Partial<DpopOptions> | null) => Way>> = {
  accessToken: (options) => ({
    authenticator: accessToken({
      recognises: (token) => token.startsWith('t-'),
      find: async (token) => {
        const said = token === 't-bound' ? confirmation : token === 't-free' ? null : { jwk: {} }
        const auth = { id: '1', clientId: 'c', scopes: [], expiresAt: now + 1, confirmation: said }
        return { principal: who, auth }
      },
      clock,
      ...(options === null ? {} : { dpop: { ...dpop, ...options } }),
    }),
    token: (name) => `t-${name}`,
  }),
  jwt: (options) => ({
    authenticator: jwt({
      keys: keysFrom([secret]),
      issuer: 'https://id.example',
      audience: 'https://api.example',
      clock,
      ...(options === null ? {} : { dpop: { ...dpop, ...options } }),
    }),
    token: (name) => {
      const cnf = name === 'bound' ? { cnf: confirmation } : name === 'free' ? {} : { cnf: { jwk: {} } }
      const claims = { iss: 'https://id.example', aud: 'https://api.example', sub: 'u', exp: now / 1000 + 60, ...cnf }
      return signJws(secret, { typ: 'at+jwt' }, claims)
    },
  }),
  introspection: (options) => ({
    authenticator: introspection({
      endpoint: 'https://id.example/o/introspect/',
      clientId: 'api',
      clientSecret: 'secret',
      audience: null,
      clock,
      fetch: async (_url, { body } = {}) => {
        const token = new URLSearchParams(String(body)).get('token')
        const cnf = token === 't-bound' ? { cnf: confirmation } : token === 't-free' ? {} : { cnf: { jwk: {} } }
        const said = {
          active: token?.startsWith('t-') === true,
          sub: 'u',
          token_type: token === 't-bound' ? 'DPoP' : 'Bearer',
          ...cnf,
        }
        return { status: 200, headers: new Headers(), body: Buffer.from(JSON.stringify(said)) }
      },
      ...(options === null ? {} : { dpop: { ...dpop, ...options } }),
    }),
    token: (name) => `t-${name}`,
  }),
}

for (const [name, make] of Object.entries(ways)) {
  describe(`${name} and tokens that are bound to a key`, () => {
    it('takes one with its proof under DPoP, and a free one under Bearer, again and again [DP04 B-RS-17]', async () => {
      const { authenticator, token } = make({})
      for (let time = 0; time < 2; time += 1) {
        const bound = request('DPoP', token('bound'), proof(token('bound')))
        assert.notEqual(await authenticator.authenticate(bound), null)
        assert.notEqual(await authenticator.authenticate(request('bearer', token('free'))), null)
        assert.notEqual(await authenticator.authenticate(request('dpop', token('bound'), proof(token('bound')))), null)
      }
    })

    it('refuses the one under the scheme of the other: "MUST NOT be accepted as a bearer token" [DP04]', async () => {
      const { authenticator, token } = make({})
      for (let time = 0; time < 2; time += 1) {
        await refused(authenticator, request('Bearer', token('bound')))
        await refused(authenticator, request('Bearer', token('bound'), proof(token('bound'))))
        await refused(authenticator, request('DPoP', token('free'), proof(token('free'))))
      }
    })

    it('refuses what is bound where nothing checks it, and what is bound to something unknown', async () => {
      const plain = make(null)
      await refused(plain.authenticator, request('Bearer', plain.token('bound')))
      assert.equal(await plain.authenticator.authenticate(request('DPoP', plain.token('bound'))), null)
      const { authenticator, token } = make({})
      await refused(authenticator, request('Bearer', token('unknown')))
      await refused(authenticator, request('DPoP', token('unknown'), proof(token('unknown'))))
    })

    it('refuses a proof for another request, and one that was used [DP01 B-RS-17]', async () => {
      const { authenticator, token } = make({})
      const text = token('bound')
      const used = proof(text)
      await authenticator.authenticate(request('DPoP', text, used))
      const others = [
        proof(text, { claims: { htm: 'POST' } }),
        proof(text, { claims: { htu: 'https://api.example/other' } }),
        proof('another'),
        used,
        (await makeProofKey()).prove({ htm: 'GET', htu: 'https://api.example/notes', now, accessToken: text }),
      ]
      for (const other of others) await refused(authenticator, request('DPoP', text, other))
      await refused(authenticator, request('DPoP', text))
    })

    it('uses a proof once a request: who asks twice about the same request is answered twice', async () => {
      const { authenticator, token } = make({})
      const auth = createAuth({ authenticators: [authenticator] })
      const one = request('DPoP', token('bound'), proof(token('bound')))
      assert.equal((await auth.require(one)).principal.id.length, 1)
      assert.equal((await auth.explain(one)).answer.allowed, true)
      assert.notEqual(await auth.with({ authenticators: [authenticator] }).identify(one), null)
    })

    it('asks for a nonce where it is told to, which comes with the refusal (RFC 9449, section 9) [DP06]', async () => {
      const nonces = createDpopNonces({ key: Buffer.alloc(32, 4), clock })
      const { authenticator, token } = make({ nonces })
      const auth = createAuth({ authenticators: [authenticator] })
      const text = token('bound')
      for (const nonce of [undefined, 'old', createDpopNonces({ key: Buffer.alloc(32, 5), clock }).current()]) {
        const sent = request('DPoP', text, proof(text, { claims: { nonce } }))
        const { status, headers } = auth.refusal(sent, await auth.identify(sent).catch((error: unknown) => error))
        assert.equal(status, 401)
        const said = new Map(headers.map(([name, value]) => [name, value]))
        assert.equal(said.get('dpop-nonce'), nonces.current())
        assert.match(String(said.get('www-authenticate')), /^DPoP realm="api", error="use_dpop_nonce"/)
      }
      const good = proof(text, { claims: { nonce: nonces.current() } })
      assert.notEqual(await authenticator.authenticate(request('DPoP', text, good)), null)
    })

    it('offers both schemes, and the one that was used says what was wrong (RFC 9449, section 7.1) [DP05]', async () => {
      const { authenticator, token } = make({ algorithms: ['ES256', 'EdDSA'] })
      const auth = createAuth({ authenticators: [authenticator] })
      const challenges = async (sent: AuthRequest): Promise<readonly string[]> => {
        const { headers } = auth.refusal(sent, await auth.require(sent).catch((error: unknown) => error))
        return headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value)
      }
      const algs = 'algs="ES256 EdDSA"'
      assert.deepEqual(await challenges(request('Foreign', 'x')), ['Bearer realm="api"', `DPoP realm="api", ${algs}`])
      assert.deepEqual(await challenges(request('Bearer', token('bound'))), [
        'Bearer realm="api", error="invalid_token"',
        `DPoP realm="api", ${algs}`,
      ])
      const other = await makeProofKey()
      const foreign = other.prove({ htm: 'GET', htu: 'https://api.example/notes', now, accessToken: token('bound') })
      assert.deepEqual(await challenges(request('DPoP', token('bound'), foreign)), [
        'Bearer realm="api"',
        `DPoP realm="api", error="invalid_token", ${algs}`,
      ])
      // Nobody takes this one on: the scheme is spoken here, so it is no stranger's request.
      assert.deepEqual(await challenges(request('DPoP', 'nobodys', proof('nobodys'))), [
        'Bearer realm="api"',
        `DPoP realm="api", error="invalid_token", ${algs}`,
      ])
    })

    it('refuses a token in the query beside it, and headers that are malformed', async () => {
      const { authenticator, token } = make({})
      const text = token('bound')
      const beside = { ...request('DPoP', text, proof(text)), url: '/notes?access_token=x' }
      await assert.rejects(authenticator.authenticate(beside), { status: 400 })
      for (const value of ['', `${text} x`, `${text}, DPoP ${text}`, 'ä', 'a'.repeat(10_000)]) {
        await assert.rejects(authenticator.authenticate(request('DPoP', value, proof(text))), { status: 401 })
      }
    })
  })
}

describe('createTokenBinding', () => {
  it('wants to be told where the API is', () => {
    for (const address of ['', 'api', []]) {
      assert.throws(
        () => createTokenBinding({ dpop: { address } }),
        /dpop.address must be where callers reach this API/,
      )
    }
  })

  it('takes a proof for each of its addresses, and no other', async () => {
    const binding = createTokenBinding({
      dpop: { clock, address: ['https://api.example/', 'https://mtls.example/v1'] },
    })
    const check = async (htu: string): Promise<void> => {
      const dpopHeader = key.prove({ htm: 'GET', htu, now, accessToken: 't' })
      return binding.check(request('DPoP', 't', dpopHeader), { token: 't', scheme: 'DPoP' }, { jkt: key.jkt })
    }
    await check('https://api.example/notes')
    await check('https://mtls.example/v1/notes')
    await assert.rejects(check('https://evil.example/notes'), { code: 'invalid_token' })
  })

  it('refuses a confirmation of a wrong type', async () => {
    const binding = createTokenBinding({ dpop })
    for (const wrong of ['jkt', 7, [], {}, { jkt: 7 }, { jkt: '' }, { jkt: null }, { jkt: 'a', more: 1 }, true]) {
      const sent = { token: 't', scheme: 'DPoP' } as const
      await assert.rejects(binding.check(request('DPoP', 't', proof('t')), sent, wrong), { code: 'invalid_token' })
    }
  })
})

describe('createSpentProofs', () => {
  it('remembers a proof for as long as it would be taken, for one of fifty at once', async () => {
    const time = { now }
    const spend = createSpentProofs({ clock: () => time.now })
    const use = { jkt: 'k', jti: 'j', expiresAt: now + 1000 }
    const won = await Promise.all(Array.from({ length: 50 }, async () => spend(use)))
    assert.equal(won.filter(Boolean).length, 1)
    assert.equal(await spend({ ...use, jkt: 'l' }), true)
    time.now += 1001
    assert.equal(await spend({ ...use, expiresAt: time.now + 1000 }), true)
  })

  it('forgets none that is alive: where there are too many, it says so', async () => {
    const time = { now }
    const spend = createSpentProofs({ max: 3, clock: () => time.now })
    for (const jti of ['a', 'b', 'c']) assert.equal(await spend({ jkt: 'k', jti, expiresAt: now + 1000 }), true)
    await assert.rejects(spend({ jkt: 'k', jti: 'd', expiresAt: now + 1000 }), { status: 503 })
    assert.equal(await spend({ jkt: 'k', jti: 'a', expiresAt: now + 1000 }), false)
    time.now += 1001
    assert.equal(await spend({ jkt: 'k', jti: 'd', expiresAt: time.now + 1000 }), true)
  })
})

interface Way {
  readonly authenticator: Authenticator
  readonly token: (name: 'bound' | 'free' | 'unknown') => string
}

function request(scheme: string, token: string, dpopHeader?: string): AuthRequest {
  const headers: Readonly<Record<string, string | undefined>> = {
    authorization: `${scheme} ${token}`,
    dpop: dpopHeader,
  }
  return { method: 'GET', url: '/notes?page=2', headers: { get: (name) => headers[name] ?? null } }
}

function proof(accessTokenText: string, changes?: ProofChanges): string {
  return key.prove({ htm: 'GET', htu: 'https://api.example/notes', now, accessToken: accessTokenText }, changes)
}

async function refused(authenticator: Authenticator, sent: AuthRequest): Promise<void> {
  await assert.rejects(authenticator.authenticate(sent), { status: 401, code: 'invalid_token' })
}
