import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createTestDoorward, type TestDoorward } from '../../src/testing/test-doorward.ts'

const by = { by: { actor: 'system' } }
const grantTypes = ['client_credentials', 'refresh_token', 'authorization_code']
const form = 'application/x-www-form-urlencoded'

let doorward: TestDoorward
let origin = ''
let id = ''
let secret = ''

before(async () => {
  doorward = await createTestDoorward({ settings: { bodyLimit: 4096 } })
  origin = await doorward.listen()
  const { clients } = doorward.instance.oauth
  const redirectUris = ['https://machine.example/cb']
  const made = await clients.create({ name: 'machine', grantTypes, redirectUris, scopes: ['read', 'write'] }, by)
  id = made.client.id
  secret = made.secret ?? ''
  const spa = { name: 'spa', authMethod: 'none', grantTypes: ['authorization_code'], scopes: ['read'] } as const
  await clients.create({ ...spa, redirectUris: ['https://spa.example/cb', 'http://127.0.0.1/cb'] }, by)
  const allowedOrigins = ['https://tools.example', 'http://127.0.0.1:5173']
  await clients.create({ ...spa, name: 'other', redirectUris: ['https://hidden.example/cb'], allowedOrigins }, by)
})

after(async () => doorward.close())

interface Got {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

async function call(path: string, options: RequestInit): Promise<Got> {
  const response = await fetch(`${origin}${path}`, options)
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  const { status, headers } = response
  const json = isJson && text !== '' ? (JSON.parse(text) as Got['json']) : {}
  if (status >= 400 && options.method !== 'HEAD') isOAuthError(json)
  return { status, headers, text, json }
}

/** RFC 6749, section 5.2: these members, in these characters. */
function isOAuthError(json: Got['json']): void {
  assert.deepEqual(Object.keys(json), ['error', 'error_description'])
  for (const text of Object.values(json)) assert.match(String(text), /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
}

const post = async (
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = { 'content-type': form },
) => call('/o/token/', { method: 'POST', body, headers })

const credentials = (): string => `client_id=${id}&client_secret=${secret}`

describe('the token endpoint', () => {
  it('answers other methods with 405 and what there is, as OAuth endpoints do [B-TKE-13 TK01]', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD']) {
      const { status, headers, json, text } = await call('/o/token/', { method })
      assert.equal(status, 405)
      assert.equal(headers.get('allow'), 'OPTIONS, POST')
      if (method === 'HEAD') assert.equal(text, '')
      else assert.equal(json['error'], 'invalid_request')
    }
    for (const path of ['/o/revoke_token/', '/o/introspect/', '/o/introspect']) {
      const { status, headers } = await call(`${path}?token=x&${credentials()}`, { method: 'GET' })
      assert.deepEqual([status, headers.get('allow')], [405, 'OPTIONS, POST'])
    }
  })

  it('answers with JSON that no cache keeps, with or without a slash [B-TKE-01 TK02]', async () => {
    for (const path of ['/o/token/', '/o/token']) {
      const body = `grant_type=client_credentials&${credentials()}`
      const { status, headers, json } = await call(path, { method: 'POST', body, headers: { 'content-type': form } })
      assert.equal(status, 200)
      assert.equal(headers.get('content-type')?.toLowerCase(), 'application/json; charset=utf-8')
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.equal(headers.get('pragma'), 'no-cache')
      assert.equal(json['token_type'], 'Bearer')
    }
  })

  it('takes nothing from the query: neither credentials nor a grant [B-TKE-13 TK03]', async () => {
    const all = `grant_type=client_credentials&${credentials()}`
    const empty = await call(`/o/token/?${all}`, { method: 'POST' })
    assert.deepEqual([empty.status, empty.json['error']], [400, 'invalid_request'])
    const options = { method: 'POST', headers: { 'content-type': form } }
    const nobody = await call(`/o/token/?${all}`, { ...options, body: 'grant_type=client_credentials' })
    assert.deepEqual([nobody.status, nobody.json['error']], [401, 'invalid_client'])
    const scope = await call('/o/token/?scope=read', { ...options, body: all })
    assert.equal(scope.json['scope'], 'read write')
  })

  it('refuses a parameter that is sent twice, and one without a value counts as left out [TK04]', async () => {
    const all = `grant_type=client_credentials&${credentials()}`
    for (const twice of ['grant_type=client_credentials', `client_id=${id}`, 'scope=read&scope=read', 'x=1&x=2']) {
      const { status, json } = await post(`${all}&${twice}`)
      assert.deepEqual([status, json['error']], [400, 'invalid_request'])
    }
    // RFC 6749, section 3.1.
    assert.equal((await post(`${all}&scope=`)).json['scope'], 'read write')
    assert.equal((await post(`${credentials()}&grant_type=`)).json['error'], 'invalid_request')
  })

  it('takes forms in UTF-8 and nothing else [B-TKE-14 TK05]', async () => {
    const all = `grant_type=client_credentials&${credentials()}`
    const json = JSON.stringify({ grant_type: 'client_credentials', client_id: id, client_secret: secret })
    const bytes = new TextEncoder().encode(all)
    for (const [body, type] of [
      [json, 'application/json'],
      [all, 'text/plain'],
      [all, `${form}; charset=utf-16`],
      [all, `${form}; charset=iso-8859-1`],
      [all, `${form}, ${form}`],
      [all, `multipart/form-data; boundary=x`],
      [all, 'x'],
    ] as const) {
      const answer = await post(body, { 'content-type': type })
      assert.deepEqual([type, answer.status, answer.json['error']], [type, 400, 'invalid_request'])
    }
    const untyped = await post(bytes, {})
    assert.deepEqual([untyped.status, untyped.json['error']], [400, 'invalid_request'])
    for (const type of [`${form};charset=UTF-8`, `${form}; charset="utf-8"`, form.toUpperCase()]) {
      assert.equal((await post(all, { 'content-type': type })).status, 200)
    }
  })

  it('refuses a form that is malformed or too large, and says so as always [TK05 TK21]', async () => {
    const all = `grant_type=client_credentials&${credentials()}`
    for (const broken of ['%', '%zz=1', 'a=%ff', 'a=%00', '=1', 'a=%E0%80%80']) {
      const { status, json } = await post(`${all}&${broken}`)
      assert.deepEqual([broken, status, json['error']], [broken, 400, 'invalid_request'])
    }
    const invalid = await post(Uint8Array.of(...Buffer.from(`${all}&a=`), 0xff, 0xfe))
    assert.deepEqual([invalid.status, invalid.json['error']], [400, 'invalid_request'])
    const many = await post(`${all}${Array.from({ length: 200 }, (_, index) => `&b${index}=1`).join('')}`)
    assert.deepEqual([many.status, many.json['error']], [400, 'invalid_request'])
    const huge = await post(`${all}&a=${'x'.repeat(8000)}`)
    assert.deepEqual([huge.status, huge.json['error']], [413, 'invalid_request'])
    for (const name of ['scope', 'grant_type', 'client_id']) {
      const fields = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret })
      fields.set(name, '"\\\u0001<script>é'.repeat(20))
      const { status } = await post(fields.toString())
      assert.ok(status === 400 || status === 401)
    }
  })

  it('tells a grant that is not there from one that the client may not use [B-TKE-02 B-TKE-11 TK06]', async () => {
    for (const [name, error] of [
      ['foo', 'unsupported_grant_type'],
      ['password', 'unsupported_grant_type'],
      ['implicit', 'unsupported_grant_type'],
      ['__proto__', 'unsupported_grant_type'],
      ['constructor', 'unsupported_grant_type'],
      ['CLIENT_CREDENTIALS', 'unsupported_grant_type'],
      ['urn:ietf:params:oauth:grant-type:device_code', 'unauthorized_client'],
    ]) {
      const { status, json } = await post(`grant_type=${name}&${credentials()}`)
      assert.deepEqual([name, status, json['error']], [name, 400, error])
    }
  })

  it('tells the scope of a token always, and so where it differs from what was asked for [TK20]', async () => {
    const all = `grant_type=client_credentials&${credentials()}`
    assert.equal((await post(all)).json['scope'], 'read write')
    assert.equal((await post(`${all}&scope=write`)).json['scope'], 'write')
    assert.equal((await post(`${all}&scope=write+read+write`)).json['scope'], 'write read')
    const beyond = await post(`${all}&scope=read+admin`)
    assert.deepEqual([beyond.status, beyond.json['error']], [400, 'invalid_scope'])
  })
})

describe('the endpoints that pages elsewhere may call', () => {
  const preflight = async (path: string, headers: Record<string, string>): Promise<Headers> => {
    const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'dpop' }
    const { status, headers: got, text } = await call(path, { method: 'OPTIONS', headers: { ...asked, ...headers } })
    assert.deepEqual([status, text], [204, ''])
    assert.equal(got.get('vary'), 'Origin')
    assert.equal(got.get('access-control-allow-credentials'), null)
    return got
  }

  it('name the origin of a client in their preflight, without credentials [B-URI-19 TK22]', async () => {
    for (const path of ['/o/token/', '/o/token', '/o/revoke_token/']) {
      for (const home of ['https://spa.example', 'https://tools.example', 'http://127.0.0.1:5173']) {
        const got = await preflight(path, { origin: home })
        assert.equal(got.get('access-control-allow-origin'), home)
        assert.equal(got.get('access-control-allow-methods'), 'POST')
        assert.equal(got.get('access-control-allow-headers'), 'authorization, content-type, dpop')
      }
    }
  })

  it('name no other origin, nor any without one [B-URI-19 B-URI-20 TK22]', async () => {
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: 'http://spa.example' },
      { origin: 'https://spa.example:8443' },
      { origin: 'https://spa.example.evil.example' },
      { origin: 'https://user:pw@spa.example' },
      { origin: 'https://spa.example/' },
      { origin: 'https://SPA.example' },
      { origin: 'http://127.0.0.1' },
      { origin: 'https://machine.example' },
      { origin: 'https://hidden.example' },
      { origin: 'null' },
      { origin: '*' },
      { origin: 'x'.repeat(3000) },
    ]) {
      const got = await preflight('/o/token/', headers)
      const named = [...got.keys()].filter((name) => name.startsWith('access-control-'))
      assert.deepEqual(named, [])
    }
  })

  it('name it in answers and refusals, so that a script can read them, and no other there either [B-URI-19 TK22]', async () => {
    const all = `grant_type=client_credentials&${credentials()}`
    for (const [body, status] of [
      [all, 200],
      ['grant_type=foo', 401],
    ] as const) {
      const good = await post(body, { 'content-type': form, origin: 'https://spa.example' })
      assert.equal(good.status, status)
      assert.equal(good.headers.get('access-control-allow-origin'), 'https://spa.example')
      assert.equal(good.headers.get('access-control-allow-credentials'), null)
      assert.match(good.headers.get('access-control-expose-headers') ?? '', /DPoP-Nonce/)
      const other = await post(body, { 'content-type': form, origin: 'https://evil.example' })
      assert.equal(other.headers.get('access-control-allow-origin'), null)
      assert.equal(other.headers.get('vary'), 'Origin')
    }
  })

  it('learn of a new client at once, and of one that was switched off', async () => {
    const { clients } = doorward.instance.oauth
    const origin = 'https://new.example'
    assert.equal((await preflight('/o/token/', { origin })).get('access-control-allow-origin'), null)
    const values = { name: 'new', authMethod: 'none', redirectUris: [`${origin}/cb`], scopes: ['read'] } as const
    const { client } = await clients.create(values, by)
    await doorward.clock.advance(1000)
    assert.equal((await preflight('/o/token/', { origin })).get('access-control-allow-origin'), origin)
    await clients.disable(client.id, by)
    await doorward.clock.advance(10_000)
    assert.equal((await preflight('/o/token/', { origin })).get('access-control-allow-origin'), null)
  })

  it('are these and no others: introspection is for servers', async () => {
    const { headers } = await call('/o/introspect/', { method: 'OPTIONS', headers: { origin: 'https://spa.example' } })
    assert.equal(headers.get('access-control-allow-origin'), null)
  })
})
