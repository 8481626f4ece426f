import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AdminStage, adminStage } from '../admin/admin-api.contract.ts'
import type { TestUser } from '../testing/test-credentials.ts'

const path = '/api/account/service-accounts/'

describe('the API of the service accounts that one answers for', () => {
  it('makes one with a key that works, narrows it with its keys, switches it off, and deletes it [D8]', async () => {
    await using at = await open()
    const { call, callWith, ada } = at
    const made = await call(ada, 'POST', path, { name: 'nightly', scopes: ['notes:read', 'notes:write'] })
    assert.equal(made.status, 201, made.text)
    const one = `${path}${String(made.json['id'])}/`
    const keyed = await call(ada, 'POST', `${one}keys/`, { name: 'build', scopes: ['notes:read'] })
    assert.equal(keyed.status, 201, keyed.text)
    const { key, record } = keyed.json as { key: string; record: { id: string } }
    const whoami = async (text: string) => callWith({ 'x-api-key': text }, 'GET', '/api/whoami/')
    assert.equal((await whoami(key)).status, 200)
    const listed = (await call(ada, 'GET', `${one}keys/`)).json['keys'] as readonly { id: string; name: string }[]
    assert.deepEqual([listed.length, listed[0]?.id, listed[0]?.name], [1, record.id, 'build'])
    const all = (await call(ada, 'GET', path)).json['service_accounts'] as readonly { name: string }[]
    assert.deepEqual(
      all.map(({ name }) => name),
      ['nightly'],
    )

    // Each of its keys is read and changed as one's own are.
    const ofKey = `/api/account/keys/${record.id}/`
    assert.equal((await call(ada, 'PATCH', ofKey, { name: 'build 2' })).json['name'], 'build 2')
    const rolled = await call(ada, 'POST', `${ofKey}roll/`, {})
    assert.equal((await whoami(String(rolled.json['key']))).status, 200)
    assert.equal((await call(ada, 'POST', `${ofKey}finish/`)).json['is_rolling'], false)
    assert.equal((await call(ada, 'GET', `${ofKey}usage/`)).status, 200)
    assert.deepEqual((await call(ada, 'GET', '/api/account/keys/')).json['keys'], [])

    assert.deepEqual((await call(ada, 'PATCH', one, { scopes: ['notes:write'] })).json['scopes'], ['notes:write'])
    assert.equal((await call(ada, 'PATCH', one, { scopes: ['notes:read', 'notes:write'] })).status, 400)
    assert.equal((await call(ada, 'PATCH', one, { name: 'weekly' })).json['name'], 'weekly')
    assert.equal((await call(ada, 'POST', `${one}disable/`)).json['is_active'], false)
    assert.equal((await whoami(String(rolled.json['key']))).status, 401)
    assert.equal((await call(ada, 'POST', `${one}enable/`)).json['is_active'], true)
    assert.equal((await call(ada, 'DELETE', one)).status, 204)
    assert.equal((await call(ada, 'GET', one)).status, 404)
    assert.equal((await call(ada, 'GET', ofKey)).status, 404)
  })

  it('makes them for those who may alone, with no more than keys can have and whoever asks has', async () => {
    await using at = await open()
    const { call, callWith, ada, eve, doorward } = at
    assert.equal((await call(eve, 'POST', path, { name: 'mine' })).status, 403)
    for (const [body, field] of [
      [{}, 'name'],
      [{ name: '' }, 'name'],
      [{ name: 'x', scopes: ['made-up'] }, 'made-up'],
      [{ name: 'x', permissions: ['notes.change'] }, 'permissions'],
      [{ name: 'x', owner: 'user:1' }, 'owner'],
    ] as const) {
      const answer = await call(ada, 'POST', path, body)
      assert.equal(answer.status, 400, JSON.stringify(body))
      assert.ok(answer.text.includes(field), answer.text)
    }
    const made = await call(ada, 'POST', path, { name: 'nightly', scopes: ['notes:read'] })
    const one = `${path}${String(made.json['id'])}/`
    assert.equal((await call(ada, 'POST', `${one}keys/`, { name: 'x', scopes: ['notes:write'] })).status, 400)
    const wide = await doorward.as(ada, 'apiKey', { scopes: ['account', 'notes:read'] })
    assert.equal((await callWith(wide, 'GET', one)).status, 200)
    assert.equal((await callWith(wide, 'POST', path, { name: 'y' })).status, 403)
    assert.equal((await callWith(wide, 'POST', `${one}keys/`, { name: 'y' })).status, 403)
    assert.equal((await callWith(wide, 'DELETE', one)).status, 403)
    await doorward.clock.advance('11m')
    const late = await call(ada, 'POST', `${one}keys/`, { name: 'late' })
    assert.deepEqual([late.status, late.json['code']], [401, 'insufficient_user_authentication'])
  })

  it('has none of anybody else, nor their keys, and none of an organisation that one has left (AD01)', async () => {
    await using at = await open()
    const { call, ada, eve, doorward } = at
    const made = await call(ada, 'POST', path, { name: 'nightly' })
    const keyed = await call(ada, 'POST', `${path}${String(made.json['id'])}/keys/`, { name: 'build' })
    const { orgs, serviceAccounts } = doorward.instance
    const acme = await orgs.organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada.id }, { actor: 'system' })
    const by = { actor: 'system' }
    const left = await serviceAccounts.create({ name: 'left', ownerId: eve.id, organisationId: acme.id }, { by })
    for (const id of [String(made.json['id']), left.id, 'nothing']) {
      for (const [method, below, body] of [
        ['GET', '', undefined],
        ['PATCH', '', { name: 'mine' }],
        ['DELETE', '', undefined],
        ['POST', 'disable/', undefined],
        ['POST', 'enable/', undefined],
        ['GET', 'keys/', undefined],
        ['POST', 'keys/', { name: 'mine' }],
      ] as const) {
        assert.equal((await call(eve, method, `${path}${id}/${below}`, body)).status, 404, `${method} ${below}`)
      }
    }
    const ofKey = `/api/account/keys/${(keyed.json['record'] as { id: string }).id}/`
    for (const [method, below] of [
      ['GET', ''],
      ['POST', 'revoke/'],
      ['POST', 'roll/'],
    ] as const) {
      const body = below === 'roll/' ? {} : undefined
      assert.equal((await call(eve, method, ofKey + below, body)).status, 404, `${method} ${below}`)
    }
    assert.deepEqual((await call(eve, 'GET', path)).json['service_accounts'], [])
  })

  it('does not switch on what an administrator has switched off', async () => {
    await using at = await open()
    const { call, ada, superuser } = at
    const made = await call(ada, 'POST', path, { name: 'nightly' })
    const id = String(made.json['id'])
    assert.equal((await call(superuser, 'POST', `/api/admin/service-accounts/${id}/disable/`)).status, 200)
    assert.equal((await call(ada, 'GET', `${path}${id}/`)).json['is_held'], true)
    assert.equal((await call(ada, 'POST', `${path}${id}/enable/`)).status, 409)
  })
})

async function open(): Promise<AdminStage & { readonly ada: TestUser; readonly eve: TestUser }> {
  const oauthScopes = { account: 'Use your account', 'notes:read': 'Read your notes', 'notes:write': 'Change them' }
  const stage = await adminStage({ settings: { oauthScopes } })
  const { users } = stage.doorward
  const ada = await users.create({ username: 'ada2', permissions: ['service_accounts.add'] })
  return { ...stage, ada, eve: await users.create({ username: 'eve2' }) }
}
