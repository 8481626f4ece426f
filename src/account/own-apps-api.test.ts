import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AdminStage, adminStage } from '../admin/admin-api.contract.ts'
import type { TestUser } from '../testing/test-credentials.ts'

const path = '/api/account/apps/'
const web = {
  kind: 'web',
  client_name: 'Notes',
  redirect_uris: ['https://app.example/cb'],
  scope: 'openid notes:read',
}

describe('the API of one’s own applications', () => {
  it('registers one whose secret is shown once and works, changes it, rolls its secret, and deletes it [D2 D3]', async () => {
    await using at = await open()
    const { call, ada, doorward } = at
    const made = await call(ada, 'POST', path, { ...web, client_uri: 'https://app.example/' })
    assert.equal(made.status, 201, made.text)
    const { app, client_secret: secret } = made.json as {
      app: Readonly<Record<string, unknown>>
      client_secret: string
    }
    const clientId = String(app['client_id'])
    const one = `${path}${clientId}/`
    assert.equal(await isClient(at, clientId, secret), true)
    assert.deepEqual(
      [app['kind'], app['scope'], app['is_reviewed'], app['has_secret']],
      ['web', 'openid notes:read', false, true],
    )
    const { apps } = (await call(ada, 'GET', path)).json as { apps: readonly Readonly<Record<string, unknown>>[] }
    assert.deepEqual([apps.length, apps[0]?.['client_id']], [1, clientId])
    assert.ok(!(await call(ada, 'GET', one)).text.includes(secret))

    const changed = await call(ada, 'PATCH', one, { client_name: 'Notes 2', client_uri: null })
    assert.deepEqual([changed.json['client_name'], changed.json['client_uri']], ['Notes 2', null])
    assert.deepEqual(changed.json['redirect_uris'], web.redirect_uris)

    const rolled = await call(ada, 'POST', `${one}roll/`, {})
    const second = String(rolled.json['client_secret'])
    assert.deepEqual([await isClient(at, clientId, secret), await isClient(at, clientId, second)], [true, true])
    assert.equal((await call(ada, 'POST', `${one}roll/`, {})).status, 409)
    assert.equal((await call(ada, 'POST', `${one}finish/`)).json['is_rolling'], false)
    assert.deepEqual([await isClient(at, clientId, secret), await isClient(at, clientId, second)], [false, true])
    assert.equal((await call(ada, 'POST', `${one}cancel/`)).status, 409)

    assert.deepEqual((await call(ada, 'POST', `${one}revoke-tokens/`)).json, { grants: 0 })
    assert.equal((await call(ada, 'POST', `${one}disable/`)).json['is_active'], false)
    assert.equal(await isClient(at, clientId, second), false)
    assert.equal((await call(ada, 'POST', `${one}enable/`)).json['is_active'], true)
    assert.equal((await call(ada, 'DELETE', one)).status, 204)
    assert.equal((await call(ada, 'GET', one)).status, 404)
    assert.equal(await doorward.instance.oauth.clients.find(clientId), null)
  })

  it('gives no secret to what cannot keep one, and registers machines for those who may alone', async () => {
    await using at = await open()
    const { call, ada, doorward } = at
    for (const [kind, uris] of [
      ['browser', ['https://app.example/cb']],
      ['native', ['com.example.app:/cb']],
      ['device', undefined],
    ] as const) {
      const made = await call(ada, 'POST', path, { kind, client_name: kind, redirect_uris: uris })
      assert.equal(made.status, 201, made.text)
      assert.equal(made.json['client_secret'], null)
      assert.equal((made.json['app'] as { kind: string }).kind, kind)
    }
    const machine = { kind: 'machine', client_name: 'Job', scope: 'notes:read' }
    const refused = await call(ada, 'POST', path, machine)
    assert.deepEqual([refused.status, refused.json['code']], [403, 'permission_denied'])
    assert.match(String(refused.json['detail']), /clients\.add/)
    const maker = await doorward.users.create({ username: 'maker', permissions: ['clients.add'] })
    assert.equal((await call(maker, 'POST', path, machine)).status, 201)
  })

  it('names what is wrong as it was sent, and takes nothing that is for administrators', async () => {
    await using at = await open()
    const { call, ada, doorward } = at
    const wrong: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
      [{ redirect_uris: ['https://*.example/cb'] }, 'redirect_uris'],
      [{ redirect_uris: ['javascript:alert(1)'] }, 'redirect_uris'],
      [{ redirect_uris: [] }, 'redirect_uris'],
      [{ redirect_uris: 'https://app.example/cb' }, 'redirect_uris'],
      [{ scope: 'made-up' }, 'scope'],
      [{ client_name: '' }, 'client_name'],
      [{ client_uri: 'nonsense' }, 'client_uri'],
      [{ kind: 'toaster' }, 'kind'],
      [{ consent: 'never' }, 'consent'],
      [{ pkce_optional: true }, 'pkce_optional'],
      [{ grant_types: ['password'] }, 'grant_types'],
      [{ owner: 'somebody' }, 'owner'],
    ]
    for (const [members, field] of wrong) {
      const answer = await call(ada, 'POST', path, { ...web, ...members })
      assert.equal(answer.status, 400, JSON.stringify(members))
      assert.ok(answer.text.includes(field), answer.text)
    }
    assert.deepEqual((await doorward.instance.oauth.clients.list({ owner: ada.id })).clients, [])
    const made = await call(ada, 'POST', path, web)
    const one = `${path}${(made.json['app'] as { client_id: string }).client_id}/`
    assert.equal((await call(ada, 'PATCH', one, { kind: 'machine' })).status, 400)
    assert.equal((await call(ada, 'PATCH', one, { redirect_uris: null })).status, 400)
    assert.equal((await call(ada, 'POST', `${one}roll/`, { overlap: 604_801 })).status, 400)
  })

  it('has none of anybody else, and none of an organisation that one has left (AD01)', async () => {
    await using at = await open()
    const { call, ada, eve, doorward } = at
    const made = await call(ada, 'POST', path, web)
    const { client_id: clientId } = made.json['app'] as { client_id: string }
    const { organisations } = doorward.instance.orgs
    const acme = await organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada.id }, { actor: 'system' })
    const { client: ofAcme } = await doorward.instance.oauth.clients.create(
      { name: 'Left', redirectUris: ['https://left.example/cb'] },
      { by: { actor: 'system' }, owner: eve.id, organisation: acme.id },
    )
    for (const id of [clientId, ofAcme.id, 'nothing', 'x'.repeat(3000)]) {
      for (const [method, below, body] of [
        ['GET', '', undefined],
        ['PATCH', '', { client_name: 'mine' }],
        ['DELETE', '', undefined],
        ['POST', 'roll/', {}],
        ['POST', 'finish/', undefined],
        ['POST', 'cancel/', undefined],
        ['POST', 'revoke-tokens/', undefined],
        ['POST', 'disable/', undefined],
        ['POST', 'enable/', undefined],
      ] as const) {
        assert.equal((await call(eve, method, `${path}${id}/${below}`, body)).status, 404, `${method} ${id} ${below}`)
      }
    }
    assert.deepEqual((await call(eve, 'GET', path)).json['apps'], [])
    assert.equal((await call(ada, 'GET', `${path}${clientId}/`)).status, 200)
  })

  it('gives secrets and addresses to people alone: not to keys, to applications, or to a browser that was left open', async () => {
    await using at = await open()
    const { call, callWith, ada, doorward } = at
    assert.equal((await callWith({}, 'GET', path)).status, 401)
    const narrow = await doorward.as(ada, 'apiKey', { scopes: ['notes:read'] })
    assert.equal((await callWith(narrow, 'GET', path)).status, 403)
    const made = await call(ada, 'POST', path, web)
    const one = `${path}${(made.json['app'] as { client_id: string }).client_id}/`
    const wide = await doorward.as(ada, 'apiKey', { scopes: ['account', 'openid', 'notes:read'] })
    assert.equal((await callWith(wide, 'GET', one)).status, 200)
    assert.equal((await callWith(wide, 'POST', path, web)).status, 403)
    assert.equal((await callWith(wide, 'PATCH', one, { redirect_uris: ['https://evil.example/'] })).status, 403)
    assert.equal((await callWith(wide, 'POST', `${one}roll/`, {})).status, 403)
    assert.equal((await callWith(wide, 'DELETE', one)).status, 403)
    assert.equal((await callWith(await doorward.as(ada, 'jwt'), 'POST', path, web)).status, 201)
    await doorward.clock.advance('11m')
    for (const [method, at_, body] of [
      ['POST', path, web],
      ['PATCH', one, { client_name: 'late' }],
      ['POST', `${one}roll/`, {}],
      ['POST', `${one}enable/`, undefined],
      ['DELETE', one, undefined],
    ] as const) {
      const late = await call(ada, method, at_, body)
      assert.deepEqual([late.status, late.json['code']], [401, 'insufficient_user_authentication'], `${method} ${at_}`)
    }
    assert.equal((await call(ada, 'POST', `${one}disable/`)).status, 200)
  })

  it('registers no more than one may have [appsPerUser]', async () => {
    await using at = await open({ appsPerUser: 1 })
    const { call, ada } = at
    const made = await call(ada, 'POST', path, web)
    const over = await call(ada, 'POST', path, web)
    assert.deepEqual([over.status, over.json['code']], [409, 'conflict'])
    assert.match(String(over.json['detail']), /more than 1 applications?/)
    const { client_id: clientId } = made.json['app'] as { client_id: string }
    assert.equal((await call(ada, 'DELETE', `${path}${clientId}/`)).status, 204)
    assert.equal((await call(ada, 'POST', path, web)).status, 201)
  })

  it('does not switch on what an administrator has switched off', async () => {
    await using at = await open()
    const { call, ada, superuser } = at
    const made = await call(ada, 'POST', path, web)
    const { client_id: clientId } = made.json['app'] as { client_id: string }
    assert.equal((await call(superuser, 'POST', `/api/admin/clients/${clientId}/disable/`, {})).status, 200)
    assert.equal((await call(ada, 'GET', `${path}${clientId}/`)).json['is_held'], true)
    assert.equal((await call(ada, 'POST', `${path}${clientId}/enable/`)).status, 409)
  })
})

/** Whether the secret is taken: revoking a token that is none is answered with 200 (RFC 7009, section 2.2). */
async function isClient({ base }: AdminStage, clientId: string, secret: string): Promise<boolean> {
  const body = new URLSearchParams({ token: 'x', client_id: clientId, client_secret: secret })
  return (await fetch(`${base}/o/revoke_token/`, { method: 'POST', body })).status === 200
}

async function open(
  settings: Readonly<Record<string, unknown>> = {},
): Promise<AdminStage & { readonly ada: TestUser; readonly eve: TestUser }> {
  const oauthScopes = { openid: 'Know who you are', account: 'Use your account', 'notes:read': 'Read your notes' }
  const stage = await adminStage({ settings: { oauthScopes, ...settings } })
  const { users } = stage.doorward
  return { ...stage, ada: await users.create({ username: 'ada2' }), eve: await users.create({ username: 'eve2' }) }
}
