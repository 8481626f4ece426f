import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FetchRefused, type FetchRefusedReason } from '../http/safe-fetch.ts'
import { purge } from '../storage/purge.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { type OAuthDesk, openOAuthDesk } from './oauth-desk.contract.ts'
import type { OAuthServerOptions } from './server.ts'

const url = 'https://app.example/client.json'
const document = {
  client_id: url,
  client_name: 'An agent',
  client_uri: 'https://app.example/',
  redirect_uris: ['http://127.0.0.1/callback', 'https://app.example/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
}

/** A web with one document in it, and what is asked of it. */
interface Web {
  json: unknown
  text: string | undefined
  status: number
  headers: Record<string, string>
  refuses: FetchRefusedReason | undefined
  /** Answers wait for it (nothing). */
  held: Promise<void> | undefined
  readonly asked: { readonly url: string; readonly headers: unknown }[]
  readonly refused: string[]
}

async function open(
  options: Partial<OAuthServerOptions> = {},
  at?: Parameters<typeof openOAuthDesk>[1],
): Promise<OAuthDesk & { readonly web: Web }> {
  const web: Web = {
    json: document,
    text: undefined,
    status: 200,
    headers: { 'content-type': 'application/json' },
    refuses: undefined,
    held: undefined,
    asked: [],
    refused: [],
  }
  const settings: Partial<OAuthServerOptions> = {
    clientDocuments: true,
    selfRegisteredScopes: ['openid', 'read'],
    selfRegisteredResources: ['https://mcp.example/'],
    fetch: async (asked, request) => {
      web.asked.push({ url: asked, headers: request?.headers })
      await web.held
      if (web.refuses !== undefined) throw new FetchRefused(web.refuses, `It was refused: ${web.refuses}.`)
      const body = Buffer.from(web.text ?? JSON.stringify(web.json))
      return { status: web.status, headers: new Headers(web.headers), body }
    },
    onDocumentRefused: ({ reason }) => web.refused.push(reason),
    ...options,
  }
  return { ...(await openOAuthDesk(settings, at)), web }
}

describe('a client_id that is the address of a metadata document', () => {
  it('names the client that the document describes, kept as long as it is fresh [B-OID-18]', async () => {
    const { server, web, time, database, close } = await open()
    const client = await server.findClient(url)
    assert.deepEqual(
      [client?.id, client?.name, client?.source, client?.isConfidential, client?.authMethod, client?.isActive],
      [url, 'An agent', 'document', false, 'none', true],
    )
    assert.deepEqual(client?.metadata.redirectUris, document.redirect_uris)
    assert.deepEqual([client?.scopes, client?.metadata.resources], [['openid', 'read'], ['https://mcp.example/']])
    assert.deepEqual(web.asked, [{ url, headers: { accept: 'application/json' } }])

    time.now += 3_599_000
    web.json = { ...document, client_name: 'Another name' }
    assert.equal((await server.findClient(url))?.name, 'An agent')
    time.now += 1000
    const renewed = await server.findClient(url)
    assert.deepEqual([renewed?.name, renewed?.key, web.asked.length], ['Another name', client?.key, 2])
    const events = await database.read
      .selectFrom('audit_events')
      .select('event')
      .where('event', '=', 'client.created')
      .execute()
    assert.equal(events.length, 1)
    await close()
  })

  it('is not looked at while that is switched off, nor used any more', async () => {
    const { server, web, database, time, close } = await open()
    await server.findClient(url)
    const off = await openOAuthDesk({}, { database, time })
    assert.equal(await off.server.findClient(url), null)
    assert.equal(web.asked.length, 1)
    await off.close()
    await close()
  })

  it('is never asked for where it is no such address [B-OID-18]', async () => {
    const { server, web, close } = await open()
    for (const id of [
      'http://app.example/client.json',
      'https://ada@app.example/client.json',
      'https://app.example/client.json#part',
      'https://app.example/a/../client.json',
      'https://app.example',
      'nobody',
    ]) {
      assert.equal(await server.findClient(id), null, id)
    }
    assert.equal(web.asked.length, 0)
    await close()
  })

  it('is refused where the document is not what it has to be (draft 02, sections 4 and 5) [B-OID-18]', async () => {
    const json = 'application/json'
    for (const [why, given] of [
      ['another client_id', { json: { ...document, client_id: 'https://app.example/other.json' } }],
      ['a client_id that is only alike', { json: { ...document, client_id: `${url}/` } }],
      ['no client_id', { json: { ...document, client_id: undefined } }],
      ['a secret', { json: { ...document, client_secret: 'shared' } }],
      ['the end of a secret', { json: { ...document, client_secret_expires_at: 0 } }],
      ['secret authentication', { json: { ...document, token_endpoint_auth_method: 'client_secret_basic' } }],
      ['certificates', { json: { ...document, token_endpoint_auth_method: 'tls_client_auth' } }],
      ['keys that are not there', { json: { ...document, token_endpoint_auth_method: 'private_key_jwt' } }],
      ['no redirect URI', { json: { ...document, redirect_uris: undefined } }],
      ['a bad redirect URI', { json: { ...document, redirect_uris: ['http://app.example/cb'] } }],
      ['a grant that is not open', { json: { ...document, grant_types: ['client_credentials'] } }],
      ['a list', { text: '[]' }],
      ['no JSON', { text: '<html>' }],
      ['a name twice', { text: `{"client_id":"${url}","client_id":"${url}"}` }],
      ['nothing', { text: '' }],
      ['another media type', { headers: { 'content-type': 'text/html' } }],
      ['a media type that only begins so', { headers: { 'content-type': 'application/jsonp' } }],
      ['no media type', { headers: {} }],
      ['another success', { status: 201 }],
      ['not found', { status: 404 }],
      ['too much', { headers: { 'content-type': json }, text: `{"client_id":"${url}","x":"${'x'.repeat(17_000)}"}` }],
    ] as const) {
      const { server, web, database, close } = await open()
      Object.assign(web, given)
      assert.equal(await server.findClient(url), null, why)
      assert.equal(web.refused.length, 1, why)
      assert.equal(await database.read.selectFrom('clients').selectAll().executeTakeFirst(), undefined, why)
      await close()
    }
    for (const reason of ['redirect', 'too_large', 'bad_address', 'encoded', 'timeout', 'unreachable'] as const) {
      const { server, web, close } = await open()
      web.refuses = reason
      assert.equal(await server.findClient(url), null, reason)
      await close()
    }
  })

  it('may hold keys, and a media type of its own that is JSON', async () => {
    const { server, web, close } = await open()
    web.headers = { 'content-type': 'application/client-metadata+json; charset=utf-8' }
    web.json = {
      ...document,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://app.example/jwks.json',
    }
    const client = await server.findClient(url)
    assert.deepEqual([client?.authMethod, client?.isConfidential], ['private_key_jwt', true])
    await close()
  })

  it('is left alone for longer each time that it fails [B-OID-18]', async () => {
    const { server, web, time, close } = await open()
    web.status = 404
    const pauses: number[] = []
    for (let failures = 0, waited = 0; failures < 12; waited += 1) {
      const before = web.asked.length
      assert.equal(await server.findClient(url), null)
      if (web.asked.length > before) {
        pauses.push(waited * 10)
        waited = 0
        failures += 1
      }
      time.now += 10_000
    }
    assert.deepEqual(pauses, [0, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600])
    web.status = 200
    time.now += 3_600_000
    assert.equal((await server.findClient(url))?.name, 'An agent')
    await close()
  })

  it('goes on counting for a day where its server is away, and ends at once where the document is', async () => {
    const { server, web, time, close } = await open()
    await server.findClient(url)
    time.now += 3_600_000
    web.refuses = 'unreachable'
    assert.equal((await server.findClient(url))?.name, 'An agent')
    time.now += 86_400_000
    assert.equal(await server.findClient(url), null)
    web.refuses = undefined
    time.now += 3_600_000
    assert.equal((await server.findClient(url))?.name, 'An agent')
    time.now += 3_600_000
    web.status = 503
    assert.equal((await server.findClient(url))?.name, 'An agent')
    time.now += 3_600_000
    web.status = 410
    assert.equal(await server.findClient(url), null)
    await close()
  })

  it('is asked for once by all who want it at once, and few documents are under way together [B-OID-18]', async () => {
    const { server, web, close } = await open()
    let release: () => void = () => undefined
    web.held = new Promise((resolve) => (release = resolve))
    const same = Array.from({ length: 50 }, async () => server.findClient(url))
    const others = Array.from({ length: 7 }, async (_, index) => server.findClient(`https://app.example/${index}`))
    while (web.asked.length < 8) await new Promise(setImmediate)
    await assert.rejects(server.findClient('https://app.example/one-too-many'), { status: 503 })
    release()
    const found = await Promise.all(same)
    assert.equal(new Set(found.map((client) => client?.key)).size, 1)
    await Promise.all(others)
    assert.equal(web.asked.length, 8)
    await close()
  })

  it('is told to come back where too many new ones come in a minute, while those that are known go on [B-OID-18]', async () => {
    const { server, web, time, close } = await open()
    await server.findClient(url)
    web.status = 404
    for (let count = 1; count < 120; count += 1) await server.findClient(`https://app.example/${count}`)
    await assert.rejects(server.findClient('https://app.example/one-too-many'), { status: 503 })
    assert.equal((await server.findClient(url))?.name, 'An agent')
    time.now += 60_000
    assert.equal(await server.findClient('https://app.example/one-too-many'), null)
    await close()
  })

  it('never takes the place of a client that was registered by hand [B-OID-18]', async () => {
    const { server, web, close } = await open()
    const by = { actor: 'system' }
    const values = { name: 'By hand', grantTypes: ['client_credentials'], scopes: ['read'] }
    await server.clients.create(values, { by, identifier: url })
    const client = await server.findClient(url)
    assert.deepEqual([client?.name, client?.source, web.asked.length], ['By hand', 'manual', 0])
    await close()
  })

  it('is forgotten when nobody has asked for it in a day and nothing of it is left', async () => {
    const { server, time, database, close, addClient } = await open()
    await addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    await server.findClient(url)
    const count = async (): Promise<number> => (await server.clients.list()).clients.length
    await purge(database, { now: time.now + 86_400_000, pause: 0 })
    assert.equal(await count(), 2)
    await purge(database, { now: time.now + 2 * 86_400_000, pause: 0 })
    assert.equal(await count(), 1)
    assert.equal((await server.findClient(url))?.name, 'An agent')
    await close()
  })

  it('stays switched off where an administrator has switched it off', async () => {
    const { server, web, time, close } = await open()
    await server.findClient(url)
    await server.clients.disable(url, { by: { actor: 'system' } })
    time.now += 3_600_000
    assert.equal((await server.findClient(url))?.isActive, false)
    assert.equal(web.asked.length, 2)
    await close()
  })
})

onEachDatabase('a metadata document that two nodes read at once', (stage) => {
  it('makes one client, and none where one was made by hand meanwhile [B-OID-18]', async () => {
    const at = await stage()
    const [one, two] = [await open({}, at), await open({}, { ...at, database: at.second })]
    const found = await Promise.all([one.server.findClient(url), two.server.findClient(url)])
    assert.equal(new Set(found.map((client) => client?.key)).size, 1)

    let release: () => void = () => undefined
    one.web.held = new Promise((resolve) => (release = resolve))
    one.web.json = { ...document, client_id: `${url}?two` }
    const late = one.server.findClient(`${url}?two`)
    while (one.web.asked.length < 2) await new Promise(setImmediate)
    const values = { name: 'By hand', grantTypes: ['client_credentials'], scopes: ['read'] }
    await two.server.clients.create(values, { by: { actor: 'system' }, identifier: `${url}?two` })
    release()
    assert.equal(await late, null)
    assert.equal((await one.server.findClient(`${url}?two`))?.name, 'By hand')
    await one.close()
    await two.close()
  })
})
