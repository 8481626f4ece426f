import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { headerOf } from '../../accounts/browser.contract.ts'
import { generateSigningKey, type SigningKey } from '../../crypto/jwk.ts'
import { signJws } from '../../crypto/jws.ts'
import { makeProofKey, type ProofKey } from '../../http/dpop.contract.ts'
import type { Answer, Exchange } from '../../http/exchange.ts'
import { readBody } from '../../http/read-body.ts'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import {
  type AskingClient,
  type AuthorizeDesk,
  type Fields,
  goodRequest,
  openAuthorizeDesk,
  queryOf,
  saidIn,
  verifier,
} from '../authorize.contract.ts'
import type { Answered } from '../oauth-desk.contract.ts'

const path = '/o/par/'

describe('the endpoint for pushed authorization requests', () => {
  it('gives a name for the request that lives for a minute [PR01 B-OID-16]', async () => {
    const desk = await openAuthorizeDesk()
    const answer = await push(desk, await desk.addWeb())
    // RFC 9126, section 2.2.
    assert.equal(answer.status, 201)
    assert.equal(answer.header('cache-control'), 'no-store')
    const { request_uri: uri, ...rest } = answer.json
    assert.match(String(uri), /^urn:ietf:params:oauth:request_uri:dw_par_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}$/)
    assert.deepEqual(rest, { expires_in: 60 })
    await desk.close()
  })

  it('leads to a code, with nothing that the browser says beside it [PR01 PR10 B-OID-16]', async () => {
    const desk = await openAuthorizeDesk()
    const client = await desk.addWeb()
    const ada = await desk.browserOf(await desk.addPerson('ada'))
    const uri = await pushed(desk, client, { scope: 'read', state: 'pushed' })
    const other = { scope: 'read write', state: 'evil', redirect_uri: 'https://evil.example/' }
    const page = await visit(desk, ada, client, uri, other)
    assert.equal(page.status, 200)
    assert.ok(!page.body.includes('Change your data'))
    const answer = await desk.decide(ada, page)
    assert.match(headerOf(answer, 'location') ?? '', /^https:\/\/app\.example\/cb\?/)
    assert.equal(saidIn(answer).get('state'), 'pushed')
    const { status, json } = await desk.redeem(client, saidIn(answer).get('code') ?? '')
    assert.deepEqual([status, json['scope']], [200, 'read'])
    await desk.close()
  })

  it('authenticates the client like the token endpoint, and stores none of it [PR04 CA19 B-OID-16]', async () => {
    const desk = await openAuthorizeDesk()
    const client = await desk.addWeb()
    for (const fields of [{ client_secret: 'wrong' }, { client_secret: null }, { client_id: 'nobody' }]) {
      const answer = await push(desk, client, fields)
      assert.deepEqual([answer.status, answer.json['error']], [401, 'invalid_client'])
    }
    const { client_secret: _, ...rest } = { ...goodRequest(client), client_secret: client.secret }
    const basic = `Basic ${Buffer.from(`${client.id}:${String(client.secret)}`).toString('base64')}`
    assert.equal((await desk.post(path, queryOf(rest), { authorization: basic })).status, 201)
    assert.equal((await push(desk, client)).status, 201)
    assert.equal((await push(desk, await desk.addSpa())).status, 201)
    const rows = await desk.database.read.selectFrom('pushed_requests').selectAll().execute()
    assert.equal(rows.length, 3)
    for (const { parameters } of rows)
      assert.ok(!parameters.includes('client_secret') && !parameters.includes(client.secret ?? 'x'))
    await desk.close()
  })

  it('refuses at once what the authorization endpoint would refuse later [PR04]', async () => {
    const desk = await openAuthorizeDesk()
    const client = await desk.addWeb()
    for (const [fields, error] of [
      [{ redirect_uri: 'https://evil.example/' }, 'invalid_request'],
      [{ redirect_uri: 'https://app.example/cb/' }, 'invalid_request'],
      [{ scope: 'admin' }, 'invalid_scope'],
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ response_type: null }, 'invalid_request'],
      [{ code_challenge: null, code_challenge_method: null }, 'invalid_request'],
      [{ code_challenge_method: 'plain' }, 'invalid_request'],
      [{ prompt: 'none login' }, 'invalid_request'],
      [{ max_age: '-1' }, 'invalid_request'],
      [{ claims: '{' }, 'invalid_request'],
      [{ dpop_jkt: 'x' }, 'invalid_request'],
      [{ resource: 'https://elsewhere.example/' }, 'invalid_target'],
      [{ state: ['a', 'b'] }, 'invalid_request'],
      [{ request: ['a', 'b'] }, 'invalid_request'],
    ] as const) {
      const answer = await push(desk, client, fields)
      assert.deepEqual([answer.status, answer.json['error']], [400, error], JSON.stringify(fields))
      assert.ok(!answer.text.includes('evil') && !answer.text.includes('elsewhere'))
    }
    assert.equal((await desk.database.read.selectFrom('pushed_requests').selectAll().execute()).length, 0)
    await desk.close()
  })

  it('refuses a request_uri in what is pushed, and in a request object there [PR02]', async () => {
    const desk = await openAuthorizeDesk()
    const { client, sign } = await signing(desk)
    const uri = await pushed(desk, client)
    for (const fields of [
      { request_uri: uri },
      { request_uri: 'https://client.example/request.jwt' },
      { request: sign({ request_uri: uri }) },
    ]) {
      const answer = await push(desk, client, fields)
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_request'])
    }
    await desk.close()
  })

  it('takes POST alone, and refuses what is too large and what comes too often [PR03]', async () => {
    const desk = await openAuthorizeDesk()
    const client = await desk.addWeb()
    const route = desk.server.routes.find((one) => one.path === path)
    assert.deepEqual(
      Object.keys(route?.methods ?? {}).filter((name) => name !== 'OPTIONS'),
      ['POST'],
    )
    const sent = await push(desk, client, { state: 'x'.repeat(70_000) }, {}, { limit: 65_536 })
    assert.deepEqual([sent.status, sent.json['error']], [413, 'invalid_request'])
    const long = await push(desk, client, { state: 'x'.repeat(20_000) })
    assert.deepEqual([long.status, long.json['error']], [413, 'invalid_request'])
    desk.time.now += 60_000
    const statuses = []
    for (let count = 0; count < 301; count += 1) statuses.push((await push(desk, client)).status)
    assert.deepEqual([statuses.filter((status) => status === 201).length, statuses.at(-1)], [300, 429])
    const many = await push(desk, client)
    assert.ok(Number(many.header('retry-after')) > 0)
    await desk.close()
  })

  it('binds a request to its client: another one gets a page, and nobody is sent anywhere [PR05]', async () => {
    const desk = await openAuthorizeDesk()
    const [client, other] = [await desk.addWeb(), await desk.addSpa()]
    const ada = await desk.browserOf(await desk.addPerson('ada'))
    const uri = await pushed(desk, client)
    const answer = await visit(desk, ada, other, uri)
    assert.equal(answer.status, 400)
    assert.match(answer.body, /invalid_request_uri/)
    assert.equal(headerOf(answer, 'location'), null)
    // It stays good for its own client.
    assert.equal((await visit(desk, ada, client, uri)).status, 200)
    await desk.close()
  })

  it('is over when a code was issued for it, and when its minute has passed [PR06 B-OID-16]', async () => {
    const desk = await openAuthorizeDesk()
    const client = await desk.addWeb()
    const ada = await desk.browserOf(await desk.addPerson('ada'))
    const uri = await pushed(desk, client)
    assert.ok(saidIn(await desk.decide(ada, await visit(desk, ada, client, uri))).has('code'))
    const late = await pushed(desk, client)
    desk.time.now += 60_000
    for (const gone of [
      uri,
      late,
      `${uri}x`,
      'urn:ietf:params:oauth:request_uri:x',
      'urn:ietf:params:oauth:request_uri:',
    ]) {
      const answer = await visit(desk, ada, client, gone)
      assert.equal(answer.status, 400)
      assert.match(answer.body, /invalid_request_uri/)
    }
    await desk.close()
  })

  it('may be loaded anew until then, and leaves time to sign in [PR06]', async () => {
    const desk = await openAuthorizeDesk()
    const client = await desk.addWeb()
    const ada = await desk.browserOf(await desk.addPerson('ada'))
    const uri = await pushed(desk, client)
    desk.time.now += 59_000
    assert.equal((await visit(desk, ada, client, uri)).status, 200)
    desk.time.now += 500_000
    const page = await visit(desk, ada, client, uri)
    assert.ok(saidIn(await desk.decide(ada, page)).has('code'))
    const slow = await pushed(desk, client)
    await visit(desk, ada, client, slow)
    desk.time.now += 601_000
    assert.equal((await visit(desk, ada, client, slow)).status, 400)
    await desk.close()
  })

  it('binds the code to the key of a DPoP proof, which has to be the one that dpop_jkt names [DP07]', async () => {
    const desk = await openAuthorizeDesk()
    const client = await desk.addSpa()
    const ada = await desk.browserOf(await desk.addPerson('ada'))
    const [key, other] = [await makeProofKey(), await makeProofKey()]
    const proof = (from: ProofKey, endpoint: string): Record<string, string> => ({
      dpop: from.prove({ htm: 'POST', htu: `https://id.example${endpoint}`, now: desk.time.now }),
    })
    // RFC 9449, section 10.1.
    const mismatch = await push(desk, client, { dpop_jkt: other.jkt }, proof(key, path))
    assert.deepEqual([mismatch.status, mismatch.json['error']], [400, 'invalid_dpop_proof'])
    const elsewhere = await push(desk, client, {}, proof(key, '/o/token/'))
    assert.deepEqual([elsewhere.status, elsewhere.json['error']], [400, 'invalid_dpop_proof'])
    for (const fields of [{}, { dpop_jkt: key.jkt }]) {
      const { json } = await push(desk, client, fields, proof(key, path))
      const page = await visit(desk, ada, client, String(json['request_uri']))
      const code = saidIn(await desk.decide(ada, page)).get('code') ?? ''
      const question = {
        grant_type: 'authorization_code',
        code,
        client_id: client.id,
        redirect_uri: client.redirectUri,
      }
      const asked = queryOf({ ...question, code_verifier: verifier })
      const redeemed = await desk.post(
        '/o/token/',
        asked,
        proof(fields.dpop_jkt === undefined ? key : other, '/o/token/'),
      )
      if (fields.dpop_jkt === undefined) assert.deepEqual([redeemed.status, redeemed.json['token_type']], [200, 'DPoP'])
      else assert.deepEqual([redeemed.status, redeemed.json['error']], [400, 'invalid_grant'])
    }
    await desk.close()
  })

  it('may be called by the pages of a public client, and by no others [TK22]', async () => {
    const desk = await openAuthorizeDesk()
    const client = await desk.addSpa({ redirectUris: ['https://spa.example/cb'] })
    for (const [origin, allowed] of [
      ['https://spa.example', 'https://spa.example'],
      ['https://evil.example', null],
    ] as const) {
      const answer = await push(desk, client, {}, { origin })
      assert.equal(answer.header('access-control-allow-origin'), allowed)
      assert.equal(answer.header('access-control-allow-credentials'), null)
    }
    await desk.close()
  })

  it('is the only way where the server wants it so, or the client is registered so [PR08 B-OID-16]', async () => {
    for (const [options, metadata] of [
      [{ requirePushedRequests: true }, {}],
      [{}, { requirePushedAuthorizationRequests: true }],
    ] as const) {
      const desk = await openAuthorizeDesk(options)
      const client = await desk.addWeb(metadata)
      const ada = await desk.browserOf(await desk.addPerson('ada'))
      const direct = await desk.ask(ada, client)
      assert.equal(saidIn(direct).get('error'), 'invalid_request')
      assert.equal(saidIn(direct).get('state'), 'af0ifjsldkj')
      assert.equal((await visit(desk, ada, client, await pushed(desk, client))).status, 200)
      await desk.close()
    }
  })
})

describe('a signed request object', () => {
  it('counts alone, pushed or brought by the browser [PR10]', async () => {
    const desk = await openAuthorizeDesk()
    const { client, sign } = await signing(desk)
    const ada = await desk.browserOf(await desk.addPerson('ada'))
    const request = sign({ scope: 'read', state: 'signed' })
    const outer = { scope: 'read write', state: 'outer', request }
    for (const page of [
      await desk.ask(ada, client, outer),
      await visit(desk, ada, client, await pushed(desk, client, outer)),
    ]) {
      assert.equal(page.status, 200)
      assert.ok(!page.body.includes('Change your data'))
      assert.equal(saidIn(await desk.decide(ada, page)).get('state'), 'signed')
    }
    await desk.close()
  })

  it('that is not good is told to the person, and nobody is sent anywhere [PR11]', async () => {
    const desk = await openAuthorizeDesk()
    const { client, sign } = await signing(desk)
    const ada = await desk.browserOf(await desk.addPerson('ada'))
    for (const request of ['x', sign({ exp: 1 }), sign({ client_id: 'another' }), sign({ sub: client.id })]) {
      const answer = await desk.ask(ada, client, { request })
      assert.equal(answer.status, 400)
      assert.match(answer.body, /invalid_request_object/)
      const refused = await push(desk, client, { request })
      assert.deepEqual([refused.status, refused.json['error']], [400, 'invalid_request_object'])
    }
    // A redirect URI in a good object is held to what is registered like any other.
    const elsewhere = await desk.ask(ada, client, { request: sign({ redirect_uri: 'https://evil.example/' }) })
    assert.deepEqual([elsewhere.status, headerOf(elsewhere, 'location')], [400, null])
    await desk.close()
  })

  it('is wanted of a client that is registered so', async () => {
    const desk = await openAuthorizeDesk()
    const { client, sign } = await signing(desk, { requireSignedRequestObject: true })
    const ada = await desk.browserOf(await desk.addPerson('ada'))
    assert.equal(saidIn(await desk.ask(ada, client)).get('error'), 'invalid_request')
    assert.equal((await push(desk, client)).json['error'], 'invalid_request')
    assert.equal((await desk.ask(ada, client, { request: sign({}) })).status, 200)
    assert.equal((await push(desk, client, { request: sign({}) })).status, 201)
    await desk.close()
  })

  it('is never fetched: request_uri_not_supported for every other address [PR13]', async () => {
    let asked = 0
    const desk = await openAuthorizeDesk({
      fetch: async () => {
        asked += 1
        throw new Error('nobody should be asked')
      },
    })
    const { client } = await signing(desk)
    const ada = await desk.browserOf(await desk.addPerson('ada'))
    for (const uri of [
      'https://client.example/request.jwt',
      'http://127.0.0.1/',
      'file:///etc/passwd',
      'urn:example:x',
    ]) {
      const answer = await visit(desk, ada, client, uri)
      assert.equal(answer.status, 400)
      assert.match(answer.body, /request_uri_not_supported/)
    }
    const both = await desk.ask(ada, client, { request: 'x', request_uri: 'urn:ietf:params:oauth:request_uri:x' })
    assert.deepEqual([both.status, headerOf(both, 'location')], [400, null])
    assert.equal(asked, 0)
    await desk.close()
  })
})

onEachDatabase('a pushed request', (stage) => {
  it('gives one code of fifty that are asked for at once [PR06 B-OID-16]', async () => {
    const { database, time } = await stage()
    const desk = await openAuthorizeDesk({}, { database, time })
    const client = await desk.addWeb()
    const ada = await desk.browserOf(await desk.addPerson('ada'))
    const uri = await pushed(desk, client)
    const page = await visit(desk, ada, client, uri)
    const answers = await Promise.all(Array.from({ length: 50 }, async () => desk.decide(ada, page)))
    assert.equal(answers.filter((answer) => saidIn(answer).has('code')).length, 1)
    for (const { status, body } of answers.filter((answer) => !saidIn(answer).has('code'))) {
      assert.equal(status, 400)
      assert.match(body, /invalid_request_uri/)
    }
    const codes = await database.read.selectFrom('authorization_codes').select('id').execute()
    assert.equal(codes.length, 1)
    await desk.close()
  })
})

async function push(
  desk: AuthorizeDesk,
  client: AskingClient,
  fields: Fields = {},
  headers: Readonly<Record<string, string>> = {},
  { limit }: { readonly limit?: number } = {},
): Promise<Answered> {
  const text = queryOf({ ...goodRequest(client), client_secret: client.secret, ...fields })
  if (limit === undefined) return desk.post(path, text, headers)
  const endpoint = desk.server.routes.find((one) => one.path === path)?.methods['POST']
  const request = new Request('https://id.example/', { method: 'POST', body: text })
  const exchange: Exchange = {
    method: 'POST',
    url: path,
    headers: { get: (name) => (name === 'content-type' ? 'application/x-www-form-urlencoded' : null) },
    address: null,
    body: async () => readBody(request, { limit }),
  }
  const answer = (await endpoint?.(exchange)) as Answer
  return {
    status: answer.status,
    text: answer.body,
    json: JSON.parse(answer.body) as Record<string, unknown>,
    header: (name) => headerOf(answer, name),
  }
}

async function pushed(desk: AuthorizeDesk, client: AskingClient, fields: Fields = {}): Promise<string> {
  const { status, json, text } = await push(desk, client, fields)
  assert.equal(status, 201, text)
  return String(json['request_uri'])
}

async function visit(
  desk: AuthorizeDesk,
  browser: Parameters<AuthorizeDesk['ask']>[0],
  { id }: AskingClient,
  uri: string,
  beside: Fields = {},
): Promise<Answer> {
  return browser.get(desk.authorize.GET, `/o/authorize/?${queryOf({ client_id: id, request_uri: uri, ...beside })}`)
}

async function signing(
  desk: AuthorizeDesk,
  metadata: Parameters<AuthorizeDesk['addWeb']>[0] = {},
): Promise<{ readonly client: AskingClient; readonly sign: (claims: object) => string }> {
  const { alg, kid, privateKey, publicJwk }: SigningKey = await generateSigningKey('ES256')
  const client = await desk.addWeb({ jwks: { keys: [publicJwk] }, ...metadata })
  const nbf = desk.time.now / 1000
  return {
    client,
    sign: (claims) =>
      signJws(
        { alg, kid, key: privateKey },
        { typ: 'oauth-authz-req+jwt' },
        { iss: client.id, aud: 'https://id.example', nbf, exp: nbf + 60, ...goodRequest(client), ...claims },
      ),
  }
}
