import 'reflect-metadata'
import assert from 'node:assert/strict'
import { randomUUID, X509Certificate } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { createTestCertificates, type TestCertificates } from '../../adapters/certificates.contract.ts'
import { generateSigningKey, type Jwk, type SigningAlgorithm, type SigningKey } from '../../crypto/jwk.ts'
import { signJws } from '../../crypto/jws.ts'
import { createCertificateOf } from '../../http/shown-certificate.ts'
import type { ClientAuthMethod } from '../client.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import { grantTo } from '../granted.contract.ts'
import { type Answered, openOAuthDesk, type OAuthDesk } from '../oauth-desk.contract.ts'
import { assertionType } from './private-key-jwt.ts'

let desk: OAuthDesk
let certificates: TestCertificates
let key: SigningKey

before(async () => {
  certificates = await createTestCertificates()
  key = await generateSigningKey('ES256')
  desk = await openOAuthDesk({ certificateOf: createCertificateOf({ from: 'tls' }) })
})

after(async () => desk.close())

describe('the ways to authenticate that the metadata lists', () => {
  it('are those that work, each one [CA16 MD03]', async () => {
    const listed = (await metadata())['token_endpoint_auth_methods_supported']
    assert.deepEqual(new Set(listed), new Set(Object.keys(ways)))
    for (const [name, way] of Object.entries(ways)) {
      const { status, text } = await way()
      assert.equal(status, 200, `${name}: ${text}`)
    }
  })

  it('take the algorithms that it lists, each one [CA16 MD03]', async () => {
    const listed = (await metadata())['token_endpoint_auth_signing_alg_values_supported'] ?? []
    assert.ok(listed.length >= 6)
    const rsa = await generateSigningKey('RS256')
    for (const alg of listed as readonly SigningAlgorithm[]) {
      const own = /^[RP]S/.test(alg) ? rsa : await generateSigningKey(alg)
      const { alg: _alg, ...jwk } = own.publicJwk
      const answer = await byAssertion({ ...own, alg }, jwk)
      assert.equal(answer.status, 200, alg)
    }
    assert.ok(!listed.includes('none') && !listed.some((alg) => alg.startsWith('HS')))
  })
})

describe('an answer with tokens', () => {
  it('may carry more members, which change nothing of the protocol [B-TKE-22]', async () => {
    const wordy = await openOAuthDesk({
      tokenAnswerMembers: async ({ client, grantType }) => {
        return { tenant: client.name, grant: grantType, access_token: 'forged', token_type: 'mac' }
      },
    })
    const { id, secret } = await wordy.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    const fields = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
    const { json } = await wordy.post('/o/token/', fields)
    assert.deepEqual(
      [json['tenant'], json['grant'], json['token_type']],
      ['an application', 'client_credentials', 'Bearer'],
    )
    const identity = await wordy.identify({ authorization: `Bearer ${String(json['access_token'])}` })
    assert.equal(identity?.principal.id, id)
    const refused = await wordy.post('/o/token/', { ...fields, client_secret: 'wrong' })
    assert.deepEqual(Object.keys(refused.json), ['error', 'error_description'])
    const events = await wordy.database.read.selectFrom('audit_events').select('event').execute()
    assert.equal(events.filter(({ event }) => event === 'access_token.issued').length, 1)
    await wordy.close()
  })
})

/** What a client of each way sends, and what is answered. */
const ways: Readonly<Record<string, () => Promise<Answered>>> = {
  client_secret_basic: async () => {
    const { id, secret } = await addClient('client_secret_basic')
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    return desk.post('/o/token/', { grant_type: 'client_credentials' }, { authorization })
  },
  client_secret_post: async () => {
    const { id, secret } = await addClient('client_secret_post')
    return desk.post('/o/token/', { grant_type: 'client_credentials', client_id: id, client_secret: secret })
  },
  private_key_jwt: async () => byAssertion(key, key.publicJwk),
  tls_client_auth: async () => byCertificate('tls_client_auth', { tlsClientAuthSubjectDn: 'CN=ada' }),
  self_signed_tls_client_auth: async () =>
    byCertificate('self_signed_tls_client_auth', { jwks: { keys: [{ x5c: [der().toString('base64')] }] } }),
  none: async () => {
    const client = await desk.addClient({ grantTypes: ['refresh_token'], scopes: ['read', 'write'], isPublic: true })
    const { refreshToken } = await grantTo(desk, { client, isPublic: true })
    return desk.post('/o/token/', { grant_type: 'refresh_token', client_id: client.id, refresh_token: refreshToken })
  },
}

async function addClient(
  authMethod: ClientAuthMethod,
  metadata: ClientMetadata = {},
): Promise<{ readonly id: string; readonly secret: string }> {
  return desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read'], authMethod, metadata })
}

async function byAssertion(own: SigningKey, jwk: Jwk): Promise<Answered> {
  const { id } = await addClient('private_key_jwt', { jwks: { keys: [jwk] } })
  const exp = Math.floor(desk.time.now / 1000) + 60
  const claims = { iss: id, sub: id, aud: 'https://id.example', exp, jti: randomUUID() }
  const assertion = signJws({ alg: own.alg, kid: own.kid, key: own.privateKey }, {}, claims)
  const sent = { client_assertion: assertion, client_assertion_type: assertionType }
  return desk.post('/o/token/', { grant_type: 'client_credentials', ...sent })
}

async function byCertificate(method: ClientAuthMethod, metadata: ClientMetadata): Promise<Answered> {
  const { id } = await addClient(method, metadata)
  const certificate = { der: der(), authorized: method === 'tls_client_auth' }
  const fields = { grant_type: 'client_credentials', client_id: id }
  return desk.post('/o/token/', fields, {}, { address: '192.0.2.1', certificate })
}

function der(): Buffer {
  return new X509Certificate(certificates.client.cert).raw
}

async function metadata(): Promise<Readonly<Record<string, readonly string[]>>> {
  const route = desk.server.routes.find(({ path }) => path === '/.well-known/oauth-authorization-server')
  const headers = { get: () => null }
  const request = { method: 'GET', url: '/', headers, address: null, body: async () => Buffer.alloc(0) }
  const answer = await route?.methods['GET']?.(request)
  return JSON.parse(answer?.body ?? '{}') as Readonly<Record<string, readonly string[]>>
}
