import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mailedServer, type MailedServer } from '../accounts/by-mail/by-mail-server.contract.ts'
import type { Person } from '../screens/person.contract.ts'

const password = 'correct horse battery'
const day = 86_400_000

describe('one’s own data', () => {
  it('is taken along as JSON, without a secret and without the names of administrators', async () => {
    await using server = await mailedServer()
    const { ada, id } = await open(server)
    const { apiKeys, apiTokens, users } = server.doorward.instance
    const owner = { kind: 'user', id } as const
    const key = await apiKeys.create({ owner, name: 'backup' })
    const token = await apiTokens.issue({ owner, name: 'script' })
    await users.update(id, { permissions: ['notes.add'] }, { actor: 'user:00000000001', address: '192.0.2.1' })
    const file = await ada.get('/account/data/download/')
    assert.equal(file.status, 200)
    assert.match(file.headers.get('content-disposition') ?? '', /^attachment; filename="my-account\.json"$/)
    assert.equal(file.headers.get('cache-control'), 'no-store')
    const data = JSON.parse(file.text) as Record<string, unknown>
    assert.deepEqual(Object.keys(data), [
      'user',
      'groups',
      'preferences',
      'accepted_terms',
      'organisations',
      'sessions',
      'authenticator_app',
      'passkeys',
      'recovery_codes',
      'linked_accounts',
      'connected_applications',
      'api_keys',
      'api_tokens',
      'programs',
      'events',
    ])
    assert.equal((data['user'] as { username: string }).username, 'ada')
    assert.equal((data['api_keys'] as { name: string }[])[0]?.name, 'backup')
    assert.match(file.text, /session\.created/)
    assert.match(file.text, /an administrator/)
    assert.doesNotMatch(file.text, /00000000001|192\.0\.2\.1|argon2|digest/)
    for (const secret of [key.key, token.text]) assert.ok(!file.text.includes(secret))
    assert.match((await ada.get('/account/activity/')).text, /Your data was taken out/)
  })

  it('says that an administrator did something to somebody else, and nothing of what there is about them', async () => {
    await using server = await mailedServer()
    const { ada, id } = await open(server)
    const { users } = server.doorward.instance
    const by = { actor: `user:${id}`, address: null }
    const eve = await users.create({ username: 'eve-secretive', email: 'eve@secret.example' }, by)
    await users.update(eve.id, { email: 'eve@elsewhere.example' }, by)
    await users.update(id, { permissions: ['notes.add'] }, by)
    await users.delete(eve.id, by)
    const file = await ada.get('/account/data/download/')
    const { events } = JSON.parse(file.text) as { readonly events: readonly { readonly event: string }[] }
    assert.equal(events.filter(({ event }) => event === 'user.deleted').length, 1)
    assert.doesNotMatch(file.text, /secretive|eve@/)
    assert.match(file.text, /notes\.add/)
  })

  it('is for whoever has just proved who they are, and for nobody else', async () => {
    await using server = await mailedServer()
    const { ada } = await open(server)
    await server.doorward.clock.advance('11m')
    assert.match((await ada.get('/account/data/download/')).path, /^\/accounts\/confirm\//)
    assert.match((await server.visitor().get('/account/data/download/')).path, /^\/accounts\/login\//)
    assert.equal((await server.json('/api/account/data/', undefined, { method: 'GET' })).status, 401)
    const stale = await server.json('/api/account/data/', undefined, { method: 'GET', as: ada })
    assert.deepEqual([stale.status, stale.body['code']], [401, 'insufficient_user_authentication'])
  })
})

describe('deleting one’s own account', () => {
  it('counts what goes, takes the current password, tells by mail, and is cancelled on the page [B-ACC-19]', async () => {
    await using server = await mailedServer()
    const { ada, id } = await open(server)
    await server.doorward.instance.apiKeys.create({ owner: { kind: 'user', id }, name: 'backup' })
    const asked = await ada.get('/account/data/delete/')
    assert.match(asked.text, /7 days from now/)
    assert.match(asked.text, /<li>1 session<\/li>/)
    assert.match(asked.text, /<li>1 API key<\/li>/)
    const wrong = await ada.submit(asked, 'delete-account', { current_password: 'wrong' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /The current password is not right/)
    assert.equal(await server.doorward.instance.deletions.waiting(id), null)
    const done = await ada.submit(asked, 'delete-account', { current_password: password })
    assert.match(done.text, /Your account is going to be deleted/)
    assert.match((await ada.get('/account/')).text, /Keep my account/)
    assert.equal((await ada.get('/account/data/delete/')).path, '/account/data/')
    const { id: bob } = await server.doorward.users.create({ username: 'bob', password, isStaff: true })
    const staff = server.visitor()
    await staff.signIn('bob', password)
    assert.match((await staff.get(`/admin/users/${id}/`)).text, /To be deleted, as they wished/)
    assert.doesNotMatch((await staff.get(`/admin/users/${bob}/`)).text, /To be deleted/)
    assert.equal((await server.mails())[0]?.kind, 'deletion_asked')
    const kept = await ada.submit(await ada.get('/account/data/'), 'keep-account')
    assert.match(kept.text, /Your account stays/)
    assert.doesNotMatch((await ada.get('/account/')).text, /Keep my account/)
    assert.match((await ada.get('/account/activity/')).text, /The deletion of your account was cancelled/)
  })

  it('ends every session, token, key and grant when its time has come', async () => {
    await using server = await mailedServer()
    const { ada, id } = await open(server)
    const { apiKeys, apiTokens, sessions, deletions } = server.doorward.instance
    const owner = { kind: 'user', id } as const
    const key = await apiKeys.create({ owner, name: 'backup' })
    const token = await apiTokens.issue({ owner, name: 'script' })
    const pair = await server.json('/api/token/', { username: 'ada', password })
    await ada.submit(await ada.get('/account/data/delete/'), 'delete-account', { current_password: password })
    const whoami = async (credential: string) => {
      const headers = { authorization: `Bearer ${credential}` }
      return (await fetch(`${server.base}/api/whoami/`, { headers })).status
    }
    const access = String(pair.body['access'])
    assert.equal(await whoami(access), 200)
    await server.doorward.clock.advance(7 * day)
    const fresh = await server.json('/api/token/', { username: 'ada', password })
    assert.equal(fresh.status, 200)
    assert.equal(await deletions.carryOut(), 1)
    assert.equal(await whoami(String(fresh.body['access'])), 401)
    assert.equal((await server.json('/api/token/refresh/', { refresh: fresh.body['refresh'] })).status, 401)
    assert.deepEqual([await apiKeys.get(key.record.id), await apiTokens.find(token.text)], [null, null])
    assert.equal(await whoami(key.key), 401)
    assert.deepEqual(await sessions.list(id), [])
    assert.equal((await server.json('/api/token/', { username: 'ada', password })).status, 401)
  })

  it('is cancelled by the link of the mail after a click, in any browser', async () => {
    await using server = await mailedServer()
    const { ada, id } = await open(server)
    await ada.submit(await ada.get('/account/data/delete/'), 'delete-account', { current_password: password })
    const link = await server.link('deletion_asked')
    const elsewhere = server.visitor()
    const page = await elsewhere.get(link)
    assert.equal(page.path, '/accounts/deletion/cancel/')
    assert.notEqual(await server.doorward.instance.deletions.waiting(id), null)
    assert.match((await elsewhere.submit(page, 'keep')).text, /The deletion is cancelled/)
    assert.equal(await server.doorward.instance.deletions.waiting(id), null)
    const again = await server.visitor().get(link)
    assert.deepEqual([again.status, /does not work any more/.test(again.text)], [400, true])
    assert.equal((await server.json('/accounts/deletion/cancel/', { key: 'x' })).status, 400)
    assert.equal((await server.json('/accounts/deletion/cancel/', {})).status, 400)
  })

  it('takes the name of whoever has no password, and says what keeps the last superuser', async () => {
    await using server = await mailedServer()
    const { doorward } = server
    const { id } = await doorward.instance.users.create({ username: 'eve', email: 'eve@example.org' })
    const eve = server.visitor()
    const { value } = await doorward.instance.sessions.create({ userId: id })
    eve.cookies.set(doorward.instance.sessions.cookieName, value)
    const page = await eve.get('/account/data/delete/')
    assert.equal((await eve.submit(page, 'delete-account', { typed: 'bob' })).status, 400)
    await doorward.instance.users.update(id, { isSuperuser: true })
    const refused = await eve.submit(page, 'delete-account', { typed: 'eve' })
    assert.match(refused.text, /last active superuser. Make somebody else a superuser first/)
    assert.match((await eve.get('/account/data/delete/')).text, /id="obstacles"/)
    await doorward.instance.users.update((await doorward.users.create({ username: 'root' })).id, { isSuperuser: true })
    assert.match((await eve.submit(page, 'delete-account', { typed: 'eve' })).text, /going to be deleted/)
  })

  it('is the same by JSON [B-ACC-19]', async () => {
    await using server = await mailedServer()
    const { ada, id } = await open(server)
    const path = '/api/account/deletion/'
    const token = await csrfOf(server, ada)
    const send = async (method: string, body?: unknown, headers: Record<string, string> = token) =>
      server.json(path, body, { method, as: ada, headers })
    const before = await send('GET')
    assert.equal(before.status, 200, JSON.stringify(before.body))
    assert.deepEqual([before.body['deletion'], before.body['delay'], before.body['obstacles']], [null, 604_800, []])
    assert.equal((before.body['goes'] as { sessions: number }).sessions, 1)
    assert.equal((await send('POST', { current_password: password }, {})).status, 403)
    for (const body of [{}, { current_password: 'wrong' }, { current_password: 1 }, { other: 1 }, 'no json']) {
      assert.equal((await send('POST', body)).status, 400, JSON.stringify(body))
    }
    const asked = await send('POST', { current_password: password })
    assert.equal(asked.status, 202, JSON.stringify(asked.body))
    assert.deepEqual((await send('GET')).body['deletion'], asked.body['deletion'])
    assert.equal((await send('POST', { current_password: password })).status, 409)
    assert.equal((await send('DELETE')).status, 204)
    assert.equal((await send('DELETE')).status, 204)
    assert.equal(await server.doorward.instance.deletions.waiting(id), null)
    const data = await server.json('/api/account/data/', undefined, { method: 'GET', as: ada })
    assert.equal((data.body['user'] as { username: string }).username, 'ada')
    await server.doorward.clock.advance('11m')
    const stale = await send('POST', { current_password: password })
    assert.deepEqual([stale.status, stale.body['code']], [401, 'insufficient_user_authentication'])
  })

  it('is not offered where the setting says so', async () => {
    await using server = await mailedServer({ accountDeletionDelay: null })
    const { ada } = await open(server)
    assert.match((await ada.get('/account/data/')).text, /Ask whoever runs this site/)
    assert.equal((await ada.get('/account/data/delete/')).status, 404)
  })
})

async function open({ doorward, visitor }: MailedServer): Promise<{ readonly ada: Person; readonly id: string }> {
  const { id } = await doorward.users.create({ username: 'ada', email: 'ada@example.org', password })
  const ada = visitor()
  await ada.signIn('ada', password)
  return { ada, id }
}

async function csrfOf({ doorward }: MailedServer, one: Person): Promise<Record<string, string>> {
  return { 'x-csrftoken': one.cookies.get(doorward.instance.csrf.cookieName) ?? '' }
}
