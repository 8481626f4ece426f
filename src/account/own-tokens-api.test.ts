import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AdminStage, adminStage } from '../admin/admin-api.contract.ts'
import type { TestUser } from '../testing/test-credentials.ts'

const tokens = '/api/account/tokens/'
const programs = '/api/account/programs/'

describe('the API of one’s own tokens', () => {
  it('lists opaque tokens without anything that could be used, and revokes one [U10]', async () => {
    await using at = await open()
    const { call, callWith, ada, eve, doorward } = at
    const { text } = await doorward.instance.apiTokens.issue({ owner: ada, name: 'laptop' })
    const header = { authorization: `${doorward.instance.settings.tokenKeyword} ${text}` }
    assert.equal((await callWith(header, 'GET', '/api/whoami/')).status, 200)
    const listed = await call(ada, 'GET', tokens)
    const all = listed.json['tokens'] as readonly Readonly<Record<string, unknown>>[]
    assert.deepEqual([all.length, all[0]?.['name'], all[0]?.['expires_at']], [1, 'laptop', null])
    assert.ok(!listed.text.includes(text))
    const one = `${tokens}${String(all[0]?.['id'])}/`
    assert.equal((await call(eve, 'DELETE', one)).status, 404)
    assert.equal((await call(ada, 'DELETE', one)).status, 204)
    assert.equal((await call(ada, 'DELETE', one)).status, 404)
    assert.equal((await callWith(header, 'GET', '/api/whoami/')).status, 401)
    assert.deepEqual((await call(eve, 'GET', tokens)).json['tokens'], [])
  })

  it('lists programs that signed in by a pair of tokens, and signs one out [U10]', async () => {
    await using at = await open()
    const { call, ada, eve, base } = at
    const body = new URLSearchParams({ username: ada.username, password: ada.password })
    const pair = (await (await fetch(`${base}/api/token/`, { method: 'POST', body })).json()) as { refresh: string }
    const refresh = async (): Promise<number> => {
      const sent = new URLSearchParams({ refresh: pair.refresh })
      return (await fetch(`${base}/api/token/refresh/`, { method: 'POST', body: sent })).status
    }
    const all = (await call(ada, 'GET', programs)).json['programs'] as readonly Readonly<Record<string, unknown>>[]
    assert.deepEqual([all.length, all[0]?.['refreshed_at']], [1, null])
    const one = `${programs}${String(all[0]?.['id'])}/`
    assert.equal((await call(eve, 'DELETE', one)).status, 404)
    assert.equal((await call(ada, 'DELETE', one)).status, 204)
    assert.equal((await call(ada, 'DELETE', one)).status, 404)
    assert.equal(await refresh(), 401)
    assert.deepEqual((await call(ada, 'GET', programs)).json['programs'], [])
  })

  it('is for no key and no stranger: they could end the ways in of others', async () => {
    await using at = await open()
    const { callWith, ada, doorward } = at
    const wide = await doorward.as(ada, 'apiKey', { scopes: ['account'] })
    for (const path of [tokens, programs]) {
      assert.equal((await callWith({}, 'GET', path)).status, 401)
      assert.equal((await callWith(wide, 'GET', path)).status, 403)
      assert.equal((await callWith(wide, 'DELETE', `${path}nothing/`)).status, 403)
    }
  })
})

async function open(): Promise<AdminStage & { readonly ada: TestUser; readonly eve: TestUser }> {
  const stage = await adminStage({ settings: { oauthScopes: { account: 'Use your account' } } })
  const { users } = stage.doorward
  return { ...stage, ada: await users.create({ username: 'ada2' }), eve: await users.create({ username: 'eve2' }) }
}
