import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RequestRefused } from '../core/errors.ts'
import { generateSigningKey } from '../crypto/jwk.ts'
import { type ClientRules, checkedClient } from './client-values.ts'
import { clientNames, type GivenClient } from './client-wire.ts'

const rules: ClientRules = { scopes: { openid: 'Know who you are', read: 'Read', write: 'Write' } }
const legacyRules: ClientRules = { ...rules, legacy: ['password', 'implicit', 'hybrid'] }
const web: GivenClient = { name: 'Web', scopes: ['openid', 'read'], redirectUris: ['https://app.example/cb'] }
const machine: GivenClient = { name: 'Machine', grantTypes: ['client_credentials'], scopes: ['read'] }

describe('checkedClient', () => {
  it('fills in what is left out', () => {
    assert.deepEqual(checkedClient(web, rules), {
      name: 'Web',
      authMethod: 'client_secret',
      grantTypes: ['authorization_code'],
      scopes: ['openid', 'read'],
      metadata: { redirectUris: ['https://app.example/cb'], responseTypes: ['code'] },
    })
    assert.deepEqual(checkedClient({ ...machine, redirectUris: undefined, logoUri: null }, rules), {
      name: 'Machine',
      authMethod: 'client_secret',
      grantTypes: ['client_credentials'],
      scopes: ['read'],
      metadata: {},
    })
  })

  it('tells of every fault at once, by member, and repeats nothing that was sent [B-URI-17 B-STO-06]', () => {
    const given = {
      name: ' ',
      scopes: ['read', 'everything', 7],
      grantTypes: ['authorization_code', 'magic'],
      redirectUris: [
        'https://app.example/cb',
        'https://app.example/cb#sent',
        'http://sent.example/cb',
        'javascript:sent',
      ],
      jwksUri: 'http://sent.example/jwks',
      accessTokenLifetime: 1.5,
      color: 'sent',
    }
    const faults = faultsOf(given)
    assert.deepEqual(Object.keys(faults).toSorted(), [
      'accessTokenLifetime',
      'color',
      'grantTypes',
      'jwksUri',
      'name',
      'redirectUris',
      'scopes',
    ])
    assert.deepEqual(
      faults['redirectUris']?.map((fault) => fault.slice(0, 22)),
      ['No. 2 holds a fragment', 'No. 3 begins with http', 'No. 4 has a scheme tha'],
    )
    assert.deepEqual(faults['scopes'], ['No. 2 is not in the catalogue of scopes.', 'No. 3 has to be a text.'])
    assert.doesNotMatch(JSON.stringify(faults), /sent|everything|magic/)
  })

  it('refuses every member of a wrong type, and never fails', () => {
    for (const name of Object.keys(clientNames)) {
      for (const value of [Symbol('x'), 9e99, () => 1, { a: 1 }, [[]], '', [''], '\ud800', '\0', 'x'.repeat(70_000)]) {
        assert.ok(name in faultsOf({ ...web, [name]: value }, legacyRules), `${name}: ${typeof value}`)
      }
    }
    assert.ok('redirectUris' in faultsOf({ ...web, redirectUris: Array<string>(101).fill('https://app.example/') }))
    assert.ok('__proto__' in faultsOf(JSON.parse('{"name":"x","__proto__":{}}') as GivenClient))
  })

  it('keeps each member of a list once, and everything together within bounds', () => {
    const { metadata } = checkedClient({ ...web, redirectUris: ['https://a.example/', 'https://a.example/'] }, rules)
    assert.deepEqual(metadata.redirectUris, ['https://a.example/'])
    const redirectUris = Array.from({ length: 100 }, (_, n) => `https://app.example/${n}/`.padEnd(2000, 'a'))
    assert.throws(() => checkedClient({ ...web, redirectUris }, rules), { code: 'invalid', status: 400 })
  })

  it('holds grant types against how the client shows who it is (RFC 7591, section 2) [RG06]', () => {
    const cases: readonly [GivenClient, string | null][] = [
      [{ ...machine, authMethod: 'none' }, 'grantTypes'],
      [{ ...machine, authMethod: 'private_key_jwt', jwksUri: 'https://app.example/jwks.json' }, null],
      [{ ...web, authMethod: 'none', grantTypes: ['authorization_code', 'refresh_token'] }, null],
      [{ ...web, grantTypes: ['refresh_token'] }, 'grantTypes'],
      [{ ...web, grantTypes: ['client_credentials', 'refresh_token'] }, 'grantTypes'],
      [{ ...web, grantTypes: [] }, 'grantTypes'],
      [{ ...web, redirectUris: [] }, 'redirectUris'],
      [{ ...web, redirectUris: null }, 'redirectUris'],
      [
        { ...machine, authMethod: 'none', grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange'] },
        'grantTypes',
      ],
      [{ ...machine, authMethod: 'none', grantTypes: ['urn:ietf:params:oauth:grant-type:device_code'] }, null],
    ]
    for (const [given, fault] of cases) check(given, fault)
  })

  it('holds response types against grant types (RFC 7591, section 2.1) [RG06]', () => {
    const cases: readonly [GivenClient, string | null][] = [
      [{ ...web, responseTypes: ['code'] }, null],
      [{ ...web, responseTypes: ['token'] }, 'responseTypes'],
      [{ ...web, responseTypes: [] }, 'responseTypes'],
      [{ ...machine, responseTypes: ['code'] }, 'responseTypes'],
      [{ ...web, grantTypes: ['implicit'], responseTypes: ['token'] }, null],
      [{ ...web, grantTypes: ['implicit'], responseTypes: ['code'] }, 'responseTypes'],
      [{ ...web, grantTypes: ['implicit', 'authorization_code'], responseTypes: ['code id_token'] }, null],
      [{ ...web, grantTypes: ['authorization_code'], responseTypes: ['code', 'code id_token'] }, 'responseTypes'],
      [{ ...web, grantTypes: ['implicit'], responseTypes: ['id_token'], scopes: ['read'] }, 'responseTypes'],
      [{ ...web, responseTypes: ['code', 'magic'] }, 'responseTypes'],
    ]
    for (const [given, fault] of cases) check(given, fault, legacyRules)
    const given = { ...web, grantTypes: ['implicit', 'authorization_code'], responseTypes: ['token code id_token'] }
    assert.deepEqual(checkedClient(given, legacyRules).metadata.responseTypes, ['code id_token token'])
    const byDefault = checkedClient({ ...web, grantTypes: ['implicit'] }, legacyRules)
    assert.deepEqual(byDefault.metadata.responseTypes, ['token', 'id_token', 'id_token token'])
  })

  it('offers what RFC 9700 advises against only where that is switched on', () => {
    const cases: readonly [GivenClient, string][] = [
      [{ ...web, grantTypes: ['password'] }, 'grantTypes'],
      [{ ...web, grantTypes: ['implicit'], responseTypes: ['token'] }, 'grantTypes'],
    ]
    for (const [given, fault] of cases) {
      check(given, fault)
      check(given, null, legacyRules)
    }
    const hybrid = { ...web, grantTypes: ['authorization_code', 'implicit'], responseTypes: ['code id_token'] }
    check(hybrid, null, legacyRules)
    check(hybrid, 'responseTypes', { ...rules, legacy: ['implicit'] })
  })

  it('refuses private keys in a set, and repeats nothing of them [B-TKE-21]', async () => {
    const { publicJwk, privateKey } = await generateSigningKey('ES256')
    const privateJwk = privateKey.export({ format: 'jwk' })
    const byKey = { ...machine, authMethod: 'private_key_jwt' }
    check({ ...byKey, jwks: { keys: [publicJwk] } }, null)
    for (const key of [
      privateJwk,
      { ...publicJwk, d: 'x' },
      { ...publicJwk, use: 'enc', d: 'x' },
      { kty: 'oct', k: 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0' },
      { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
      { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
      {},
      null,
      'key',
    ]) {
      const faults = faultsOf({ ...byKey, jwks: { keys: [publicJwk, key] } })
      assert.match(faults['jwks']?.[0] ?? '', /^No\. 2 /, JSON.stringify(key))
      assert.ok(!JSON.stringify(faults).includes(String(privateJwk.d)))
    }
    for (const jwks of [{}, { keys: [] }, { keys: {} }, [publicJwk], { keys: Array(21).fill(publicJwk) }]) {
      check({ ...byKey, jwks }, 'jwks')
    }
    check({ ...byKey, jwks: { keys: [publicJwk, { kty: 'RSA', use: 'enc', n: 'AQAB', e: 'AQAB' }] } }, null)
    check({ ...byKey, jwks: { keys: [publicJwk] }, jwksUri: 'https://app.example/jwks.json' }, 'jwks')
    check(byKey, 'jwks')
    check({ ...machine, authMethod: 'self_signed_tls_client_auth' }, 'jwks')
    check({ ...web, requireSignedRequestObject: true }, 'requireSignedRequestObject')
  })

  it('wants one name that a certificate is told by (RFC 8705, section 2.1.2)', () => {
    const byCertificate = { ...machine, authMethod: 'tls_client_auth' }
    check(byCertificate, 'tlsClientAuthSubjectDn')
    check({ ...byCertificate, tlsClientAuthSanDns: 'app.example' }, null)
    check(
      { ...byCertificate, tlsClientAuthSanDns: 'app.example', tlsClientAuthSanIp: '192.0.2.1' },
      'tlsClientAuthSanIp',
    )
  })

  it('leaves HS256 to clients with a secret, and to ID tokens (OpenID Connect Core 1.0, section 10.1)', () => {
    check({ ...web, idTokenSignedResponseAlg: 'HS256' }, null)
    check({ ...web, idTokenSignedResponseAlg: 'HS256', authMethod: 'none' }, 'idTokenSignedResponseAlg')
    const byKey = { authMethod: 'private_key_jwt', jwksUri: 'https://app.example/jwks.json' }
    check({ ...web, ...byKey, idTokenSignedResponseAlg: 'HS256' }, 'idTokenSignedResponseAlg')
    for (const alg of ['none', 'HS384', 'rs256']) {
      check({ ...web, idTokenSignedResponseAlg: alg }, 'idTokenSignedResponseAlg')
      check({ ...web, requestObjectSigningAlg: alg }, 'requestObjectSigningAlg')
      check({ ...web, tokenEndpointAuthSigningAlg: alg }, 'tokenEndpointAuthSigningAlg')
      check({ ...web, userinfoSignedResponseAlg: alg }, 'userinfoSignedResponseAlg')
    }
  })

  it('gives nothing to a public client that others could take for themselves', () => {
    const spa = { ...web, authMethod: 'none' }
    check({ ...spa, pkceOptional: true }, 'pkceOptional')
    check({ ...spa, introspects: ['*'] }, 'introspects')
    check({ ...spa, mayExchange: true }, 'mayExchange')
    check({ ...spa, rotateRefreshTokens: false }, 'rotateRefreshTokens')
    check({ ...spa, rotateRefreshTokens: false, dpopBoundAccessTokens: true }, null)
    check({ ...web, rotateRefreshTokens: false }, null)
    check({ ...spa, consent: 'never' }, null)
    check({ ...spa, consent: 'never', redirectUris: ['http://127.0.0.1/cb'] }, 'consent')
    check({ ...spa, redirectUris: ['com.example.app:/cb'] }, null)
    check({ ...web, redirectUris: ['com.example.app:/cb'] }, 'redirectUris')
    check({ ...web, applicationType: 'native', redirectUris: ['com.example.app:/cb'] }, null)
  })

  it('keeps what a client with pairwise names can look into from telling it another (RFC 9068, section 6) [ID05]', () => {
    check({ ...web, subjectType: 'pairwise', accessTokenFormat: 'jwt' }, 'accessTokenFormat')
    check({ ...web, subjectType: 'pairwise', accessTokenFormat: 'opaque' }, null)
    check({ ...web, subjectType: 'public', accessTokenFormat: 'jwt' }, null)
  })

  it('holds the other addresses against each other, and against the same rules', () => {
    check(
      { ...web, subjectType: 'pairwise', redirectUris: ['https://a.example/', 'https://b.example/'] },
      'sectorIdentifierUri',
    )
    check({ ...web, frontchannelLogoutUri: 'https://app.example/out' }, null)
    check({ ...web, frontchannelLogoutUri: 'https://other.example/out' }, 'frontchannelLogoutUri')
    check({ ...web, backchannelLogoutUri: 'https://other.example/out' }, null)
    check({ ...web, backchannelLogoutUri: 'https://other.example/out#x' }, 'backchannelLogoutUri')
    check({ ...web, backchannelLogoutSessionRequired: true }, 'backchannelLogoutSessionRequired')
    check(
      { ...web, postLogoutRedirectUris: ['https://app.example/bye', 'http://app.example/bye'] },
      'postLogoutRedirectUris',
    )
    check({ ...web, allowedOrigins: ['https://app.example', 'https://app.example/x'] }, 'allowedOrigins')
    check({ ...web, resources: ['https://api.example/', 'https://api.example/#x'] }, 'resources')
    check({ ...web, introspects: ['*', 'https://api.example/'] }, null)
    check({ ...web, logoUri: 'javascript:alert(1)' }, 'logoUri')
    check({ ...web, defaultScopes: ['write'] }, 'defaultScopes')
    check({ ...web, accessTokenLifetime: 86_401 }, 'accessTokenLifetime')
    check({ ...web, redirectUris: ['http://localhost/cb'] }, 'redirectUris')
    check({ ...web, redirectUris: ['http://localhost/cb'] }, null, { ...rules, allowLocalhost: true })
    check({ ...web, redirectUris: ['https://*.example.com/cb'] }, null, { ...rules, allowWildcards: true })
  })
})

function faultsOf(given: GivenClient, by: ClientRules = rules): Readonly<Record<string, readonly string[]>> {
  try {
    checkedClient(given, by)
    return {}
  } catch (error) {
    assert.ok(error instanceof RequestRefused, String(error))
    return (error.body ?? {}) as Readonly<Record<string, readonly string[]>>
  }
}

/** Exactly this member is at fault, or none. */
function check(given: GivenClient, fault: string | null, by: ClientRules = rules): void {
  assert.deepEqual(Object.keys(faultsOf(given, by)), fault === null ? [] : [fault], JSON.stringify(given))
}
