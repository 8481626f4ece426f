import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AdminStage, adminStage } from '../admin-api.contract.ts'

describe('/api/admin/users/', () => {
  let stage: AdminStage
  before(async () => {
    stage = await adminStage()
  })
  after(async () => stage[Symbol.asyncDispose]())

  const names = (json: Readonly<Record<string, unknown>>): readonly unknown[] =>
    (json['users'] as readonly Readonly<Record<string, unknown>>[]).map(({ username }) => username)

  it('makes a user, who has no password, and reads and changes them [AD06 B-STO-12]', async () => {
    const { call, staff, history } = stage
    const made = await call(staff, 'POST', 'users/', { username: 'eve', email: 'eve@example.org' })
    assert.equal(made.status, 201)
    const id = String(made.json['id'])
    assert.deepEqual(
      [made.json['has_password'], made.json['is_staff'], made.json['email_verified'], made.json['last_login_at']],
      [false, false, false, null],
    )
    const changed = await call(staff, 'PATCH', `users/${id}/`, { permissions: ['notes.add'], email_verified: true })
    assert.deepEqual([changed.json['permissions'], changed.json['email_verified']], [['notes.add'], true])
    assert.deepEqual((await call(staff, 'GET', `users/${id}/`)).json, changed.json)
    const [last, first] = await history(`user:${id}`)
    assert.deepEqual([first?.event, last?.event, last?.actor], ['user.created', 'user.updated', `user:${staff.id}`])
  })

  it('makes an administrator until a moment, by a superuser alone [A34]', async () => {
    const { call, staff, superuser, doorward } = stage
    const { id } = await doorward.users.create({ username: 'for-a-while' })
    const staff_until = new Date(doorward.instance.clock() + 3_600_000).toISOString()
    const body = { is_staff: true, staff_until }
    assert.equal((await call(staff, 'PATCH', `users/${id}/`, body)).status, 403)
    const made = await call(superuser, 'PATCH', `users/${id}/`, body)
    assert.deepEqual([made.json['is_staff'], made.json['staff_until']], [true, staff_until])
    assert.equal((await call(staff, 'PATCH', `users/${id}/`, { staff_until: null })).status, 403)
    const past = await call(superuser, 'PATCH', `users/${id}/`, { staff_until: '2020-01-01' })
    assert.deepEqual([past.status, 'staff_until' in past.json], [400, true])
    assert.equal((await call(superuser, 'PATCH', `users/${id}/`, { staff_until: 'soon' })).status, 400)
    assert.equal((await call(superuser, 'PATCH', `users/${id}/`, { staff_until: null })).json['staff_until'], null)
    await doorward.instance.users.delete(id)
  })

  it('neither shows nor takes a password [AD06]', async () => {
    const { call, superuser, user } = stage
    for (const member of ['password', 'password_hash', 'has_password']) {
      assert.equal((await call(superuser, 'PATCH', `users/${user.id}/`, { [member]: 'x'.repeat(20) })).status, 400)
      assert.equal((await call(superuser, 'POST', 'users/', { username: 'x', [member]: 'a' })).status, 400)
    }
    const { text } = await call(superuser, 'GET', `users/${user.id}/`)
    assert.ok(!text.includes('argon2') && !text.includes('password_hash'))
  })

  it('starts a reset by mail, and is told of no link [AD06]', async () => {
    const { call, staff, user, doorward } = stage
    const sent = await call(staff, 'POST', `users/${user.id}/send-reset/`)
    assert.deepEqual([sent.status, sent.text], [204, ''])
    const mails = await doorward.instance.database.read.selectFrom('mail_outbox').selectAll().execute()
    assert.equal(mails.length, 1)
    const nowhere = await doorward.users.create({ email: null })
    const { status, json } = await call(staff, 'POST', `users/${nowhere.id}/send-reset/`)
    assert.deepEqual([status, json['code']], [409, 'conflict'])
  })

  it('lists by how accounts stand, by name and by when they were made, page by page [AD12]', async () => {
    const { call, staff, doorward } = stage
    const group = await doorward.instance.groups.create({ name: 'writers' })
    for (const name of ['list-a', 'list-b', 'list-c']) {
      const { id } = await doorward.users.create({ username: name, isActive: name !== 'list-b' })
      if (name === 'list-c') await doorward.instance.groups.add(group.id, id)
    }
    const list = async (query: string) => (await call(staff, 'GET', `users/?${query}`)).json
    assert.deepEqual(names(await list('search=LIST-')), ['list-a', 'list-b', 'list-c'])
    assert.deepEqual(names(await list('search=list-&status=disabled')), ['list-b'])
    assert.deepEqual(names(await list('search=list-&status=active&never_signed_in=true')), ['list-a', 'list-c'])
    assert.deepEqual(names(await list('staff=true')), ['staff', 'root'])
    assert.deepEqual(names(await list('staff=true&superuser=true')), ['root'])
    assert.deepEqual(names(await list(`group=${group.id}`)), ['list-c'])
    assert.deepEqual(names(await list('created_until=2020-01-01')), [])
    assert.deepEqual(names(await list('search=list-&created_from=2020-01-01T00:00:00Z')), [
      'list-c',
      'list-b',
      'list-a',
    ])

    const first = await list('search=list-&limit=2')
    assert.deepEqual(names(first), ['list-a', 'list-b'])
    // What comes meanwhile stands before, and moves nothing.
    await doorward.users.create({ username: 'list-' })
    const second = await list(`search=list-&limit=2&after=${String(first['next'])}`)
    assert.deepEqual([names(second), second['next']], [['list-c'], null])
    const foreign = (await call(staff, 'GET', 'clients/?limit=1')).json['next']
    for (const query of [
      `after=${String(first['next'])}`,
      `search=list-&staff=true&after=${String(first['next'])}`,
      `after=${String(foreign)}`,
      'limit=201',
      'status=gone',
      'staff=1',
      'created_from=yesterday',
      'created_from=2026-99-99',
      'nonsense=1',
    ]) {
      assert.equal((await call(staff, 'GET', `users/?${query}`)).status, 400, query)
    }
  })

  it('disables and enables, and what was given ends with the next request [B-STO-12]', async () => {
    const { call, staff, doorward, history } = stage
    const bob = await doorward.users.create({ username: 'bob' })
    const session = await doorward.as(bob)
    const key = await doorward.as(bob, 'apiKey')
    const isIn = async (headers: Readonly<Record<string, string>>): Promise<boolean> =>
      doorward.auth.identify(doorward.request('GET', '/', headers)).then(
        (identity) => identity !== null,
        () => false,
      )
    assert.deepEqual([await isIn(session), await isIn(key)], [true, true])
    assert.equal((await call(staff, 'POST', `users/${bob.id}/end-sessions/`)).status, 204)
    assert.deepEqual([await isIn(session), await isIn(key)], [false, true])
    assert.equal((await call(staff, 'POST', `users/${bob.id}/disable/`)).json['is_active'], false)
    assert.equal(await isIn(key), false)
    assert.equal((await call(staff, 'POST', `users/${bob.id}/enable/`)).json['is_active'], true)
    assert.equal(await isIn(session), false)
    const events = (await history(`user:${bob.id}`)).map(({ event }) => event)
    assert.deepEqual(events, ['user.enabled', 'user.disabled', 'user.signed_out_everywhere', 'user.created'])
  })

  it('lets only superusers make administrators, and act on their accounts [AD01]', async () => {
    const { call, staff, superuser, user, doorward } = stage
    const other = await doorward.users.create({ username: 'other-staff', isStaff: true })
    for (const rights of [{ is_staff: true }, { is_superuser: true }]) {
      assert.equal((await call(staff, 'POST', 'users/', { username: 'z', ...rights })).status, 403)
      assert.equal((await call(staff, 'PATCH', `users/${user.id}/`, rights)).status, 403)
      // Nor themselves, whose account they may change otherwise.
      assert.equal((await call(staff, 'PATCH', `users/${staff.id}/`, { is_superuser: true })).status, 403)
    }
    assert.equal((await call(staff, 'PATCH', `users/${staff.id}/`, { email: 'staff@example.org' })).status, 200)
    for (const account of [other, superuser]) {
      assert.equal((await call(staff, 'GET', `users/${account.id}/`)).status, 200, 'it may be read')
      for (const [method, path] of [
        ['PATCH', ''],
        ['DELETE', ''],
        ['POST', 'disable/'],
        ['POST', 'enable/'],
        ['POST', 'end-sessions/'],
        ['POST', 'send-reset/'],
        ['POST', 'unlock/'],
        ['GET', 'export/'],
      ] as const) {
        const body = method === 'PATCH' ? { email: null } : undefined
        assert.equal((await call(staff, method, `users/${account.id}/${path}`, body)).status, 403, `${method} ${path}`)
      }
    }
    assert.equal((await call(superuser, 'PATCH', `users/${other.id}/`, { is_staff: false })).json['is_staff'], false)
  })

  it('keeps the last superuser, and everybody from locking themselves out', async () => {
    const { call, superuser, staff } = stage
    for (const [who, path] of [
      [superuser, 'disable/'],
      [staff, 'disable/'],
    ] as const) {
      assert.equal((await call(who, 'POST', `users/${who.id}/${path}`)).status, 409)
      assert.equal((await call(who, 'DELETE', `users/${who.id}/`)).status, 409)
    }
    assert.equal((await call(superuser, 'PATCH', `users/${superuser.id}/`, { is_superuser: false })).status, 409)
  })

  it('deletes, and the audit log keeps who it was', async () => {
    const { call, staff, doorward } = stage
    const gone = await doorward.users.create({ username: 'mallory' })
    assert.equal((await call(staff, 'DELETE', `users/${gone.id}/`)).status, 204)
    assert.equal((await call(staff, 'GET', `users/${gone.id}/`)).status, 404)
    assert.equal((await call(staff, 'DELETE', `users/${gone.id}/`)).status, 404)
    const { entries } = await doorward.instance.lists.auditLog.list({ event: 'user.deleted' })
    assert.deepEqual([entries[0]?.subject, entries[0]?.detail['username']], [`user:${gone.id}`, 'mallory'])
  })

  it('lets in again who guessed too often', async () => {
    const { call, staff, doorward, base } = stage
    const { username, password, id } = await doorward.users.create({ username: 'forgetful' })
    const signIn = async (secret: string): Promise<number> => {
      const response = await fetch(`${base}/api/token/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password: secret }),
      })
      await response.arrayBuffer()
      return response.status
    }
    for (let n = 0; n < 10; n += 1) assert.equal(await signIn(`wrong${n}`), 401)
    assert.equal(await signIn(password), 429)
    assert.equal((await call(staff, 'POST', `users/${id}/unlock/`)).status, 204)
    assert.equal(await signIn(password), 200)
  })

  it('takes out everything that is kept of a user, and no secret', async () => {
    const { call, staff, user, doorward } = stage
    const { key } = await doorward.instance.apiKeys.create({ owner: user, name: 'mine', scopes: ['read'] })
    await doorward.as(user, 'token')
    const { status, text, headers } = await call(staff, 'GET', `users/${user.id}/export/`)
    assert.equal(status, 200)
    assert.match(headers.get('content-disposition') ?? '', /^attachment; filename="user-\w+\.json"$/)
    const all = JSON.parse(text) as Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
    assert.deepEqual(
      [
        'user',
        'groups',
        'sessions',
        'linked_accounts',
        'api_keys',
        'api_tokens',
        'grants',
        'service_accounts',
        'done_by_them',
        'done_to_them',
      ],
      Object.keys(all),
    )
    assert.equal(all['api_keys']?.[0]?.['name'], 'mine')
    assert.match(String(all['done_to_them']?.[0]?.['at']), /^\d{4}-.*Z$/)
    assert.equal(all['done_to_them']?.[0]?.['by'], 'an administrator')
    assert.ok(!text.includes(key) && !/digest|hash/.test(text))
  })

  it('is 404 for what is nobody', async () => {
    const { call, staff } = stage
    for (const id of ['nobody', '00000000000', 'a'.repeat(65)]) {
      assert.equal((await call(staff, 'GET', `users/${id}/`)).status, 404, id)
      assert.equal((await call(staff, 'PATCH', `users/${id}/`, {})).status, 404, id)
    }
  })
})

describe('/api/admin/groups/', () => {
  it('makes, changes and deletes groups, and puts users in and out [B-STO-12]', async () => {
    await using stage = await adminStage()
    const { call, staff, user, superuser } = stage
    const made = await call(staff, 'POST', 'groups/', { name: 'writers', permissions: ['notes.add'] })
    assert.equal(made.status, 201)
    const id = String(made.json['id'])
    assert.equal((await call(staff, 'POST', 'groups/', { name: 'writers' })).status, 409)
    assert.equal((await call(staff, 'POST', 'groups/', { name: '' })).status, 400)
    assert.equal((await call(staff, 'PATCH', `groups/${id}/`, { name: 'authors' })).json['name'], 'authors')
    assert.equal((await call(staff, 'PUT', `groups/${id}/members/${user.id}/`)).status, 204)
    assert.equal((await call(staff, 'PUT', `groups/${id}/members/${superuser.id}/`)).status, 403)
    assert.equal((await call(staff, 'PUT', `groups/${id}/members/nobody/`)).status, 404)
    const theirs = (await call(staff, 'GET', `users/${user.id}/groups/`)).json['groups']
    assert.deepEqual(theirs, [{ id, name: 'authors', permissions: ['notes.add'] }])
    assert.equal((await call(staff, 'DELETE', `groups/${id}/members/${user.id}/`)).status, 204)
    assert.equal((await call(staff, 'DELETE', `groups/${id}/`)).status, 204)
    assert.equal((await call(staff, 'GET', `groups/${id}/`)).status, 404)
    assert.deepEqual((await call(staff, 'GET', 'groups/')).json['groups'], [])
  })
})
