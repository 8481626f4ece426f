import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { TestUser } from '../../testing/test-credentials.ts'
import { type AdminStage, adminStage } from '../admin-api.contract.ts'

const day = 86_400

describe('the credentials of others under /api/admin/', () => {
  let stage: AdminStage
  let other: TestUser
  before(async () => {
    stage = await adminStage()
    other = await stage.doorward.users.create({ username: 'other-staff', isStaff: true })
  })
  after(async () => stage[Symbol.asyncDispose]())

  async function makeKey(owner: TestUser, name: string, expiresIn: number | null = null) {
    const { apiKeys, clock } = stage.doorward.instance
    const expiresAt = expiresIn === null ? null : clock() + expiresIn * 1000
    const { key, record } = await apiKeys.create({ owner, name, expiresAt, scopes: ['read'] })
    return { key, id: record.id }
  }

  async function isGood(key: string): Promise<boolean> {
    return (await stage.doorward.instance.apiKeys.find(key, { address: '127.0.0.1' })) !== null
  }

  it('lists API keys by owner, state, end and last use, each page by its cursor [AD12]', async () => {
    const { call, staff, doorward } = stage
    const owner = await doorward.users.create()
    const never = await makeKey(owner, 'never ends')
    await makeKey(owner, 'soon', 5 * day)
    await makeKey(owner, 'later', 200 * day)
    await call(staff, 'POST', `keys/${never.id}/disable/`)
    const list = async (query: string) => (await call(staff, 'GET', `keys/?owner=user:${owner.id}&${query}`)).json
    const names = async (query: string): Promise<unknown> =>
      ((await list(query))['keys'] as readonly Readonly<Record<string, unknown>>[]).map(({ name }) => name)
    assert.deepEqual(await names(''), ['later', 'soon', 'never ends'])
    assert.deepEqual(await names('state=on'), ['later', 'soon'])
    assert.deepEqual(await names('state=disabled'), ['never ends'])
    assert.deepEqual(await names('expires=false'), ['never ends'])
    assert.deepEqual(await names('expires_within_days=14'), ['soon'])
    assert.deepEqual(await names('unused_days=90'), [])
    const first = await list('unused_days=90&limit=1')
    assert.equal(first['next'], null)
    const page = await list('limit=2')
    assert.deepEqual(await names(`limit=2&after=${String(page['next'])}`), ['never ends'])
    for (const query of [
      'owner=ada',
      'owner=client:x',
      'unused_days=0',
      'state=off',
      `state=on&after=${String(page['next'])}`,
    ]) {
      assert.equal((await call(staff, 'GET', `keys/?${query}`)).status, 400, query)
    }
    await doorward.clock.advance('100d')
    // The session of before is over by now.
    const anew = await doorward.as(staff, 'basic')
    const { json } = await stage.callWith(anew, 'GET', `keys/?owner=user:${owner.id}&unused_days=90`)
    const unused = json['keys'] as readonly Readonly<Record<string, unknown>>[]
    assert.deepEqual(
      unused.map(({ name }) => name),
      ['never ends', 'soon', 'later'],
    )
  })

  it('revokes, disables and enables an API key, and shows nothing of it that works [B-STO-03 B-STO-12]', async () => {
    const { call, user, doorward, history } = stage
    const admin = await doorward.users.create({ isStaff: true })
    const { id, key } = await makeKey(user, 'one')
    const read = await call(admin, 'GET', `keys/${id}/`)
    assert.ok(!read.text.includes(key.split('_')[3] ?? key))
    assert.equal((await call(admin, 'POST', `keys/${id}/disable/`)).status, 200)
    assert.equal(await isGood(key), false)
    assert.equal((await call(admin, 'POST', `keys/${id}/enable/`)).json['disabled_at'], null)
    assert.equal(await isGood(key), true)
    assert.ok((await call(admin, 'POST', `keys/${id}/revoke/`)).json['revoked_at'] !== null)
    assert.equal(await isGood(key), false)
    assert.equal((await call(admin, 'POST', `keys/${id}/enable/`)).status, 409)
    const [last] = await history(`api_key:${id}`)
    assert.deepEqual([last?.event, last?.actor], ['key.revoked', `user:${admin.id}`])
  })

  it('rotates the key of a service account while both secrets work, and gives nobody the key of a person', async () => {
    const { call, user, doorward } = stage
    const admin = await doorward.users.create({ isStaff: true })
    const by = { actor: 'system' }
    const account = await doorward.instance.serviceAccounts.create({ name: 'job' }, { by })
    const owner = { kind: 'service_account', id: account.id } as const
    const { key, record } = await doorward.instance.apiKeys.create({ owner, name: 'build' })
    const rotate = async () => call(admin, 'POST', `keys/${record.id}/rotate/`, { overlap: 3600 })
    const second = await rotate()
    assert.equal(second.status, 201, second.text)
    assert.deepEqual([await isGood(key), await isGood(String(second.json['key']))], [true, true])
    assert.equal((await rotate()).status, 409)
    assert.equal((await call(admin, 'POST', `keys/${record.id}/cancel-rotation/`)).json['rotation'], null)
    assert.deepEqual([await isGood(key), await isGood(String(second.json['key']))], [true, false])
    const third = await rotate()
    assert.equal((await call(admin, 'POST', `keys/${record.id}/finish-rotation/`)).status, 200)
    assert.deepEqual([await isGood(key), await isGood(String(third.json['key']))], [false, true])
    assert.equal((await call(admin, 'POST', `keys/${record.id}/finish-rotation/`)).status, 409)
    assert.equal((await call(admin, 'POST', `keys/${record.id}/rotate/`, { overlap: 31 * day })).status, 400)
    const ofPerson = await makeKey(user, 'hers')
    const refused = await call(admin, 'POST', `keys/${ofPerson.id}/rotate/`, {})
    assert.deepEqual([refused.status, refused.json['code']], [409, 'conflict'])
    assert.equal((await call(user, 'POST', `keys/${record.id}/rotate/`, {})).status, 403)
  })

  it('lets an API key end sooner, never later', async () => {
    const { call, superuser, user, doorward } = stage
    const { id } = await makeKey(user, 'short', 10 * day)
    const now = doorward.clock.now()
    const at = (days: number): string => new Date(now + days * day * 1000).toISOString()
    const sooner = await call(superuser, 'PATCH', `keys/${id}/`, { expires_at: at(5) })
    assert.equal(sooner.json['expires_at'], at(5))
    assert.equal((await call(superuser, 'PATCH', `keys/${id}/`, { expires_at: at(6) })).status, 400)
    assert.equal((await call(superuser, 'PATCH', `keys/${id}/`, { expires_at: null })).status, 400)
    assert.equal((await call(superuser, 'PATCH', `keys/${id}/`, { scopes: ['admin'] })).status, 400)
    assert.equal((await call(superuser, 'PATCH', `keys/${id}/`, {})).status, 400)
  })

  it('revokes many API keys or none', async () => {
    const { call, superuser, user, doorward } = stage
    const admin = await doorward.users.create({ isStaff: true })
    const keys = await Promise.all(['a', 'b', 'c'].map(async (name) => makeKey(user, name)))
    const ids = keys.map(({ id }) => id)
    const foreign = await makeKey(superuser, 'of the superuser')
    assert.equal((await call(admin, 'POST', 'keys/revoke/', { ids: [...ids, 'nobody'] })).status, 400)
    assert.equal((await call(admin, 'POST', 'keys/revoke/', { ids: [...ids, foreign.id] })).status, 403)
    for (const body of [{}, { ids: [] }, { ids: 'all' }, { ids: Array.from({ length: 1001 }, () => 'x') }]) {
      assert.equal((await call(admin, 'POST', 'keys/revoke/', body)).status, 400)
    }
    for (const { key } of keys) assert.ok(await isGood(key), 'nothing was done')
    assert.deepEqual((await call(admin, 'POST', 'keys/revoke/', { ids: [...ids, ...ids] })).json, { revoked: 3 })
    for (const { key } of keys) assert.ok(!(await isGood(key)))
    assert.deepEqual((await call(admin, 'POST', 'keys/revoke/', { ids })).json, { revoked: 0 })
  })

  it('revokes API tokens and ends sessions, of administrators only by a superuser [AD01]', async () => {
    const { call, superuser, user, doorward } = stage
    const admin = await doorward.users.create({ isStaff: true })
    const { apiTokens, sessions } = doorward.instance
    for (const owner of [user, other]) {
      const { record, text } = await apiTokens.issue({ owner, name: 'script' })
      const { id: session, value } = await sessions.create({ userId: owner.id })
      const key = await makeKey(owner, 'k')
      const all = [
        ['DELETE', `api-tokens/${record.id}/`, 204],
        ['DELETE', `sessions/${session}/`, 204],
        ['POST', `keys/${key.id}/revoke/`, 200],
      ] as const
      if (owner === other) for (const [method, path] of all) assert.equal((await call(admin, method, path)).status, 403)
      for (const list of ['api-tokens', 'sessions']) {
        const query = list === 'sessions' ? `user=${owner.id}` : `owner=user:${owner.id}`
        assert.equal((await call(admin, 'GET', `${list}/?${query}`)).status, 200)
      }
      assert.equal((await call(admin, 'GET', `sessions/${session}/`)).json['username'], owner.username)
      for (const [method, path, status] of all) {
        assert.equal((await call(owner === other ? superuser : admin, method, path)).status, status)
      }
      assert.deepEqual([await apiTokens.find(text), await sessions.find(value)], [null, null])
      for (const path of [`api-tokens/${record.id}/`, `sessions/${session}/`]) {
        assert.equal((await call(admin, 'GET', path)).status, 404)
      }
    }
    assert.equal((await call(admin, 'GET', 'api-tokens/?expires=maybe')).status, 400)
  })

  it('makes service accounts and keys for them, and finds those for whom nobody answers', async () => {
    const { call, superuser, user } = stage
    const made = await call(superuser, 'POST', 'service-accounts/', {
      name: 'deploy',
      owner: user.id,
      scopes: ['read'],
    })
    assert.equal(made.status, 201)
    const id = String(made.json['id'])
    const key = await call(superuser, 'POST', `service-accounts/${id}/keys/`, { name: 'ci', scopes: ['read'] })
    assert.equal(key.status, 201)
    assert.ok(await isGood(String(key.json['key'])))
    assert.equal(
      (await call(superuser, 'POST', `service-accounts/${id}/keys/`, { name: 'x', scopes: ['write'] })).status,
      400,
    )
    assert.equal((await call(superuser, 'POST', 'service-accounts/', { name: 'x', owner: 'nobody' })).status, 400)
    assert.equal((await call(superuser, 'POST', `service-accounts/${id}/disable/`)).json['is_active'], false)
    assert.equal(await isGood(String(key.json['key'])), false)
    assert.equal((await call(superuser, 'POST', `service-accounts/${id}/enable/`)).json['is_active'], true)
    const list = async (query: string) =>
      (await call(superuser, 'GET', `service-accounts/?${query}`)).json['service_accounts'] as readonly { id: string }[]
    assert.deepEqual(
      (await list(`owner=${user.id}`)).map((one) => one.id),
      [id],
    )
    assert.equal((await call(superuser, 'PATCH', `service-accounts/${id}/`, { owner: null })).json['owner'], null)
    assert.ok((await list('owner=none&active=true')).some((one) => one.id === id))
    assert.equal((await call(superuser, 'DELETE', `service-accounts/${id}/`)).status, 204)
    assert.equal((await call(superuser, 'GET', `service-accounts/${id}/`)).status, 404)
    assert.equal(await isGood(String(key.json['key'])), false)
  })
})
