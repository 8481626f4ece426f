import 'reflect-metadata'
import assert from 'node:assert/strict'
import { randomUUID, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createTestCertificates, type TestCertificates } from '../adapters/certificates.contract.ts'
import { generateSigningKey, type SigningKey } from '../crypto/jwk.ts'
import { signJws } from '../crypto/jws.ts'
import { makeProofKey, type ProofKey } from '../http/dpop.contract.ts'
import { jsonAnswer } from '../http/exchange.ts'
import type { ClientValues } from '../oauth/client-values.ts'
import { createLog } from './log.ts'
import { serve, type RunningServer } from './serve.ts'
import { readSettings, SettingsInvalid } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-possession-'))
const [publicUrl, mtlsUrl, partner] = ['https://id.example', 'https://mtls.id.example', 'https://partner.example']
const proxySecret = 'a-secret-of-the-proxy-alone'
const gatekeeperSecret = 'a-secret-of-the-gateway-alone'
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
let server: RunningServer
let certificates: TestCertificates
let key: ProofKey
let signingKey: SigningKey

before(async () => {
  ;[certificates, key, signingKey] = await Promise.all([
    createTestCertificates(),
    makeProofKey(),
    generateSigningKey('ES256'),
  ])
  const settings = readSettings({
    publicUrl,
    secret: 'x'.repeat(40),
    port: 0,
    data: folder,
    allowedHosts: '127.0.0.1:*',
    trustedProxies: '127.0.0.1',
    clientCertificateSource: 'rfc9440',
    clientCertificateSecret: proxySecret,
    oauthCertificateUrl: mtlsUrl,
    gatekeeperSecret,
    gatekeeperRoutes: ['notes', 'files'].map((name) => {
      return { name, host: `${name}.example`, path: '/*', policy: 'isAuthenticated', api: true }
    }),
    oauthTrustedIssuers: JSON.stringify([
      { issuer: partner, jwks: { keys: [signingKey.publicJwk] }, subject: 'username', scopes: ['read'] },
    ]),
  })
  server = await serve(settings, {
    log: createLog({ level: 'silent' }),
    routes: (auth) => [
      {
        path: '/whoami/',
        guard: auth.require,
        methods: {
          GET: async (request) => {
            const identity = await auth.require(request)
            return jsonAnswer({ via: identity.via, ...identity.principal })
          },
        },
      },
    ],
  })
  await server.instance.users.create({ username: 'ada', password: 'correct horse battery' })
})

after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

describe('a server and tokens that are bound', () => {
  it('issues and takes DPoP-bound tokens at its public address [DP03 DP04]', async () => {
    const client = await addClient({})
    const dpop = key.prove({ htm: 'POST', htu: `${publicUrl}/o/token/`, now: Date.now() })
    const { status, json } = await post('/o/token/', { grant_type: 'client_credentials', ...client }, { dpop })
    assert.deepEqual([status, json['token_type']], [200, 'DPoP'], JSON.stringify(json))
    const token = String(json['access_token'])
    const proof = (): string =>
      key.prove({ htm: 'GET', htu: `${publicUrl}/whoami/`, now: Date.now(), accessToken: token })
    const seen = await get('/whoami/', { authorization: `DPoP ${token}`, dpop: proof() })
    assert.deepEqual(seen.json, { via: 'oauth2', kind: 'client', id: client.client_id, name: 'a client' })
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { authorization: `DPoP ${token}` },
      {
        authorization: `DPoP ${token}`,
        dpop: key.prove({ htm: 'GET', htu: server.url, now: Date.now(), accessToken: token }),
      },
    ]) {
      assert.equal((await get('/whoami/', headers)).status, 401)
    }
  })

  it('tells clients by the certificate that its proxy forwards, and binds tokens to it [CA12 DP12]', async () => {
    const metadata = { authMethod: 'tls_client_auth', tlsClientAuthSubjectDn: 'CN=ada' } as const
    const { client_id } = await addClient({ ...metadata, tlsClientCertificateBoundAccessTokens: true })
    const fields = { grant_type: 'client_credentials', client_id }
    const { status, json } = await post('/o/token/', fields, forwarded(certificates.client.cert))
    assert.equal(status, 200, JSON.stringify(json))
    const authorization = `Bearer ${String(json['access_token'])}`
    // The way in by certificate alone knows nobody of that name.
    const seen = await get('/whoami/', { authorization, ...forwarded(certificates.client.cert) })
    assert.equal(seen.json['via'], 'oauth2')
    assert.equal((await get('/whoami/', { authorization })).status, 401)
    assert.equal((await get('/whoami/', { authorization, ...forwarded(certificates.stranger.cert) })).status, 401)
    const { 'x-proxy-secret': _secret, ...forged } = forwarded(certificates.client.cert)
    assert.equal((await post('/o/token/', fields, forged)).json['error'], 'invalid_client')
    assert.equal(
      (await post('/o/token/', fields, forwarded(certificates.stranger.cert))).json['error'],
      'invalid_client',
    )
  })

  it('names the address that asks for certificates, and takes proofs for it [DP13 CA16]', async () => {
    const { json } = await get('/.well-known/openid-configuration')
    const aliases = json['mtls_endpoint_aliases'] as Readonly<Record<string, string>>
    assert.equal(aliases['token_endpoint'], `${mtlsUrl}/o/token/`)
    assert.equal(aliases['authorization_endpoint'], undefined)
    assert.equal(json['token_endpoint'], `${publicUrl}/o/token/`)
    assert.equal(json['tls_client_certificate_bound_access_tokens'], true)
    const dpop = key.prove({ htm: 'POST', htu: `${mtlsUrl}/o/token/`, now: Date.now() })
    const fields = { grant_type: 'client_credentials', ...(await addClient({})) }
    assert.equal((await post('/o/token/', fields, { dpop })).status, 200)
  })
})

describe('a server and JWT access tokens', () => {
  it('takes them beside opaque ones and pairs, whatever the order of the ways in [ID14]', async () => {
    const client = await addClient({ accessTokenFormat: 'jwt' })
    const { json } = await post('/o/token/', { grant_type: 'client_credentials', ...client })
    const own = await get('/whoami/', { authorization: `Bearer ${String(json['access_token'])}` })
    assert.deepEqual([own.json['via'], own.json['kind']], ['oauth2', 'client'])
    const pair = await post('/api/token/', { username: 'ada', password: 'correct horse battery' })
    const access = String(pair.json['access'])
    assert.deepEqual((await get('/whoami/', { authorization: `Bearer ${access}` })).json['via'], 'jwt')
    await server.instance.oauth.clients.disable(client.client_id, { by: { actor: 'system' } })
    assert.equal((await get('/whoami/', { authorization: `Bearer ${String(json['access_token'])}` })).status, 401)
  })

  it('takes the word of a trusted issuer about a user [TX11]', async () => {
    const client = await addClient({ grantTypes: [jwtBearer] })
    const claims = {
      iss: partner,
      sub: 'ada',
      aud: publicUrl,
      exp: Math.floor(Date.now() / 1000) + 60,
      jti: randomUUID(),
    }
    const assertion = signJws({ alg: 'ES256', kid: signingKey.kid, key: signingKey.privateKey }, {}, claims)
    const { json } = await post('/o/token/', { grant_type: jwtBearer, assertion, ...client })
    assert.equal(json['scope'], 'read', JSON.stringify(json))
    const seen = await get('/whoami/', { authorization: `Bearer ${String(json['access_token'])}` })
    assert.deepEqual([seen.json['kind'], seen.json['name']], ['user', 'ada'])
  })
})

describe('the gatekeeper and access tokens', () => {
  const verify = async (address: string, headers: Readonly<Record<string, string>>): Promise<number> => {
    const asked = { 'x-original-url': address, 'x-original-method': 'GET', 'x-forwarded-for': '198.51.100.7' }
    const all = { ...asked, 'x-gatekeeper-secret': gatekeeperSecret, ...headers }
    return (await fetch(`${server.url}/verify/nginx/`, { headers: all })).status
  }

  it('lets a token through to the host that it is for, and to no other [B-RS-13]', async () => {
    const client = await addClient({ resources: ['https://notes.example/v1'] })
    const fields = { grant_type: 'client_credentials', ...client }
    const bound = String(
      (await post('/o/token/', { ...fields, resource: 'https://notes.example/v1' })).json['access_token'],
    )
    const authorization = `Bearer ${bound}`
    assert.equal(await verify('https://notes.example/v1/5', { authorization }), 200)
    assert.equal(await verify('https://notes.example/v2/5', { authorization }), 401)
    assert.equal(await verify('https://files.example/v1/5', { authorization }), 401)
  })

  it('takes a proof for the address that the caller was going to, once [B-RS-17]', async () => {
    const dpop = key.prove({ htm: 'POST', htu: `${publicUrl}/o/token/`, now: Date.now() })
    const { json } = await post('/o/token/', { grant_type: 'client_credentials', ...(await addClient({})) }, { dpop })
    const token = String(json['access_token'])
    const proof = (htu: string): string => key.prove({ htm: 'GET', htu, now: Date.now(), accessToken: token })
    const authorization = `DPoP ${token}`
    const address = 'https://notes.example/v1/5'
    const good = proof(address)
    assert.equal(await verify(address, { authorization, dpop: good }), 200)
    assert.equal(await verify(address, { authorization, dpop: good }), 401)
    assert.equal(await verify('https://files.example/v1/5', { authorization, dpop: proof(address) }), 401)
    assert.equal(await verify(address, { authorization, dpop: proof(`${publicUrl}/v1/5`) }), 401)
    assert.equal(await verify(address, { authorization: `Bearer ${token}` }), 401)
  })
})

describe('the metadata of the server’s own API (RFC 9728)', () => {
  it('is where its challenges say, and names the issuer [MD12 MD13 B-RS-14 B-RS-15]', async () => {
    const refused = await get('/whoami/')
    assert.equal(refused.status, 401)
    const url = `${publicUrl}/.well-known/oauth-protected-resource`
    assert.match(refused.challenges, new RegExp(`Bearer realm="api", resource_metadata="${url}"`))
    const { status, json, cors } = await get(new URL(url).pathname)
    assert.deepEqual(
      [status, json['resource'], json['authorization_servers'], cors],
      [200, publicUrl, [publicUrl], '*'],
    )
    assert.deepEqual(json['bearer_methods_supported'], ['header'])
  })
})

describe('oauthTrustedIssuers', () => {
  it('is refused where it says too little, too much, or both', () => {
    const good = { issuer: partner, jwksUri: `${partner}/jwks.json`, subject: 'email' }
    assert.equal(readSettings({ oauthTrustedIssuers: [good] }).oauthTrustedIssuers.length, 1)
    for (const wrong of [
      { ...good, jwksUri: 'http://partner.example/jwks.json' },
      { ...good, jwks: { keys: [{}] } },
      { issuer: partner, subject: 'email' },
      { ...good, subject: 'phone' },
      { ...good, algorithms: ['HS256'] },
      { ...good, algorithms: ['none'] },
      { ...good, more: true },
    ]) {
      assert.throws(() => readSettings({ oauthTrustedIssuers: [wrong] }), SettingsInvalid, JSON.stringify(wrong))
    }
  })
})

interface Answered {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
  readonly challenges: string
  readonly cors: string | null
}

async function addClient(
  values: Partial<ClientValues>,
): Promise<{ readonly client_id: string; readonly client_secret?: string }> {
  const given = { name: 'a client', grantTypes: ['client_credentials'], scopes: ['read'], ...values }
  const { client, secret } = await server.instance.oauth.clients.create(given, { by: { actor: 'system' } })
  return { client_id: client.id, ...(secret === null ? {} : { client_secret: secret }) }
}

async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  return answered(await fetch(server.url + path, { headers: { 'x-forwarded-proto': 'https', ...headers } }))
}

async function post(
  path: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const body = new URLSearchParams(fields)
  const all = { 'x-forwarded-proto': 'https', ...headers }
  return answered(await fetch(server.url + path, { method: 'POST', body, headers: all }))
}

async function answered(response: Response): Promise<Answered> {
  return {
    status: response.status,
    json: (await response.json()) as Readonly<Record<string, unknown>>,
    challenges: response.headers.get('www-authenticate') ?? '',
    cors: response.headers.get('access-control-allow-origin'),
  }
}

function forwarded(pem: string): { readonly 'client-cert': string; readonly 'x-proxy-secret': string } {
  const der = new X509Certificate(pem).raw.toString('base64')
  return { 'client-cert': `:${der}:`, 'x-proxy-secret': proxySecret }
}
