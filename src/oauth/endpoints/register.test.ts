import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Throttled } from '../../core/errors.ts'
import type { Answered, OAuthDesk } from '../oauth-desk.contract.ts'
import { openOAuthDesk } from '../oauth-desk.contract.ts'
import type { OAuthServerOptions } from '../server.ts'

const metadata = {
  client_name: 'My Example',
  redirect_uris: ['https://client.example.org/callback', 'https://client.example.org/callback2'],
  grant_types: ['authorization_code', 'refresh_token'],
  logo_uri: 'https://client.example.org/logo.png',
  contacts: ['ve7jtb@example.org'],
  example_extension_parameter: 'example_value',
}
const path = '/o/register/'

async function open(options: Partial<OAuthServerOptions> = {}): Promise<OAuthDesk> {
  return openOAuthDesk({
    registration: 'open',
    selfRegisteredScopes: ['openid', 'read'],
    selfRegisteredResources: ['https://mcp.example/'],
    ...options,
  })
}

async function register(desk: OAuthDesk, json: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  return desk.send('POST', path, { json, headers })
}

describe('the registration endpoint', () => {
  it('answers 201 with everything that is registered, and the secret this once (RFC 7591, section 3.2.1) [RG01]', async () => {
    const desk = await open()
    const answer = await register(desk, metadata)
    assert.equal(answer.status, 201)
    assert.equal(answer.header('cache-control'), 'no-store')
    const { client_id: id, client_secret: secret, registration_access_token: token, ...rest } = answer.json
    assert.deepEqual(rest, {
      client_id_issued_at: desk.time.now / 1000,
      client_secret_expires_at: 0,
      registration_client_uri: `https://id.example/o/register/${String(id)}/`,
      client_name: 'My Example',
      redirect_uris: metadata.redirect_uris,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'openid read',
      logo_uri: 'https://client.example.org/logo.png',
      contacts: ['ve7jtb@example.org'],
    })
    assert.match(String(secret), /^dw_sec_/)
    assert.match(String(token), /^dw_reg_/)
    const client = await desk.server.findClient(String(id))
    assert.deepEqual([client?.source, client?.metadata.resources], ['dynamic', ['https://mcp.example/']])
    const rows = await desk.database.read.selectFrom('clients').selectAll().execute()
    assert.ok(
      !JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).includes(
        String(secret),
      ),
    )
    await desk.close()
  })

  it('gives a public client no secret, and takes the redirect URIs of applications on a device', async () => {
    const desk = await open()
    const answer = await register(desk, {
      redirect_uris: ['http://127.0.0.1/cb', 'http://localhost:8090/callback', 'com.example.app:/cb'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    })
    assert.equal(answer.status, 201, answer.text)
    assert.equal(answer.json['token_endpoint_auth_method'], 'none')
    assert.equal(answer.json['client_name'], 'Unnamed application')
    assert.ok(!('client_secret' in answer.json))
    assert.ok(!('client_secret_expires_at' in answer.json))
    await desk.close()
  })

  it('refuses redirect URIs with invalid_redirect_uri, and the rest with invalid_client_metadata (RFC 7591, section 3.2.2) [RG02 B-OID-17]', async () => {
    const desk = await open()
    const good = metadata.redirect_uris
    for (const [error, json] of [
      ['invalid_redirect_uri', { redirect_uris: ['https://app.example/cb#fragment'] }],
      ['invalid_redirect_uri', { redirect_uris: ['http://app.example/cb'] }],
      ['invalid_redirect_uri', { redirect_uris: ['javascript:alert(1)'] }],
      ['invalid_redirect_uri', { redirect_uris: ['/cb'] }],
      ['invalid_redirect_uri', { redirect_uris: [] }],
      ['invalid_redirect_uri', { redirect_uris: 'https://app.example/cb' }],
      ['invalid_redirect_uri', { redirect_uris: [7] }],
      ['invalid_redirect_uri', {}],
      ['invalid_redirect_uri', { redirect_uris: [`https://app.example/${'a'.repeat(3000)}`] }],
      ['invalid_client_metadata', { redirect_uris: good, client_name: 7 }],
      ['invalid_client_metadata', { redirect_uris: good, client_name: 'a'.repeat(101) }],
      ['invalid_client_metadata', { redirect_uris: good, client_name: 'a \u202e b' }],
      ['invalid_client_metadata', { redirect_uris: good, grant_types: 'authorization_code' }],
      ['invalid_client_metadata', { redirect_uris: good, grant_types: [] }],
      ['invalid_client_metadata', { redirect_uris: good, grant_types: [null] }],
      ['invalid_client_metadata', { redirect_uris: good, scope: 7 }],
      ['invalid_client_metadata', { redirect_uris: good, scope: 'admin' }],
      ['invalid_client_metadata', { redirect_uris: good, token_endpoint_auth_method: 'client_secret' }],
      ['invalid_client_metadata', { redirect_uris: good, token_endpoint_auth_method: 'unknown' }],
      ['invalid_client_metadata', { redirect_uris: good, token_endpoint_auth_method: 'private_key_jwt' }],
      ['invalid_client_metadata', { redirect_uris: good, jwks_uri: 'http://app.example/jwks' }],
      ['invalid_client_metadata', { redirect_uris: good, jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }],
      ['invalid_client_metadata', { redirect_uris: good, logo_uri: 'javascript:alert(1)' }],
      ['invalid_client_metadata', { redirect_uris: good, subject_type: 'other' }],
    ] as const) {
      const answer = await register(desk, json)
      assert.equal(answer.status, 400, JSON.stringify(json).slice(0, 200))
      assert.equal(answer.json['error'], error, `${JSON.stringify(json).slice(0, 200)} ${answer.text}`)
      assert.match(String(answer.json['error_description']), /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
      assert.ok(!answer.text.includes('app.example'), answer.text)
    }
    assert.equal((await desk.server.clients.list()).clients.length, 0)
    await desk.close()
  })

  it('refuses a body that is no JSON object in UTF-8, in the same words [B-OID-17]', async () => {
    const desk = await open()
    const json = { 'content-type': 'application/json' }
    for (const [text, headers] of [
      ['', json],
      ['{', json],
      ['[]', json],
      ['null', json],
      ['"text"', json],
      ['{"client_name":"a","client_name":"b"}', json],
      ['{"__proto__":{}}', json],
      ['['.repeat(100_000), json],
      ['{"client_name":"\\u0000"}', json],
      ['{}', { 'content-type': 'text/plain' }],
      ['{}', { 'content-type': 'application/json; charset=latin1' }],
      ['redirect_uris=https://app.example/cb', { 'content-type': 'application/x-www-form-urlencoded' }],
    ] as const) {
      const answer = await desk.send('POST', path, { text, headers })
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_client_metadata'], text.slice(0, 50))
    }
    await desk.close()
  })

  it('holds grant types and response types together, and authentication with them (RFC 7591, section 2.1) [RG06]', async () => {
    const desk = await open({
      legacy: ['implicit'],
      selfRegisteredGrants: ['authorization_code', 'refresh_token', 'client_credentials'],
    })
    const { redirect_uris } = metadata
    for (const json of [
      { grant_types: ['authorization_code'], response_types: ['token'] },
      { grant_types: ['authorization_code'], response_types: ['code', 'token'] },
      { grant_types: ['refresh_token'], response_types: ['code'] },
      { grant_types: ['authorization_code', 'client_credentials'], token_endpoint_auth_method: 'none' },
    ]) {
      const answer = await register(desk, { redirect_uris, ...json })
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_client_metadata'], JSON.stringify(json))
    }
    await desk.close()
  })

  it('never gives what only an administrator gives, whatever is asked for', async () => {
    const desk = await open({ legacy: ['password', 'implicit', 'hybrid'] })
    for (const grant of [
      'password',
      'implicit',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ]) {
      const answer = await register(desk, { ...metadata, grant_types: ['authorization_code', grant] })
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_client_metadata'], grant)
    }
    const wish = {
      consent: 'never',
      introspects: ['*'],
      may_exchange: true,
      resources: ['https://other.example/'],
      pkce_optional: true,
    }
    const answer = await register(desk, { ...metadata, ...wish, mayExchange: true, source: 'manual' })
    assert.equal(answer.status, 201)
    const client = await desk.server.findClient(String(answer.json['client_id']))
    assert.deepEqual(
      [
        client?.metadata.consent,
        client?.metadata.introspects,
        client?.metadata.mayExchange,
        client?.metadata.pkceOptional,
      ],
      [undefined, undefined, undefined, undefined],
    )
    assert.deepEqual(client?.metadata.resources, ['https://mcp.example/'])
    assert.equal(client?.source, 'dynamic')
    await desk.close()
  })

  it('leaves out scopes, and grants that are not open to it, and tells so (RFC 7591, section 3.2.1)', async () => {
    const desk = await open()
    const device = 'urn:ietf:params:oauth:grant-type:device_code'
    const answer = await register(desk, {
      ...metadata,
      scope: 'read write',
      grant_types: [...metadata.grant_types, device],
    })
    assert.equal(answer.json['scope'], 'read')
    assert.deepEqual(answer.json['grant_types'], metadata.grant_types)
    await desk.close()

    const generous = await open({ selfRegisteredGrants: ['client_credentials'] })
    const machine = await register(generous, { grant_types: ['client_credentials'], scope: 'read', response_types: [] })
    assert.equal(machine.status, 201, machine.text)
    const fields = {
      client_id: String(machine.json['client_id']),
      client_secret: String(machine.json['client_secret']),
    }
    const headers = { authorization: `Basic ${btoa(`${fields.client_id}:${fields.client_secret}`)}` }
    assert.equal((await generous.post('/o/token/', { grant_type: 'client_credentials' }, headers)).status, 200)
    await generous.close()
  })

  it('lets a client ask its user for the other scopes later, unless that is switched off or there is no user', async () => {
    const scopesOf = async (given: Partial<OAuthServerOptions>, more: object = {}): Promise<unknown> => {
      const desk = await open({ selfRegisteredGrants: ['authorization_code', 'client_credentials'], ...given })
      const answer = await register(desk, { redirect_uris: metadata.redirect_uris, scope: 'read', ...more })
      assert.equal(answer.json['scope'], 'read')
      const client = await desk.server.findClient(String(answer.json['client_id']))
      await desk.close()
      return [client?.scopes, client?.metadata.defaultScopes]
    }
    assert.deepEqual(await scopesOf({}), [['openid', 'read'], ['read']])
    assert.deepEqual(await scopesOf({ selfRegisteredStepUp: false }), [['read'], undefined])
    const machine = { grant_types: ['authorization_code', 'client_credentials'] }
    assert.deepEqual(await scopesOf({}, machine), [['read'], undefined])
  })

  it('lets only those in who hold an initial access token, as often as it is good for (RFC 7591, section 3) [RG03 B-OID-17]', async () => {
    const desk = await open({ registration: 'token' })
    const { registrationTokens: tokens } = desk.server
    const { text } = await tokens.create({ name: 'partners', uses: 2, expiresIn: 60, by: { actor: 'system' } })
    const bearer = { authorization: `Bearer ${text}` }

    const stranger = await register(desk, metadata)
    assert.equal(stranger.status, 401)
    assert.equal(stranger.json['error'], 'invalid_token')
    assert.equal(stranger.header('www-authenticate'), 'Bearer realm="api"')
    for (const authorization of ['Bearer x', `Bearer ${text}x`, `Basic ${text}`, `Bearer ${text} ${text}`, 'Bearer']) {
      assert.equal((await register(desk, metadata, { authorization })).status, 401, authorization)
    }
    // What is refused for another reason uses nothing up.
    assert.equal((await register(desk, {}, bearer)).status, 400)
    const first = await register(desk, metadata, bearer)
    assert.equal(first.status, 201)
    // The token of a client is none for registering another.
    const authorization = `Bearer ${String(first.json['registration_access_token'])}`
    assert.equal((await register(desk, metadata, { authorization })).status, 401)
    assert.equal((await register(desk, metadata, bearer)).status, 201)
    const third = await register(desk, metadata, bearer)
    assert.equal(third.status, 401)
    assert.match(third.header('www-authenticate') ?? '', /error="invalid_token"/)

    const { text: late } = await tokens.create({ name: 'late', uses: null, expiresIn: 60, by: { actor: 'system' } })
    assert.equal((await register(desk, metadata, { authorization: `Bearer ${late}` })).status, 201)
    desk.time.now += 60_000
    assert.equal((await register(desk, metadata, { authorization: `Bearer ${late}` })).status, 401)
    await desk.close()
  })

  it('is not there while registration is off [B-OID-17]', async () => {
    const desk = await openOAuthDesk()
    assert.ok(desk.server.routes.every((route) => !route.path.includes('register')))
    await desk.close()
  })

  it('slows down those who register too often', async () => {
    const desk = await open({ registrationThrottle: async () => Promise.reject(new Throttled(7)) })
    const answer = await register(desk, metadata)
    assert.deepEqual([answer.status, answer.json['error'], answer.header('retry-after')], [429, 'slow_down', '7'])
    await desk.close()
  })

  it('reads sector_identifier_uri, which has to list every redirect URI (OpenID Connect Dynamic Client Registration 1.0, section 5) [RG05]', async () => {
    const files: Record<string, string> = {
      'https://sector.example/good': JSON.stringify([...metadata.redirect_uris, 'https://other.example/cb']),
      'https://sector.example/less': JSON.stringify(metadata.redirect_uris.slice(1)),
      'https://sector.example/object': '{}',
      'https://sector.example/broken': '[',
    }
    const asked: string[] = []
    const desk = await open({
      fetch: async (url) => {
        asked.push(url)
        const body = files[url]
        return { status: body === undefined ? 404 : 200, headers: new Headers(), body: Buffer.from(body ?? '') }
      },
    })
    const pairwise = { ...metadata, subject_type: 'pairwise' }
    const good = await register(desk, { ...pairwise, sector_identifier_uri: 'https://sector.example/good' })
    assert.equal(good.status, 201, good.text)
    assert.equal(good.json['sector_identifier_uri'], 'https://sector.example/good')
    for (const name of ['less', 'object', 'broken', 'nothing']) {
      const answer = await register(desk, { ...pairwise, sector_identifier_uri: `https://sector.example/${name}` })
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_client_metadata'], name)
    }
    assert.equal(asked.length, 5)
    await desk.close()

    const guarded = await open()
    for (const uri of [
      'https://127.0.0.1/list',
      'https://169.254.169.254/latest',
      'https://[::1]/list',
      'http://sector.example/',
    ]) {
      const answer = await register(guarded, { ...pairwise, sector_identifier_uri: uri })
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_client_metadata'], uri)
      assert.ok(!answer.text.includes('address that must not'), answer.text)
    }
    await guarded.close()
  })

  it('may be called by the scripts of any page, which it needs no cookie for', async () => {
    const desk = await open()
    const answer = await register(desk, metadata, { origin: 'https://inspector.example' })
    assert.equal(answer.header('access-control-allow-origin'), 'https://inspector.example')
    const preflight = await desk.send('OPTIONS', path, { headers: { origin: 'https://inspector.example' } })
    assert.equal(preflight.status, 204)
    assert.match(preflight.header('access-control-allow-methods') ?? '', /POST/)
    await desk.close()
  })
})
