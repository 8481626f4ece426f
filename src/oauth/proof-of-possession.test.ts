import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { makeProofKey, type ProofChanges, type ProofKey } from '../http/dpop.contract.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import type { ClientMetadata } from './client-metadata.ts'
import { grantTo } from './granted.contract.ts'
import { type Answered, openOAuthDesk, type OAuthDesk } from './oauth-desk.contract.ts'

const tokenAddress = 'https://id.example/o/token/'
const apiAddress = 'https://id.example/api/'
let desk: OAuthDesk
let key: ProofKey

before(async () => {
  desk = await openOAuthDesk()
  key = await makeProofKey()
})

after(async () => desk.close())

describe('DPoP at the token endpoint', () => {
  it('binds a token to the key of the proof, which the API then asks for (RFC 9449, sections 5 and 7) [DP03 B-RS-17]', async () => {
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const client = await addClient({ accessTokenFormat })
      const answer = await ask(client, proof())
      assert.deepEqual([answer.status, answer.json['token_type']], [200, 'DPoP'], answer.text)
      const token = String(answer.json['access_token'])
      const identity = await present(token, apiProof(token))
      assert.deepEqual(identity?.principal, { kind: 'client', id: client.id, name: 'an application' })
      assert.ok(identity !== null)
      assert.deepEqual((identity.auth as { confirmation: unknown }).confirmation, { jkt: key.jkt })
      if (accessTokenFormat === 'jwt') assert.deepEqual(claimsIn(token)['cnf'], { jkt: key.jkt })
    }
  })

  it('is shown by introspection as cnf, with token_type DPoP [DP03]', async () => {
    const client = await addClient()
    const { json } = await ask(client, proof())
    const own = { client_id: client.id, client_secret: client.secret }
    const answer = await desk.post('/o/introspect/', { ...own, token: String(json['access_token']) })
    assert.deepEqual(answer.json['cnf'], { jkt: key.jkt })
    assert.equal(answer.json['token_type'], 'DPoP')
  })

  it('gives plain tokens to those who prove nothing, unless they are registered for proofs (RFC 9449, section 5.2)', async () => {
    assert.equal((await ask(await addClient())).json['token_type'], 'Bearer')
    const bound = await addClient({ dpopBoundAccessTokens: true })
    const answer = await ask(bound)
    assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_request'])
    assert.equal((await ask(bound, proof())).status, 200)
  })

  it('refuses a proof that is wrong in any part with invalid_dpop_proof [DP01]', async () => {
    const client = await addClient()
    const changes: readonly ProofChanges[] = [
      { header: { typ: 'JWT' } },
      { header: { jwk: key.privateJwk } },
      { header: { jwk: (await makeProofKey()).publicJwk } },
      { claims: { htm: 'GET' } },
      { claims: { htu: 'https://evil.example/o/token/' } },
      { claims: { htu: 'http://id.example/o/token/' } },
      { claims: { iat: desk.time.now / 1000 - 3600 } },
      { claims: { iat: desk.time.now / 1000 + 3600 } },
      { claims: { jti: undefined } },
    ]
    for (const change of changes) await refused(ask(client, proof(change)), JSON.stringify(change))
    for (const text of ['', 'a', 'a.b.c', `${proof()}, ${proof()}`, 'a'.repeat(20_000)])
      await refused(ask(client, text))
  })

  it('goes by the configured address, whatever Host says [DP01]', async () => {
    const client = await addClient()
    const foreign = proof({ claims: { htu: 'https://evil.example/o/token/' } })
    await refused(ask(client, foreign, { host: 'evil.example', 'x-forwarded-host': 'evil.example' }))
    assert.equal((await ask(client, proof(), { host: 'evil.example' })).status, 200)
  })

  it('takes a proof once: its jti is used up with that key [DP01]', async () => {
    const client = await addClient()
    const text = proof()
    assert.equal((await ask(client, text)).status, 200)
    await refused(ask(client, text))
    const jti = 'the same'
    assert.equal((await ask(client, proof({ claims: { jti } }))).status, 200)
    await refused(ask(client, proof({ claims: { jti } })))
    const other = await makeProofKey()
    const theirs = other.prove({ htm: 'POST', htu: tokenAddress, now: desk.time.now }, { claims: { jti } })
    assert.equal((await ask(client, theirs)).status, 200)
  })

  it('asks for the nonce of the server where a setting says so, and takes no old one (RFC 9449, section 8) [DP06]', async () => {
    const strict = await openOAuthDesk({ dpopNonce: true })
    const client = await addClient({}, strict)
    const first = await ask(client, proof({}, strict), {}, strict)
    assert.deepEqual([first.status, first.json['error']], [400, 'use_dpop_nonce'])
    const nonce = first.header('dpop-nonce')
    const second = await ask(client, proof({ claims: { nonce } }, strict), {}, strict)
    assert.equal(second.status, 200)
    assert.equal(second.header('dpop-nonce'), nonce)
    strict.time.now += 3_600_000
    for (const old of [nonce, 'made up', '', undefined]) {
      const answer = await ask(client, proof({ claims: { nonce: old } }, strict), {}, strict)
      assert.equal(answer.json['error'], 'use_dpop_nonce')
      assert.notEqual(answer.header('dpop-nonce'), nonce)
    }
    await strict.close()
  })

  it('is checked after the client is: a stranger uses no jti up, and learns no nonce', async () => {
    const client = await addClient()
    const text = proof()
    const answer = await ask({ ...client, secret: 'wrong' }, text)
    assert.deepEqual([answer.json['error'], answer.header('dpop-nonce')], ['invalid_client', null])
    assert.equal((await ask(client, text)).status, 200)
  })
})

describe('a DPoP-bound refresh token', () => {
  it('of a public client works with its key alone (RFC 9449, section 5) [DP03 RF10]', async () => {
    const client = await desk.addClient({ grantTypes: ['refresh_token'], scopes: ['read', 'write'], isPublic: true })
    const { refreshToken } = await grantTo(desk, { client, isPublic: true, confirmation: { jkt: key.jkt } })
    const fields = { grant_type: 'refresh_token', client_id: client.id, refresh_token: refreshToken }
    const other = await makeProofKey()
    const foreign = other.prove({ htm: 'POST', htu: tokenAddress, now: desk.time.now })
    for (const headers of [{}, { dpop: foreign }]) {
      const answer = await desk.post('/o/token/', fields, headers)
      assert.equal(answer.status, 400, answer.text)
    }
    const answer = await desk.post('/o/token/', fields, { dpop: proof() })
    assert.deepEqual([answer.status, answer.json['token_type']], [200, 'DPoP'], answer.text)
  })
})

describe('a DPoP-bound access token at the API', () => {
  let token: string

  before(async () => {
    token = String((await ask(await addClient(), proof())).json['access_token'])
  })

  it('is refused as Bearer, and a free one under DPoP (RFC 9449, sections 7.1 and 7.2) [DP04 B-RS-17]', async () => {
    const free = String((await ask(await addClient())).json['access_token'])
    await notTaken(desk.identify({ authorization: `Bearer ${token}` }))
    await notTaken(desk.identify({ authorization: `Bearer ${token}`, dpop: apiProof(token) }))
    await notTaken(present(free, apiProof(free)))
    assert.notEqual(await desk.identify({ authorization: `Bearer ${free}` }), null)
  })

  it('is refused without a proof, with one for another token, and with that of another key [DP01 B-RS-17]', async () => {
    const other = await makeProofKey()
    const request = { htm: 'GET', htu: apiAddress, now: desk.time.now, accessToken: token }
    const proofs = [
      null,
      '',
      apiProof('another'),
      apiProof(token, { claims: { ath: undefined } }),
      apiProof(token, { claims: { htm: 'POST' } }),
      apiProof(token, { claims: { htu: 'https://id.example/api/other' } }),
      apiProof(token, { claims: { iat: desk.time.now / 1000 - 3600 } }),
      apiProof(token, { header: { typ: 'JWT' } }),
      `${apiProof(token)}, ${apiProof(token)}`,
      other.prove(request),
    ]
    for (const dpop of proofs) await notTaken(present(token, dpop))
  })

  it('takes a proof once [DP01 B-RS-17]', async () => {
    const text = apiProof(token)
    assert.notEqual(await present(token, text), null)
    await notTaken(present(token, text))
  })

  it('takes a proof for the address of the request, and for its method', async () => {
    const htu = 'https://id.example/api/notes/5'
    const text = key.prove({ htm: 'DELETE', htu, now: desk.time.now, accessToken: token })
    const headers = { authorization: `DPoP ${token}`, dpop: text }
    assert.notEqual(await desk.identify(headers, { method: 'DELETE', url: '/api/notes/5?force=1' }), null)
  })
})

describe('a bound access token at UserInfo', () => {
  it('is taken with its proof, and as Bearer not (RFC 9449, section 7) [DP04 B-RS-17]', async () => {
    const client = await desk.addClient({ grantTypes: ['refresh_token'], scopes: ['openid'] })
    const { post, refreshToken } = await grantTo(desk, { client, grant: { scopes: ['openid'] } })
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken }
    const token = String((await post('/o/token/', fields, { dpop: proof() })).json['access_token'])
    const htu = 'https://id.example/o/userinfo/'
    const request = { htm: 'POST', htu, now: desk.time.now, accessToken: token }
    const text = key.prove(request)
    const good = await desk.post('/o/userinfo/', '', { authorization: `DPoP ${token}`, dpop: text })
    assert.equal(good.status, 200, good.text)
    for (const headers of [
      { authorization: `DPoP ${token}`, dpop: text },
      { authorization: `DPoP ${token}` },
      { authorization: `DPoP ${token}`, dpop: key.prove({ ...request, accessToken: 'another' }) },
      { authorization: `Bearer ${token}` },
      { authorization: `Bearer ${token}`, dpop: key.prove(request) },
    ]) {
      const answer = await desk.post('/o/userinfo/', '', headers)
      assert.equal(answer.status, 401, JSON.stringify(headers))
      assert.match(
        answer.header('www-authenticate') ?? '',
        /^DPoP .*error="(?:invalid_token|invalid_dpop_proof)".*algs="ES256/,
      )
    }
  })
})

onEachDatabase('DPoP at the token endpoint', (stage) => {
  it('takes one of fifty requests with the same proof at once, on two nodes [DP01]', async () => {
    const { database, second, time } = await stage()
    const nodes = [
      await openOAuthDesk({}, { database, time }),
      await openOAuthDesk({}, { database: second, time }),
    ] as const
    const client = await addClient({}, nodes[0])
    const text = proof({}, nodes[0])
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => ask(client, text, {}, nodes[(index % 2) as 0 | 1])),
    )
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    for (const { status, json } of answers.filter(({ status }) => status !== 200)) {
      assert.deepEqual([status, json['error']], [400, 'invalid_dpop_proof'])
    }
    for (const node of nodes) await node.close()
  })
})

type AddedClient = Awaited<ReturnType<OAuthDesk['addClient']>>

async function addClient(metadata: ClientMetadata = {}, at: OAuthDesk = desk): Promise<AddedClient> {
  return at.addClient({ grantTypes: ['client_credentials'], scopes: ['read'], metadata })
}

async function ask(
  client: AddedClient,
  dpop: string | null = null,
  headers: Readonly<Record<string, string>> = {},
  at: OAuthDesk = desk,
): Promise<Answered> {
  const fields = { grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret }
  return at.post('/o/token/', fields, dpop === null ? headers : { ...headers, dpop })
}

function proof(changes?: ProofChanges, at: OAuthDesk = desk): string {
  return key.prove({ htm: 'POST', htu: tokenAddress, now: at.time.now }, changes)
}

function apiProof(accessToken: string, changes?: ProofChanges): string {
  return key.prove({ htm: 'GET', htu: apiAddress, now: desk.time.now, accessToken }, changes)
}

async function present(token: string, dpop: string | null): ReturnType<OAuthDesk['identify']> {
  return desk.identify({ authorization: `DPoP ${token}`, ...(dpop === null ? {} : { dpop }) })
}

async function refused(answered: Promise<Answered>, what?: string): Promise<void> {
  const { status, json } = await answered
  assert.deepEqual([status, json['error']], [400, 'invalid_dpop_proof'], what)
}

async function notTaken(identified: Promise<unknown>): Promise<void> {
  await assert.rejects(identified, { status: 401, code: 'invalid_token' })
}

function claimsIn(token: string): Readonly<Record<string, unknown>> {
  const [, claims = ''] = token.split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Readonly<Record<string, unknown>>
}
