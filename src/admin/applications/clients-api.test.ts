import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createTestDoorward, type TestDoorward } from '../../testing/test-doorward.ts'

const machine = { client_name: 'Machine', grant_types: ['client_credentials'], scope: 'read write' }
const web = { client_name: 'Web', scope: 'openid', redirect_uris: ['https://app.example/cb'] }

describe('/api/admin/clients/', () => {
  let doorward: TestDoorward
  let base: string
  let staff: Readonly<Record<string, string>>

  before(async () => {
    doorward = await createTestDoorward()
    base = `${await doorward.listen()}/api/admin/clients/`
    staff = await doorward.as(await doorward.users.create({ username: 'staff', isStaff: true }), 'basic')
  })
  after(async () => doorward.close())

  async function call(method: string, path = '', body?: unknown, headers = staff): Promise<Answered> {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(base + path, { method, headers: { ...json, ...headers }, ...sent })
    const text = await response.text()
    const members = text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>)
    return { status: response.status, json: members, allow: response.headers.get('allow') }
  }

  async function make(members: object): Promise<{ readonly id: string; readonly secret: string }> {
    const { status, json } = await call('POST', '', members)
    assert.equal(status, 201, JSON.stringify(json))
    return { id: String(json['client_id']), secret: String(json['client_secret']) }
  }

  async function tokenFor(id: string, secret: string): Promise<Response> {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret })
    return fetch(new URL('/o/token/', base), { method: 'POST', body })
  }

  it('ends all tokens of a client, and leaves it as it is', async () => {
    const { id, secret } = await make(machine)
    const { access_token: token } = (await (await tokenFor(id, secret)).json()) as { access_token: string }
    const whoami = async () =>
      (await fetch(new URL('/api/whoami/', base), { headers: { authorization: `Bearer ${token}` } })).status
    assert.equal(await whoami(), 200)
    const answer = await call('POST', `${id}/revoke-tokens/`, {})
    assert.deepEqual([answer.status, answer.json], [200, { grants: 0 }])
    assert.equal(await whoami(), 401)
    assert.equal((await tokenFor(id, secret)).status, 200)
    assert.equal((await call('POST', 'nothing/revoke-tokens/', {})).status, 404)
    assert.equal((await call('POST', `${id}/revoke-tokens/`, {}, {})).status, 401)
  })

  it('makes a client by the names of RFC 7591, shows its secret once, and reads it again [B-STO-01]', async () => {
    const { status, json } = await call('POST', '', machine)
    assert.equal(status, 201)
    const { client_secret: secret, ...rest } = json
    assert.match(String(secret), /^dw_sec_/)
    const now = Math.floor(doorward.clock.now() / 1000)
    assert.ok(Number(rest['client_id_issued_at']) <= now && Number(rest['client_id_issued_at']) > now - 60)
    const { client_id: id, client_id_issued_at: issuedAt, ...registered } = rest
    assert.deepEqual(registered, {
      client_name: 'Machine',
      token_endpoint_auth_method: 'client_secret',
      grant_types: ['client_credentials'],
      scope: 'read write',
      client_secret_expires_at: 0,
      is_active: true,
      is_held: false,
      is_confidential: true,
      source: 'manual',
      owner: null,
      organisation: null,
      updated_at: issuedAt,
      credentials_end_at: null,
      secret_last_used_at: null,
      secret_rotation: null,
    })
    assert.deepEqual((await call('GET', String(id))).json, rest)
    assert.equal((await tokenFor(String(id), String(secret))).status, 200)
  })

  it('lets nobody in but staff, and applications and keys of theirs only with the scope admin [AD01]', async () => {
    const { id } = await make(machine)
    const user = await doorward.users.create()
    const admin = await doorward.users.create({ isStaff: true })
    const service = await doorward.serviceAccounts.create({ scopes: ['admin'] })
    const strangers: readonly (readonly [number, Readonly<Record<string, string>>])[] = [
      [401, {}],
      [403, await doorward.as(user, 'basic')],
      [403, await doorward.as(user, 'apiKey', { scopes: ['admin'] })],
      [403, await doorward.as(service, 'apiKey', { scopes: ['admin'] })],
      [403, await doorward.as(admin, 'apiKey', { scopes: ['read', 'write'] })],
    ]
    for (const [status, headers] of strangers) {
      for (const [method, path] of everyRoute(id)) {
        assert.equal((await call(method, path, undefined, headers)).status, status, `${method} ${path}`)
      }
    }
    const key = await doorward.as(admin, 'apiKey', { scopes: ['admin'] })
    assert.equal((await call('GET', id, undefined, key)).status, 200)
    assert.equal((await call('GET', id)).json['is_active'], true, 'nothing was done')
  })

  it('tells of every fault at once, by the names that were sent [B-URI-17 RU05 AZ38 RG06]', async () => {
    const redirects = ['https://app.example/cb#x', 'http://app.example/cb', 'javascript:alert(1)']
    const { status, json } = await call('POST', '', {
      ...web,
      redirect_uris: redirects,
      logo_uri: 'x',
      scope: 'openid nope',
    })
    assert.equal(status, 400)
    assert.deepEqual(Object.keys(json).toSorted(), ['code', 'detail', 'logo_uri', 'redirect_uris', 'scope'])
    assert.equal((json['redirect_uris'] as readonly string[]).length, 3)
    const unfit = await call('POST', '', { ...machine, token_endpoint_auth_method: 'none' })
    assert.deepEqual([unfit.status, 'grant_types' in unfit.json], [400, true])
    for (const [body, field] of [
      [{ ...machine, color: 'red' }, 'color'],
      [{ ...machine, is_active: false }, 'is_active'],
      [{ ...machine, owner: 7 }, 'owner'],
      [{ ...machine, client_id: 'with blank' }, 'client_id'],
      [{ ...machine, client_secret: 'short' }, 'client_secret'],
      [{ ...machine, jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }, 'jwks'],
      [{}, 'client_name'],
    ] as const) {
      const refused = await call('POST', '', body)
      assert.deepEqual([refused.status, field in refused.json], [400, true], field)
    }
  })

  it('refuses bodies that are none', async () => {
    for (const [body, type, status] of [
      ['{', 'application/json', 400],
      ['[]', 'application/json', 400],
      ['{"client_name":"a","client_name":"b"}', 'application/json', 400],
      [Buffer.from([0x7b, 0xff, 0x7d]), 'application/json', 400],
      ['{}', 'text/plain', 415],
      ['x'.repeat(2_000_000), 'application/json', 413],
    ] as const) {
      const headers = { ...staff, 'content-type': type }
      const response = await fetch(base, { method: 'POST', headers, body }).catch(() => null)
      if (response === null) continue
      assert.equal(response.status, status, type)
      await response.arrayBuffer()
    }
  })

  it('changes what is sent, and with PUT all of it', async () => {
    const { id } = await make({ ...web, logo_uri: 'https://app.example/logo', contacts: ['a@b.example'] })
    const changed = await call('PATCH', id, { client_name: 'New', logo_uri: null })
    assert.equal(changed.status, 200)
    assert.deepEqual(
      [changed.json['client_name'], changed.json['logo_uri'], changed.json['contacts']],
      ['New', undefined, ['a@b.example']],
    )
    const replaced = await call('PUT', id, web)
    assert.deepEqual([replaced.json['client_name'], replaced.json['contacts']], ['Web', undefined])
    assert.ok(!('client_secret' in replaced.json))
    assert.equal((await call('PATCH', id, { redirect_uris: [] })).status, 400)
    assert.equal((await call('PUT', id, { client_name: 'x' })).status, 400)
    assert.equal((await call('PATCH', id, { owner: 'me' })).status, 400)
    const confidential = await make({ ...web, token_endpoint_auth_method: 'none' })
    assert.equal(confidential.secret, 'undefined')
    const now = await call('PATCH', confidential.id, { token_endpoint_auth_method: 'client_secret_basic' })
    assert.match(String(now.json['client_secret']), /^dw_sec_/)
  })

  it('gives another secret, and ends one of the two [CA02]', async () => {
    const { id, secret: first } = await make(machine)
    const started = await call('POST', `${id}/rotate-secret/`, { overlap: 3600 })
    assert.equal(started.status, 200)
    const second = String(started.json['client_secret'])
    assert.ok(started.json['secret_rotation'] !== null)
    assert.deepEqual([(await tokenFor(id, first)).status, (await tokenFor(id, second)).status], [200, 200])
    assert.equal((await call('POST', `${id}/rotate-secret/`, {})).status, 409)
    assert.equal((await call('POST', `${id}/finish-rotation/`)).json['secret_rotation'], null)
    assert.deepEqual([(await tokenFor(id, first)).status, (await tokenFor(id, second)).status], [401, 200])
    assert.equal((await call('POST', `${id}/cancel-rotation/`)).status, 409)
    for (const overlap of [-1, 1.5, '7d', 1e9]) {
      assert.equal((await call('POST', `${id}/rotate-secret/`, { overlap })).status, 400)
    }
  })

  it('switches off and on, and deletes: the next request knows [B-TKE-10]', async () => {
    const { id, secret } = await make(machine)
    const { access_token: token } = (await (await tokenFor(id, secret)).json()) as { access_token: string }
    const seen = async (): Promise<string | undefined> => {
      const request = doorward.request('GET', '/', { authorization: `Bearer ${token}` })
      return doorward.auth.identify(request).then(
        (identity) => identity?.via,
        () => 'refused',
      )
    }
    assert.equal(await seen(), 'oauth2')
    assert.equal((await call('POST', `${id}/disable/`)).json['is_active'], false)
    assert.deepEqual([await seen(), (await tokenFor(id, secret)).status], ['refused', 401])
    assert.equal((await call('POST', `${id}/enable/`)).json['is_active'], true)
    assert.deepEqual([await seen(), (await tokenFor(id, secret)).status], ['oauth2', 200])
    assert.equal((await call('DELETE', id)).status, 204)
    assert.deepEqual([await seen(), (await tokenFor(id, secret)).status], ['refused', 401])
    for (const [method, path] of everyRoute(id)) {
      const { status } = await call(method, path, method === 'GET' || method === 'DELETE' ? undefined : {})
      assert.equal(status, path.startsWith(id) ? 404 : status, `${method} ${path}`)
    }
  })

  it('lets superusers alone make or change one that nobody is asked about: its answers could be led anywhere [AD01]', async () => {
    const root = await doorward.as(await doorward.users.create({ isStaff: true, isSuperuser: true }), 'basic')
    const trusted = { ...web, consent: 'never' }
    assert.equal((await call('POST', '', trusted)).status, 403)
    const made = await call('POST', '', trusted, root)
    assert.equal(made.status, 201)
    const id = String(made.json['client_id'])
    const evil = { redirect_uris: ['https://evil.example/cb'] }
    assert.equal((await call('PATCH', id, evil)).status, 403)
    assert.equal((await call('PUT', id, { ...web, ...evil })).status, 403)
    assert.equal((await call('POST', `${id}/rotate-secret/`, {})).status, 403)
    assert.deepEqual((await call('GET', id)).json['redirect_uris'], web.redirect_uris)
    const { id: asked } = await make(web)
    assert.equal((await call('PATCH', asked, { consent: 'never' })).status, 403)
    assert.equal((await call('PATCH', asked, evil)).status, 200)
    assert.equal((await call('PATCH', id, evil, root)).status, 200)
    assert.equal((await call('POST', `${id}/disable/`, {})).status, 200, 'anybody may stop it')
  })

  it('takes note that one from the portal was looked at, as it was then', async () => {
    const { clients } = doorward.instance.oauth
    const owner = (await doorward.users.create()).id
    const given = { name: 'Notes', redirectUris: ['https://app.example/cb'], scopes: ['openid'] }
    const { client } = await clients.create(given, { by: { actor: `user:${owner}` }, owner, source: 'portal' })
    const read = await call('GET', client.id)
    assert.equal(read.json['source'], 'portal')
    const seen = { updated_at: read.json['updated_at'] }
    assert.equal((await call('POST', `${client.id}/review/`, { updated_at: 1 })).status, 409)
    const reviewed = await call('POST', `${client.id}/review/`, seen)
    assert.deepEqual([reviewed.status, reviewed.json['source']], [200, 'manual'])
    for (const body of [{ updated_at: 'x' }, { updated_at: null }, { other: 1 }]) {
      assert.equal((await call('POST', `${client.id}/review/`, body)).status, 400, JSON.stringify(body))
    }
    assert.equal((await call('POST', 'nobody/review/', {})).status, 404)
  })

  it('lists page by page, and refuses a page that it has not named [AD12]', async () => {
    const owner = await doorward.users.create()
    const ids: string[] = []
    for (let n = 0; n < 3; n++) ids.unshift((await make({ ...machine, owner: owner.id })).id)
    const first = await call('GET', `?owner=${owner.id}&limit=2`)
    const idsIn = ({ json }: Answered): readonly unknown[] =>
      (json['clients'] as readonly Record<string, unknown>[]).map((client) => client['client_id'])
    assert.deepEqual(idsIn(first), ids.slice(0, 2))
    const second = await call('GET', `?owner=${owner.id}&after=${String(first.json['next'])}`)
    assert.deepEqual([idsIn(second), second.json['next']], [ids.slice(2), null])
    for (const query of ['?after=forged', '?after=', '?limit=0', '?limit=x', '?limit=1000000']) {
      assert.equal((await call('GET', query)).status, 400, query)
    }
  })

  it('finds a client that was taken over by its own client_id, and nothing at other paths', async () => {
    const id = 'https://old.example/client 1'.replace(' ', '%20')
    await make({ ...machine, client_id: id, client_secret: 'a-secret-of-another-server-0123456789' })
    const path = encodeURIComponent(id)
    assert.equal((await call('GET', path)).json['client_id'], id)
    assert.equal((await call('GET', `${path}/`)).json['client_id'], id)
    assert.equal((await call('POST', '', { ...machine, client_id: id })).status, 409)
    for (const wrong of ['nobody', `${path}/dance/`, `${path}/disable/now/`, '%zz', '%00', `${path}/constructor/`]) {
      assert.equal((await call('GET', wrong)).status, 404, wrong)
    }
    assert.deepEqual(await call('GET', `${path}/disable/`), {
      status: 405,
      json: { detail: 'This method is not allowed here.', code: 'method_not_allowed' },
      allow: 'POST, OPTIONS',
    })
    assert.equal((await call('DELETE')).allow, 'GET, POST, OPTIONS')
  })

  it('says in the audit log which administrator it was [AD07]', async () => {
    const { id } = await make(machine)
    const { instance } = doorward
    const log = await instance.database.read
      .selectFrom('audit_events')
      .selectAll()
      .where('subject', '=', `client:${id}`)
      .executeTakeFirstOrThrow()
    const admin = await instance.users.findByLogin('staff')
    assert.deepEqual([log.event, log.actor, log.address], ['client.created', `user:${admin?.id}`, '127.0.0.1'])
    assert.ok(log.request_id !== null)
  })

  it('takes a session only with the token against forged requests', async () => {
    const session = await doorward.as(await doorward.users.create({ isStaff: true }), 'session')
    const { cookie = '' } = session
    assert.equal((await call('POST', '', machine, { cookie })).status, 403)
    assert.equal((await call('GET', '', undefined, { cookie })).status, 200)
  })
})

function everyRoute(id: string): readonly (readonly [method: string, path: string])[] {
  const actions = ['rotate-secret', 'finish-rotation', 'cancel-rotation', 'disable', 'enable', 'review']
  return [
    ['GET', ''],
    ['POST', ''],
    ['GET', id],
    ['PATCH', id],
    ['PUT', id],
    ['DELETE', id],
    ...actions.map((action) => ['POST', `${id}/${action}/`] as const),
  ]
}

interface Answered {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
  readonly allow: string | null
}
