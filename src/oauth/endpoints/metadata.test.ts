import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { headerOf } from '../../accounts/browser.contract.ts'
import type { Answer } from '../../http/exchange.ts'
import { type OAuthDesk, openOAuthDesk } from '../oauth-desk.contract.ts'
import { ask, jsonOf } from '../openid.contract.ts'

const openid = '/.well-known/openid-configuration'
const oauth = '/.well-known/oauth-authorization-server'

async function metadata(desk: OAuthDesk, path = openid): Promise<Readonly<Record<string, unknown>>> {
  return jsonOf(await ask(desk, 'GET', path))
}

describe('the metadata documents', () => {
  it('are one, at both well-known addresses, with the issuer byte for byte [MD01 B-OID-01]', async () => {
    const desk = await openOAuthDesk()
    for (const path of [openid, oauth]) {
      const answer = await ask(desk, 'GET', path)
      assert.equal(answer.status, 200)
      assert.equal(headerOf(answer, 'content-type'), 'application/json')
      assert.equal(jsonOf(answer)['issuer'], 'https://id.example')
    }
    assert.deepEqual(await metadata(desk, openid), await metadata(desk, oauth))
    await desk.close()
  })

  it('of an issuer with a path are before the path and behind it [MD01]', async () => {
    const desk = await openOAuthDesk({ issuer: 'https://id.example/tenant' })
    // RFC 8414, section 3.1, "between the host component and the path component"; OpenID Connect Discovery 1.0, section 4.1, behind.
    for (const path of [`${oauth}/tenant`, `${openid}/tenant`, `/tenant${openid}`, `/tenant${oauth}`, openid]) {
      assert.equal((await metadata(desk, path))['issuer'], 'https://id.example/tenant', path)
    }
    await desk.close()
  })

  it('do not follow what a request says of the host [MD02]', async () => {
    const desk = await openOAuthDesk()
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
    const answer = await ask(desk, 'GET', openid, { headers })
    assert.ok(!answer.body.includes('evil.example'))
    assert.deepEqual(jsonOf(answer), await metadata(desk))
    await desk.close()
  })

  it('have what readers need, and name endpoints that are there [MD03 MD04]', async () => {
    const desk = await openOAuthDesk({ registration: 'open' })
    const document = await metadata(desk)
    // OpenID Connect Discovery 1.0, section 3: REQUIRED; then what else there is.
    for (const name of [
      'issuer',
      'authorization_endpoint',
      'token_endpoint',
      'jwks_uri',
      'response_types_supported',
      'subject_types_supported',
      'id_token_signing_alg_values_supported',
      'userinfo_endpoint',
      'end_session_endpoint',
      'revocation_endpoint',
      'introspection_endpoint',
      'device_authorization_endpoint',
      'pushed_authorization_request_endpoint',
      'registration_endpoint',
      'scopes_supported',
      'claims_supported',
      'grant_types_supported',
      'dpop_signing_alg_values_supported',
    ]) {
      assert.ok(name in document, name)
    }
    assert.equal(document['authorization_response_iss_parameter_supported'], true)
    const paths = new Set(desk.server.routes.map(({ path }) => path))
    for (const [name, value] of Object.entries(document)) {
      if (!name.endsWith('_endpoint') && name !== 'jwks_uri') continue
      assert.ok(String(value).startsWith('https://id.example/'), name)
      assert.ok(paths.has(new URL(String(value)).pathname), name)
    }
    await desk.close()
  })

  it('tell what the server does, and nothing that is switched off [MD03 PK11 B-OID-01]', async () => {
    const plain = await openOAuthDesk()
    const document = await metadata(plain)
    assert.ok(!('registration_endpoint' in document))
    assert.deepEqual(document['response_types_supported'], ['code'])
    assert.deepEqual(document['code_challenge_methods_supported'], ['S256'])
    assert.ok(!(document['grant_types_supported'] as string[]).includes('password'))
    assert.ok(!(document['grant_types_supported'] as string[]).includes('implicit'))
    assert.deepEqual(document['scopes_supported'], ['openid', 'read', 'write'])
    assert.deepEqual(document['acr_values_supported'], ['urn:doorward:acr:sfa'])
    assert.equal(document['request_uri_parameter_supported'], false)
    assert.equal(document['tls_client_certificate_bound_access_tokens'], false)
    const methods = document['token_endpoint_auth_methods_supported'] as string[]
    assert.deepEqual(methods, ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'])
    // A grant that is listed is offered, and one that is not, is not (RFC 8414, section 2).
    const { id, secret } = await plain.addClient({ grantTypes: ['password'], scopes: ['read'] })
    const fields = { client_id: id, client_secret: secret }
    for (const grant of document['grant_types_supported'] as string[]) {
      const { json } = await plain.post('/o/token/', { ...fields, grant_type: grant })
      assert.equal(json['error'], 'unauthorized_client', grant)
    }
    const { json } = await plain.post('/o/token/', { ...fields, grant_type: 'password' })
    assert.equal(json['error'], 'unsupported_grant_type')
    await plain.close()

    const legacy = await openOAuthDesk({
      legacy: ['implicit', 'hybrid', 'password'],
      passwords: { verify: async () => null },
      userClaims: { given_name: { scope: 'profile', value: 'x' } },
      requirePushedRequests: true,
      addresses: ['https://login.example'],
    })
    const more = await metadata(legacy)
    assert.equal((more['response_types_supported'] as string[]).length, 7)
    for (const grant of ['password', 'implicit']) assert.ok((more['grant_types_supported'] as string[]).includes(grant))
    assert.ok((more['claims_supported'] as string[]).includes('given_name'))
    assert.equal(more['require_pushed_authorization_requests'], true)
    assert.equal(more['token_endpoint'], 'https://login.example/o/token/')
    assert.equal(more['issuer'], 'https://id.example')
    await legacy.close()
  })

  it('say nothing of OpenID Connect where its scope is not in the catalogue [B-OID-01]', async () => {
    const desk = await openOAuthDesk({ scopes: { read: 'Read your data' } })
    const document = await metadata(desk, oauth)
    for (const name of ['userinfo_endpoint', 'end_session_endpoint']) assert.ok(!(name in document), name)
    const paths = desk.server.routes.map(({ path }) => path)
    for (const path of [openid, '/o/userinfo/', '/o/logout/']) assert.ok(!paths.includes(path), path)
    await desk.close()
  })

  it('list algorithms that ID tokens are really signed with [MD03]', async () => {
    const desk = await openOAuthDesk()
    const algorithms = (await metadata(desk))['id_token_signing_alg_values_supported'] as string[]
    assert.deepEqual(algorithms, ['RS256', 'ES256', 'EdDSA', 'PS256', 'HS256'])
    for (const alg of algorithms.filter((one) => one !== 'HS256')) {
      assert.equal((await desk.keys.signing(alg as 'RS256')).alg, alg)
    }
    await desk.close()
  })

  it('may be kept for a while, asked for anew with an ETag, and read by scripts of all pages [MD09 B-OID-02]', async () => {
    const desk = await openOAuthDesk()
    for (const path of [openid, oauth, '/o/jwks.json']) {
      const answer = await ask(desk, 'GET', path)
      assert.match(headerOf(answer, 'cache-control') ?? '', /^public, max-age=\d+$/)
      assert.equal(headerOf(answer, 'access-control-allow-origin'), '*')
      const etag = headerOf(answer, 'etag') ?? ''
      assert.match(etag, /^"[^"]+"$/)
      const again = async (known: string): Promise<Answer> =>
        ask(desk, 'GET', path, { headers: { 'if-none-match': known } })
      for (const known of [etag, `"other", W/${etag}`, '*']) {
        const { status, body } = await again(known)
        assert.deepEqual([status, body], [304, ''])
      }
      assert.equal((await again('"other"')).status, 200)
      const preflight = await ask(desk, 'OPTIONS', path)
      assert.equal(preflight.status, 204)
      assert.equal(headerOf(preflight, 'access-control-allow-headers'), '*')
    }
    await desk.close()
  })
})

describe('the key set', () => {
  it('has public members only, each key once, with kid, use and alg [MD05 B-OID-02]', async () => {
    const desk = await openOAuthDesk()
    await desk.keys.prepare()
    const answer = await ask(desk, 'GET', '/o/jwks.json')
    assert.equal(headerOf(answer, 'content-type'), 'application/jwk-set+json')
    const { keys } = JSON.parse(answer.body) as { keys: Readonly<Record<string, unknown>>[] }
    assert.deepEqual(new Set(keys.map(({ alg }) => alg)), new Set(['EdDSA', 'RS256', 'ES256', 'PS256']))
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length)
    for (const key of keys) {
      assert.equal(key['use'], 'sig')
      for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) assert.ok(!(name in key), name)
      assert.notEqual(key['kty'], 'oct')
    }
    await desk.close()
  })

  it('has a new key before it signs, and the old one for as long as what it signed [MD06]', async () => {
    const desk = await openOAuthDesk()
    const kids = async (): Promise<readonly string[]> =>
      (JSON.parse((await ask(desk, 'GET', '/o/jwks.json')).body) as { keys: { kid: string }[] }).keys.map(
        ({ kid }) => kid,
      )
    const { kid: old = '' } = await desk.keys.signing('RS256')
    const records = await desk.keys.rotate({ by: { actor: 'system' } })
    const next = records.find(({ alg }) => alg === 'RS256')?.kid ?? ''
    assert.ok((await kids()).includes(next))
    assert.equal((await desk.keys.signing('RS256')).kid, old)
    desk.time.now += 600_000
    assert.equal((await desk.keys.signing('RS256')).kid, next)
    assert.ok((await kids()).includes(old))
    await desk.close()
  })
})
