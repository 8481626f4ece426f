import 'reflect-metadata'
import assert from 'node:assert/strict'
import { createHash, webcrypto } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { cryptoProvider, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import type { Peer } from '../../core/request.ts'
import { createTrustedPeers } from '../../http/peers.ts'
import { createCertificateOf } from '../../http/shown-certificate.ts'
import type { ClientAuthMethod } from '../client.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import { type Answered, openOAuthDesk, type OAuthDesk } from '../oauth-desk.contract.ts'

let desk: OAuthDesk
let der: Buffer
let other: Buffer

before(async () => {
  const source = { from: 'tls' } as const
  const time = Date.UTC(2026, 5, 1)
  desk = await openOAuthDesk({ certificateOf: createCertificateOf(source, { clock: () => time }) })
  der = await certificate()
  other = await certificate('CN=eve,O=Example')
})

after(async () => desk.close())

describe('tls_client_auth (RFC 8705, section 2.1)', () => {
  it('takes the certificate whose registered name an authority vouches for [CA12]', async () => {
    for (const metadata of [
      { tlsClientAuthSubjectDn: 'CN=ada\\, the first,O=Example' },
      { tlsClientAuthSubjectDn: 'CN=ada\\, the first, O=Example' },
      { tlsClientAuthSanDns: 'Ada.example' },
      { tlsClientAuthSanUri: 'spiffe://example/ada' },
      { tlsClientAuthSanEmail: 'ada@example.com' },
      { tlsClientAuthSanIp: '192.0.2.1' },
      { tlsClientAuthSanIp: '2001:db8::1' },
    ]) {
      const answer = await ask(await addClient('tls_client_auth', metadata), over(der))
      assert.equal(answer.status, 200, JSON.stringify(metadata))
    }
  })

  it('refuses another name, and one that is only like it [CA12]', async () => {
    for (const metadata of [
      { tlsClientAuthSubjectDn: 'CN=ada' },
      { tlsClientAuthSubjectDn: 'O=Example,CN=ada\\, the first' },
      { tlsClientAuthSubjectDn: 'CN=ada, the first,O=Example' },
      { tlsClientAuthSubjectDn: '' },
      { tlsClientAuthSanDns: 'example' },
      { tlsClientAuthSanDns: '*.example' },
      { tlsClientAuthSanUri: 'spiffe://example/Ada' },
      { tlsClientAuthSanEmail: 'eve@example.com' },
      { tlsClientAuthSanIp: '192.0.2.2' },
      // Exactly one of them is registered: with two, nothing says which counts.
      { tlsClientAuthSanDns: 'ada.example', tlsClientAuthSanUri: 'spiffe://example/ada' },
      {},
    ]) {
      await refused(ask(await addClient('tls_client_auth', metadata), over(der)), JSON.stringify(metadata))
    }
  })

  it('refuses a certificate that no authority vouches for, whatever it says, and a request without one [CA12]', async () => {
    const client = await addClient('tls_client_auth', { tlsClientAuthSanDns: 'ada.example' })
    await refused(ask(client, over(der, false)))
    await refused(ask(client, undefined))
    await refused(ask(client, over(other)))
  })

  it('takes no empty name, in a certificate that has none', async () => {
    const nameless = await certificate('')
    await refused(ask(await addClient('tls_client_auth', { tlsClientAuthSubjectDn: '' }), over(nameless)))
  })

  it('refuses one that is over, and bytes that are none', async () => {
    const client = await addClient('tls_client_auth', { tlsClientAuthSanDns: 'ada.example' })
    await refused(ask(client, over(await certificate(undefined, '2026-05-01'))))
    await refused(ask(client, over(Buffer.from('certificate'))))
  })

  it('takes nothing else from such a client, and its certificate for no other [CA01 CA02]', async () => {
    const made = await desk.addClient({
      ...rights,
      authMethod: 'tls_client_auth',
      metadata: { tlsClientAuthSanDns: 'ada.example' },
    })
    const fields = { grant_type: 'client_credentials', client_id: made.id }
    await refused(desk.post('/o/token/', { ...fields, client_secret: made.secret }, {}, over(der)))
    const bySecret = await desk.addClient(rights)
    await refused(ask(bySecret.id, over(der)))
    const open = await desk.addClient({ grantTypes: ['refresh_token'], scopes: ['read'], isPublic: true })
    const answer = await ask(open.id, over(der))
    assert.equal(answer.json['error'], 'unauthorized_client', 'a public client is one with a certificate, too')
  })

  it('asks for the same at revocation, introspection and pushed requests [CA19]', async () => {
    const client = await addClient('tls_client_auth', { tlsClientAuthSanDns: 'ada.example' })
    for (const path of ['/o/revoke_token/', '/o/introspect/']) {
      const fields = { client_id: client, token: 'garbage' }
      assert.equal((await desk.post(path, fields, {}, over(der))).status, 200)
      await refused(desk.post(path, fields, {}, over(other)), path)
      await refused(desk.post(path, fields), path)
    }
    await refused(desk.post('/o/par/', { client_id: client }, {}, over(other)))
  })
})

describe('self_signed_tls_client_auth (RFC 8705, section 2.2)', () => {
  it('takes a certificate that stands in the set of the client, by x5c or by its thumbprint [CA13]', async () => {
    const thumbprint = createHash('sha256').update(der).digest('base64url')
    for (const key of [{ x5c: [der.toString('base64')] }, { 'x5t#S256': thumbprint }]) {
      const client = await addClient('self_signed_tls_client_auth', {
        jwks: { keys: [{ kty: 'EC' }, { kty: 'EC', ...key }] },
      })
      assert.equal((await ask(client, over(der, false))).status, 200)
      assert.equal((await ask(client, over(der))).status, 200)
    }
  })

  it('refuses a certificate that is not in the set, one with the same names included [CA13]', async () => {
    const twin = await certificate()
    const client = await addClient('self_signed_tls_client_auth', {
      jwks: { keys: [{ x5c: [der.toString('base64')] }] },
    })
    await refused(ask(client, over(twin)))
    await refused(ask(client, over(other, false)))
    await refused(ask(client, undefined))
    for (const jwks of [
      undefined,
      { keys: [] },
      { keys: [{}] },
      { keys: [{ x5c: [] }, { x5c: 'a' }, { 'x5t#S256': 7 }] },
    ]) {
      const nobody = await addClient('self_signed_tls_client_auth', jwks === undefined ? {} : { jwks })
      await refused(ask(nobody, over(der)))
    }
  })
})

describe('a certificate-bound access token (RFC 8705, section 3)', () => {
  it('works with its certificate alone, and says so [DP12 B-RS-17]', async () => {
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const client = await addClient('tls_client_auth', {
        tlsClientAuthSanDns: 'ada.example',
        tlsClientCertificateBoundAccessTokens: true,
        accessTokenFormat,
      })
      const answer = await ask(client, over(der))
      assert.deepEqual([answer.status, answer.json['token_type']], [200, 'Bearer'], answer.text)
      const token = String(answer.json['access_token'])
      const headers = { authorization: `Bearer ${token}` }
      const identity = await desk.identify(headers, { peer: over(der) })
      const thumbprint = createHash('sha256').update(der).digest('base64url')
      assert.ok(identity !== null)
      assert.deepEqual((identity.auth as { confirmation: unknown }).confirmation, { 'x5t#S256': thumbprint })
      for (const peer of [undefined, over(other), { address: '192.0.2.1' }]) {
        await assert.rejects(desk.identify(headers, { peer }), { status: 401, code: 'invalid_token' })
      }
      const info = await desk.post('/o/introspect/', { client_id: client, token }, {}, over(der))
      assert.deepEqual(info.json['cnf'], { 'x5t#S256': thumbprint })
    }
  })

  it('is not given to a client that shows no certificate, or a key in its place', async () => {
    const bound = { ...rights, metadata: { tlsClientCertificateBoundAccessTokens: true } }
    const { id, secret } = await desk.addClient(bound)
    const fields = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
    assert.equal((await desk.post('/o/token/', fields)).json['error'], 'invalid_request')
    assert.equal((await desk.post('/o/token/', fields, {}, over(der))).status, 200)
  })
})

describe('client certificates by a proxy', () => {
  it('count from a proxy that is named, with its word on who vouches for them [CA12]', async () => {
    const peers = createTrustedPeers({ addresses: ['10.0.0.5'] })
    const source = { from: 'nginx', header: 'x-client-cert', verifiedHeader: 'x-client-verify', peers } as const
    const clock = (): number => Date.UTC(2026, 5, 1)
    const behind = await openOAuthDesk({ certificateOf: createCertificateOf(source, { clock }) })
    const named = await addClient('tls_client_auth', { tlsClientAuthSanDns: 'ada.example' }, behind)
    const jwks = { keys: [{ x5c: [der.toString('base64')] }] }
    const selfSigned = await addClient('self_signed_tls_client_auth', { jwks }, behind)
    const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
    const sent = (verify: string): Record<string, string> => {
      return { 'x-client-cert': encodeURIComponent(pem), 'x-client-verify': verify }
    }
    const proxy = { address: '10.0.0.5' }
    const token = async (client: string, headers: Record<string, string>, peer: Peer): Promise<Answered> =>
      behind.post('/o/token/', { grant_type: 'client_credentials', client_id: client }, headers, peer)

    assert.equal((await token(named, sent('SUCCESS'), proxy)).status, 200)
    await refused(token(named, sent('FAILED:self-signed certificate'), proxy))
    assert.equal((await token(selfSigned, sent('FAILED:self-signed certificate'), proxy)).status, 200)
    for (const client of [named, selfSigned]) {
      await refused(token(client, sent('SUCCESS'), { address: '203.0.113.9' }))
      await refused(token(client, { ...sent('SUCCESS'), 'x-client-cert': 'rubbish' }, proxy))
    }
    await behind.close()
  })

  it('are not taken, and not offered, where none can come [CA16]', async () => {
    const plain = await openOAuthDesk()
    const client = await addClient('tls_client_auth', { tlsClientAuthSanDns: 'ada.example' }, plain)
    const fields = { grant_type: 'client_credentials', client_id: client }
    await refused(plain.post('/o/token/', fields, {}, over(der)))
    assert.ok(!(await offered(plain)).includes('tls_client_auth'))
    assert.ok((await offered(desk)).includes('tls_client_auth'))
    await plain.close()
  })
})

const rights = { grantTypes: ['client_credentials'], scopes: ['read'] }

async function addClient(
  authMethod: ClientAuthMethod,
  metadata: ClientMetadata,
  at: OAuthDesk = desk,
): Promise<string> {
  return (await at.addClient({ ...rights, authMethod, metadata })).id
}

async function ask(client: string, peer: Peer | undefined): Promise<Answered> {
  return desk.post('/o/token/', { grant_type: 'client_credentials', client_id: client }, {}, peer)
}

async function refused(answered: Promise<Answered>, what?: string): Promise<void> {
  const { status, json } = await answered
  assert.deepEqual([status, json['error']], [401, 'invalid_client'], what)
}

function over(der: Uint8Array, authorized = true): Peer {
  return { address: '192.0.2.1', certificate: { der, authorized } }
}

async function offered({ server }: OAuthDesk): Promise<readonly string[]> {
  const route = server.routes.find(({ path }) => path === '/.well-known/oauth-authorization-server')
  const headers = { get: () => null }
  const request = { method: 'GET', url: '/', headers, address: null, body: async () => Buffer.alloc(0) }
  const answer = await route?.methods['GET']?.(request)
  const document = JSON.parse(answer?.body ?? '{}') as { token_endpoint_auth_methods_supported: readonly string[] }
  return document.token_endpoint_auth_methods_supported
}

async function certificate(name = 'CN=ada\\, the first,O=Example', notAfter = '2027-01-01'): Promise<Buffer> {
  cryptoProvider.set(webcrypto as Crypto)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = (await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])) as CryptoKeyPair
  const own = name.startsWith('CN=ada') ? 'ada' : 'eve'
  const made = await X509CertificateGenerator.createSelfSigned({
    // The library writes names in the order of the encoding.
    name: name.startsWith('CN=ada') ? [{ O: ['Example'] }, { CN: ['ada, the first'] }] : name === '' ? [] : name,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date('2026-01-01'),
    notAfter: new Date(notAfter),
    extensions: [
      new SubjectAlternativeNameExtension([
        { type: 'dns', value: `${own}.example` },
        { type: 'url', value: `spiffe://example/${own}` },
        { type: 'email', value: `${own}@example.com` },
        { type: 'ip', value: own === 'ada' ? '192.0.2.1' : '192.0.2.9' },
        { type: 'ip', value: own === 'ada' ? '2001:db8::1' : '2001:db8::9' },
      ]),
    ],
  })
  return Buffer.from(made.rawData)
}
