import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { type Answered, type OAuthDesk, openOAuthDesk } from '../oauth-desk.contract.ts'
import type { OAuthServerOptions } from '../server.ts'

const metadata = {
  client_name: 'My Example',
  redirect_uris: ['https://client.example.org/callback'],
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  scope: 'read',
}
const options = {
  registration: 'open',
  selfRegisteredScopes: ['openid', 'read'],
  selfRegisteredGrants: metadata.grant_types,
} as const satisfies Partial<OAuthServerOptions>

interface Registration {
  readonly id: string
  readonly secret: string
  readonly token: string
  /** Sends a request to the address of the registration, with its token unless another is given. */
  readonly manage: (method: string, json?: unknown, token?: string) => Promise<Answered>
}

async function register(desk: OAuthDesk, json: unknown = metadata): Promise<Registration> {
  const answer = await desk.send('POST', '/o/register/', { json })
  assert.equal(answer.status, 201, answer.text)
  const text = (name: string): string => String(answer.json[name])
  const token = text('registration_access_token')
  const at = text('registration_client_uri').replace('https://id.example', '')
  return {
    id: text('client_id'),
    secret: text('client_secret'),
    token,
    manage: async (method, body, shown = token) =>
      desk.send(method, at, {
        ...(body === undefined ? {} : { json: body }),
        headers: { authorization: `Bearer ${shown}` },
      }),
  }
}

async function machineToken(desk: OAuthDesk, { id, secret }: Registration): Promise<string> {
  const headers = { authorization: `Basic ${btoa(`${id}:${secret}`)}` }
  const answer = await desk.post('/o/token/', { grant_type: 'client_credentials' }, headers)
  assert.equal(answer.status, 200, answer.text)
  return String(answer.json['access_token'])
}

describe('the registration of a client', () => {
  it('is read with its own token, which is stored as a digest alone (RFC 7592, section 2.1) [RG08 B-OID-17]', async () => {
    const desk = await openOAuthDesk(options)
    const { id, token, secret, manage } = await register(desk)
    const answer = await manage('GET')
    assert.equal(answer.status, 200)
    assert.equal(answer.header('cache-control'), 'no-store')
    const { client_id: read, registration_access_token: same, redirect_uris: uris } = answer.json
    assert.deepEqual([read, same, uris], [id, token, metadata.redirect_uris])
    assert.ok(!answer.text.includes(secret))
    const row = await desk.database.read.selectFrom('clients').selectAll().executeTakeFirstOrThrow()
    assert.equal(row.registration_digest?.byteLength, 32)
    await desk.close()
  })

  it('is closed to every other token: 401, whether the client exists or not (RFC 7592, section 2.1) [RG08 B-OID-17]', async () => {
    const desk = await openOAuthDesk(options)
    const [mine, theirs] = [await register(desk), await register(desk)]
    const initial = await desk.server.registrationTokens.create({ name: 'any', uses: null, by: { actor: 'system' } })
    const access = await machineToken(desk, mine)
    for (const method of ['GET', 'PUT', 'DELETE']) {
      for (const token of [theirs.token, initial.text, access, mine.secret, 'x', '', `${mine.token}x`]) {
        const answer = await mine.manage(method, { client_id: mine.id, ...metadata }, token)
        assert.deepEqual([answer.status, answer.json['error']], [401, 'invalid_token'], `${method} ${token}`)
        assert.match(answer.header('www-authenticate') ?? '', /^Bearer realm=/)
      }
      const headers = { authorization: `Bearer ${mine.token}` }
      for (const path of [
        '/o/register/nobody/',
        '/o/register/00000000000/',
        `/o/register/x/${mine.id}/`,
        '/o/register/%00/',
      ]) {
        assert.equal((await desk.send(method, path, { headers })).status, 401, path)
      }
      const query = await desk.send(method, `/o/register/${mine.id}/?access_token=${mine.token}`)
      assert.equal(query.status, 401)
    }
    assert.equal((await mine.manage('GET')).status, 200)
    await desk.close()
  })

  it('is replaced as a whole, with another token: the one that was shown is used up (RFC 7592, section 2.2) [RG08 B-OID-17]', async () => {
    const desk = await openOAuthDesk(options)
    const { id, token, secret, manage } = await register(desk, {
      ...metadata,
      logo_uri: 'https://client.example.org/logo',
    })
    const answer = await manage('PUT', {
      ...metadata,
      client_id: id,
      client_secret: secret,
      client_name: 'Another name',
    })
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.json['client_name'], 'Another name')
    assert.ok(!('logo_uri' in answer.json), 'what is left out is gone')
    const next = String(answer.json['registration_access_token'])
    assert.notEqual(next, token)
    assert.equal((await manage('GET')).status, 401)
    assert.equal((await manage('GET', undefined, next)).status, 200)
    await machineToken(desk, { id, secret, token, manage })
    await desk.close()
  })

  it('goes on unasked only at the addresses that an administrator has seen (RFC 7592, section 5)', async () => {
    // "the registration access token [...] could be used by an attacker to [...] change its redirect URIs".
    const desk = await openOAuthDesk(options)
    const code = { redirect_uris: ['https://client.example.org/cb', 'https://client.example.org/two'], scope: 'read' }
    const { id, manage } = await register(desk, code)
    await desk.server.clients.update(id, { consent: 'never' }, { by: { actor: 'system' } })
    const consent = async (): Promise<unknown> => (await desk.server.findClient(id))?.metadata.consent
    const fewer = await manage('PUT', { ...code, client_id: id, redirect_uris: code.redirect_uris.slice(1) })
    assert.deepEqual([fewer.status, await consent()], [200, 'never'])
    const token = String(fewer.json['registration_access_token'])
    const elsewhere = ['https://client.example.org/two', 'https://evil.example/cb']
    const moved = await manage('PUT', { ...code, client_id: id, redirect_uris: elsewhere }, token)
    assert.deepEqual([moved.status, await consent()], [200, undefined])
    await desk.close()
  })

  it('gets a secret when it needs one, and loses it when not', async () => {
    const desk = await openOAuthDesk(options)
    const code = { redirect_uris: metadata.redirect_uris, scope: 'read' }
    const { id, manage } = await register(desk, { ...code, token_endpoint_auth_method: 'none' })
    const confidential = await manage('PUT', {
      ...code,
      client_id: id,
      token_endpoint_auth_method: 'client_secret_post',
    })
    assert.match(String(confidential.json['client_secret']), /^dw_sec_/)
    assert.equal(confidential.json['client_secret_expires_at'], 0)
    const token = String(confidential.json['registration_access_token'])
    const open = await manage('PUT', { ...code, client_id: id, token_endpoint_auth_method: 'none' }, token)
    assert.ok(!('client_secret' in open.json))
    const row = await desk.database.read.selectFrom('clients').selectAll().executeTakeFirstOrThrow()
    assert.equal(row.secret_digest, null)
    await desk.close()
  })

  it('refuses a change that names another client, another secret, or what is not the client’s to say [RG02]', async () => {
    const desk = await openOAuthDesk(options)
    const { id, token, manage } = await register(desk)
    for (const json of [
      metadata,
      { ...metadata, client_id: 'another' },
      { ...metadata, client_id: [id] },
      { ...metadata, client_id: id, client_secret: 'my own choice' },
      { ...metadata, client_id: id, client_secret: null },
      { ...metadata, client_id: id, registration_access_token: token },
      { ...metadata, client_id: id, registration_client_uri: 'https://id.example/' },
      { ...metadata, client_id: id, client_id_issued_at: 1 },
      { ...metadata, client_id: id, client_secret_expires_at: 0 },
      { ...metadata, client_id: id, grant_types: ['password'] },
    ]) {
      const answer = await manage('PUT', json)
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_client_metadata'], JSON.stringify(json))
    }
    const bad = await manage('PUT', { ...metadata, client_id: id, redirect_uris: ['ftp://client.example.org/'] })
    assert.equal(bad.json['error'], 'invalid_redirect_uri')
    assert.equal((await manage('GET')).json['client_name'], 'My Example')
    await desk.close()
  })

  it('keeps what an administrator has decided about it', async () => {
    const desk = await openOAuthDesk(options)
    const { id, manage } = await register(desk)
    const by = { actor: 'system' }
    await desk.server.clients.update(id, { consent: 'always', accessTokenLifetime: 60 }, { by })
    assert.equal((await manage('PUT', { ...metadata, client_id: id, consent: 'never' })).status, 200)
    const client = await desk.server.findClient(id)
    assert.deepEqual([client?.metadata.consent, client?.metadata.accessTokenLifetime], ['always', 60])
    await desk.close()
  })

  it('ends with the client’s tokens when it is deleted (RFC 7592, section 2.3) [RG08]', async () => {
    const desk = await openOAuthDesk(options)
    const registration = await register(desk)
    const access = { authorization: `Bearer ${await machineToken(desk, registration)}` }
    assert.notEqual(await desk.identify(access), null)
    const answer = await registration.manage('DELETE')
    assert.deepEqual([answer.status, answer.text, answer.header('cache-control')], [204, '', 'no-store'])
    await assert.rejects(desk.identify(access))
    for (const method of ['GET', 'PUT', 'DELETE']) assert.equal((await registration.manage(method)).status, 401)
    const headers = { authorization: `Basic ${btoa(`${registration.id}:${registration.secret}`)}` }
    assert.equal((await desk.post('/o/token/', { grant_type: 'client_credentials' }, headers)).status, 401)
    await desk.close()
  })

  it('is not the client’s any more while an administrator has switched it off', async () => {
    const desk = await openOAuthDesk(options)
    const { id, manage } = await register(desk)
    await desk.server.clients.disable(id, { by: { actor: 'system' } })
    for (const method of ['GET', 'PUT', 'DELETE']) assert.equal((await manage(method)).status, 401)
    await desk.close()
  })

  it('is for clients that registered themselves: one made by hand has no such token', async () => {
    const desk = await openOAuthDesk(options)
    const { id } = await desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    const { token } = await register(desk)
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await desk.send('GET', `/o/register/${id}/`, { headers })).status, 401)
    await desk.close()
  })

  it('has methods of its own: registering is not for its address, nor managing for the other', async () => {
    const desk = await openOAuthDesk(options)
    const { manage } = await register(desk)
    const below = await manage('POST', metadata)
    assert.deepEqual([below.status, below.header('allow')], [405, 'GET, PUT, DELETE'])
    const there = await desk.send('GET', '/o/register/')
    assert.deepEqual([there.status, there.header('allow')], [405, 'POST'])
    await desk.close()
  })
})

onEachDatabase('registering at the same time', (stage) => {
  it('uses up an initial access token as often as it is good for, and no more [RG03]', async () => {
    const at = await stage()
    const desk = await openOAuthDesk({ ...options, registration: 'token' }, at)
    const { text } = await desk.server.registrationTokens.create({ name: 'five', uses: 5, by: { actor: 'system' } })
    const headers = { authorization: `Bearer ${text}` }
    const all = Array.from({ length: 50 }, async () => desk.send('POST', '/o/register/', { json: metadata, headers }))
    const statuses = (await Promise.all(all)).map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 201).length, 5)
    assert.equal(statuses.filter((status) => status === 401).length, 45)
    assert.equal((await desk.server.clients.list()).clients.length, 5)
    await desk.close()
  })

  it('takes one change by a registration token, and no more [RG08]', async () => {
    const at = await stage()
    const desk = await openOAuthDesk(options, at)
    const { id, manage } = await register(desk)
    const all = Array.from({ length: 50 }, async (_, index) =>
      manage('PUT', { ...metadata, client_id: id, client_name: `Name ${index}` }),
    )
    const answers = await Promise.all(all)
    const changed = answers.filter(({ status }) => status === 200)
    assert.equal(changed.length, 1)
    assert.equal(answers.filter(({ status }) => status === 401).length, 49)
    const client = await desk.server.findClient(id)
    assert.equal(client?.name, changed[0]?.json['client_name'])
    await desk.close()
  })

  it('deletes a client once', async () => {
    const at = await stage()
    const desk = await openOAuthDesk(options, at)
    const { manage } = await register(desk)
    const answers = await Promise.all(Array.from({ length: 20 }, async () => manage('DELETE')))
    assert.equal(answers.filter(({ status }) => status === 204).length, 1)
    assert.equal(answers.filter(({ status }) => status === 401).length, 19)
    await desk.close()
  })
})
