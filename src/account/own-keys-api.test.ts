import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AdminStage, adminStage } from '../admin/admin-api.contract.ts'
import type { TestUser } from '../testing/test-credentials.ts'

const path = '/api/account/keys/'

describe('the API of one’s own keys', () => {
  it('makes a key that is shown once, lists it, tells how it is used, and ends it [D4 D5 D7]', async () => {
    await using at = await open()
    const { call, callWith, ada, doorward } = at
    const body = { name: 'nightly', scopes: ['notes:read'], allowed_addresses: ['127.0.0.0/8'], rate: '100/min' }
    const made = await call(ada, 'POST', path, body)
    assert.equal(made.status, 201)
    const { key, record } = made.json as { key: string; record: Record<string, unknown> }
    const days = (Date.parse(String(record['expires_at'])) - doorward.clock.now()) / 86_400_000
    assert.ok(days > 89.9 && days <= 90)
    assert.equal((await callWith({ 'x-api-key': key }, 'GET', '/api/whoami/')).status, 200)
    await doorward.instance.keyUsage.flush()
    const one = `${path}${String(record['id'])}/`
    const { keys } = (await call(ada, 'GET', path)).json as { keys: readonly Record<string, unknown>[] }
    assert.deepEqual(
      keys.map(({ name, is_revoked, masked }) => [name, is_revoked, masked]),
      [['nightly', false, record['masked']]],
    )
    assert.ok(!JSON.stringify(keys).includes(key))
    const { days: byDay, recent, refusals } = (await call(ada, 'GET', `${one}usage/`)).json as Record<string, unknown[]>
    assert.deepEqual([byDay?.length, recent?.length, refusals], [1, 1, []])

    const rolled = (await call(ada, 'POST', `${one}roll/`, { overlap: 3600 })).json as { key: string }
    assert.equal((await callWith({ 'x-api-key': rolled.key }, 'GET', '/api/whoami/')).status, 200)
    assert.equal((await call(ada, 'GET', one)).json['is_rolling'], true)
    assert.equal((await call(ada, 'POST', `${one}finish/`)).json['is_rolling'], false)
    assert.equal((await call(ada, 'POST', `${one}finish/`)).status, 409)
    assert.equal((await callWith({ 'x-api-key': key }, 'GET', '/api/whoami/')).status, 401)
    assert.equal((await call(ada, 'POST', `${one}disable/`)).json['is_disabled'], true)
    assert.equal((await call(ada, 'GET', `${path}?state=disabled`)).json['next'], null)
    assert.equal((await call(ada, 'POST', `${one}enable/`)).json['is_disabled'], false)
    assert.deepEqual((await call(ada, 'PATCH', one, { name: 'weekly', scopes: [] })).json['scopes'], [])
    assert.equal((await call(ada, 'POST', `${one}revoke/`)).json['is_revoked'], true)
    assert.equal((await call(ada, 'PATCH', one, { name: 'x' })).status, 409)
    assert.equal((await call(ada, 'POST', `${one}roll/`, {})).status, 409)
  })

  it('takes nothing that a key cannot have, and only what is less of one that is there', async () => {
    await using at = await open({ keysPerUser: 2 })
    const { call, ada } = at
    const wrong: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
      [{ name: '' }, 'name'],
      [{ name: 'x', scopes: ['made-up'] }, 'scopes'],
      [{ name: 'x', allowed_addresses: ['nowhere'] }, 'allowedAddresses'],
      [{ name: 'x', rate: 'often' }, 'rate'],
      [{ name: 'x', expires_at: '2001-01-01' }, 'expiresAt'],
      [{ name: 'x', expires_at: 'soon' }, 'expires_at'],
      [{ name: 'x', mode: 'prod' }, 'mode'],
      [{ name: 'x', owner: 'user:1' }, 'owner'],
      [{}, 'name'],
    ]
    for (const [body, field] of wrong) {
      const answer = await call(ada, 'POST', path, body)
      assert.equal(answer.status, 400, JSON.stringify(body))
      assert.ok(JSON.stringify(answer.json).includes(field), JSON.stringify(answer.json))
    }
    const end = '2099-01-01T00:00:00.000Z'
    const made = await call(ada, 'POST', path, { name: 'one', scopes: ['notes:read'], expires_at: end })
    const one = `${path}${(made.json['record'] as { id: string }).id}/`
    assert.equal((await call(ada, 'PATCH', one, { scopes: ['notes:read', 'notes:write'] })).status, 400)
    assert.equal((await call(ada, 'PATCH', one, { expires_at: '2099-01-02' })).status, 400)
    assert.equal((await call(ada, 'PATCH', one, { expires_at: '2098-01-01' })).status, 200)
    assert.equal((await call(ada, 'POST', `${one}roll/`, { overlap: 604_801 })).status, 400)
    assert.equal((await call(ada, 'POST', path, { name: 'one' })).status, 400)
    await call(ada, 'POST', path, { name: 'two', expires_at: null })
    const over = await call(ada, 'POST', path, { name: 'three' })
    assert.deepEqual([over.status, over.json['code']], [409, 'conflict'])
    assert.match(String(over.json['detail']), /more than 2 keys at a time/)
    assert.equal((await call(ada, 'GET', `${path}?state=nonsense`)).status, 400)
  })

  it('has no keys of anybody else, and none of service accounts that somebody else answers for (AD01)', async () => {
    await using at = await open()
    const { call, ada, eve, doorward } = at
    const { record } = await doorward.instance.apiKeys.create({ owner: ada, name: 'hers' })
    const by = { actor: 'system' }
    const account = await doorward.instance.serviceAccounts.create({ name: 'job', ownerId: ada.id }, { by })
    const owner = { kind: 'service_account', id: account.id } as const
    const { record: ofJob } = await doorward.instance.apiKeys.create({ owner, name: 'of the job' })
    for (const id of [record.id, ofJob.id, 'nothing']) {
      for (const [method, below, body] of [
        ['GET', '', undefined],
        ['PATCH', '', { name: 'mine' }],
        ['GET', 'usage/', undefined],
        ['POST', 'roll/', {}],
        ['POST', 'finish/', undefined],
        ['POST', 'cancel/', undefined],
        ['POST', 'disable/', undefined],
        ['POST', 'enable/', undefined],
        ['POST', 'revoke/', undefined],
      ] as const) {
        assert.equal((await call(eve, method, `${path}${id}/${below}`, body)).status, 404, `${method} ${below}`)
      }
    }
    assert.deepEqual((await call(eve, 'GET', path)).json['keys'], [])
  })

  it('gives no more than whoever asks has, and nothing to keys that could live on in others', async () => {
    await using at = await open()
    const { call, callWith, ada, doorward } = at
    assert.equal((await callWith({}, 'GET', path)).status, 401)
    const narrow = await doorward.as(ada, 'apiKey', { scopes: ['read'] })
    assert.equal((await callWith(narrow, 'GET', path)).status, 403)
    const wide = await doorward.as(ada, 'apiKey', { scopes: ['account', 'notes:read'] })
    assert.equal((await callWith(wide, 'GET', path)).status, 200)
    assert.equal((await callWith(wide, 'POST', path, { name: 'x', scopes: ['notes:read'] })).status, 403)
    // A key that leaked opens neither itself nor another to where the leak is.
    const [kept] = (await callWith(wide, 'GET', path)).json['keys'] as { id: string }[]
    const opened = await callWith(wide, 'PATCH', `${path}${kept?.id}/`, { allowed_addresses: [] })
    assert.deepEqual([opened.status, opened.json['code']], [403, 'permission_denied'])
    assert.equal((await callWith(wide, 'PATCH', `${path}${kept?.id}/`, { name: 'renamed' })).status, 200)
    const pair = await doorward.as(ada, 'jwt')
    assert.equal((await callWith(pair, 'POST', path, { name: 'by a pair', scopes: ['notes:write'] })).status, 201)
    // A session needs a fresh proof for what is sensitive.
    assert.equal((await call(ada, 'POST', path, { name: 'in time' })).status, 201)
    await doorward.clock.advance('11m')
    const late = await call(ada, 'POST', path, { name: 'late' })
    assert.deepEqual([late.status, late.json['code']], [401, 'insufficient_user_authentication'])
  })

  it('does not switch on again what an administrator has switched off', async () => {
    await using at = await open()
    const { call, ada, superuser, doorward } = at
    const { record } = await doorward.instance.apiKeys.create({ owner: ada, name: 'hers' })
    assert.equal((await call(superuser, 'POST', `/api/admin/keys/${record.id}/disable/`)).status, 200)
    assert.equal((await call(ada, 'POST', `${path}${record.id}/enable/`)).status, 409)
    // Nor by switching it off herself, nor once the log of it is gone.
    const off = await call(ada, 'POST', `${path}${record.id}/disable/`)
    assert.deepEqual([off.status, off.json['is_disabled'], off.json['is_held']], [200, true, true])
    await doorward.instance.database.write(async (unit) => unit.deleteFrom('audit_events').execute())
    assert.equal((await call(ada, 'POST', `${path}${record.id}/enable/`)).status, 409)
    assert.equal((await call(superuser, 'POST', `/api/admin/keys/${record.id}/enable/`)).status, 200)
    // What she switches off herself she switches on, unless an administrator has said so meanwhile.
    assert.equal((await call(ada, 'POST', `${path}${record.id}/disable/`)).json['is_held'], false)
    assert.equal((await call(ada, 'POST', `${path}${record.id}/enable/`)).status, 200)
    await call(ada, 'POST', `${path}${record.id}/disable/`)
    assert.equal((await call(superuser, 'POST', `/api/admin/keys/${record.id}/disable/`)).status, 200)
    assert.equal((await call(ada, 'POST', `${path}${record.id}/enable/`)).status, 409)
  })
})

async function open(
  settings: Readonly<Record<string, unknown>> = {},
): Promise<AdminStage & { readonly ada: TestUser; readonly eve: TestUser }> {
  const oauthScopes = { account: 'Use your account', 'notes:read': 'Read your notes', 'notes:write': 'Change them' }
  const stage = await adminStage({ settings: { oauthScopes, ...settings } })
  const { users } = stage.doorward
  return { ...stage, ada: await users.create({ username: 'ada2' }), eve: await users.create({ username: 'eve2' }) }
}
