import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'

const hour = 3_600_000

describe('an administrator for a while (A34)', () => {
  it('gives themselves nothing back of what is over, though no purge has cleared it up', async () => {
    await using stage = await adminStage()
    const { doorward, call, staff } = stage
    const { users } = doorward.instance
    const end = doorward.clock.now() + hour
    await users.update(staff.id, { isSuperuser: true, superuserUntil: end })
    await doorward.clock.advance('2h')
    // A sign-in of now, since the clock went on.
    const again = () => ({ ...staff })
    for (const members of [{ is_superuser: true }, { is_superuser: true, superuser_until: null }])
      assert.equal((await call(again(), 'PATCH', `users/${staff.id}/`, members)).status, 403)
    assert.equal((await users.find(staff.id))?.superuserUntil, end)
    // What they may do is still theirs to do.
    const named = await call(again(), 'PATCH', `users/${staff.id}/`, { email: 'staff@example.org' })
    assert.deepEqual([named.status, named.json['is_superuser']], [200, false])
  })

  it('gives nobody a right that outlives their own, themselves least of all', async () => {
    await using stage = await adminStage()
    const { doorward, call, user } = stage
    const end = doorward.clock.now() + 4 * hour
    const guest = await doorward.users.create({ username: 'guest', isStaff: true, isSuperuser: true })
    await doorward.instance.users.update(guest.id, { staffUntil: end, superuserUntil: end })
    const late = new Date(end + 1).toISOString()
    for (const [path, body] of [
      [`users/${guest.id}/`, { superuser_until: null }],
      [`users/${guest.id}/`, { staff_until: late }],
      [`users/${user.id}/`, { is_staff: true }],
      [`users/${user.id}/`, { is_superuser: true, superuser_until: late }],
    ] as const) {
      const refused = await call(guest, 'PATCH', path, body)
      assert.equal(refused.status, 409, JSON.stringify(body))
      assert.match(String(refused.json['detail']), /You are a superuser until .* UTC/)
    }
    assert.equal((await call(guest, 'POST', 'users/', { username: 'eve', is_superuser: true })).status, 409)
    const until = new Date(end).toISOString()
    const given = await call(guest, 'PATCH', `users/${user.id}/`, { is_staff: true, staff_until: until })
    assert.deepEqual([given.status, given.json['staff_until']], [200, until])
    assert.equal((await call(guest, 'PATCH', `users/${user.id}/`, { is_staff: false })).status, 200)
  })

  it('reaches no account of an administrator for longer, by any operation on a user, and no credential of theirs', async () => {
    await using stage = await adminStage()
    const { doorward, call, user, superuser } = stage
    const end = doorward.clock.now() + 4 * hour
    const guest = await doorward.users.create({ username: 'guest', isStaff: true, isSuperuser: true })
    await doorward.instance.users.update(guest.id, { staffUntil: end, superuserUntil: end })
    await doorward.users.create({ username: 'second', isSuperuser: true })
    const forLife = await doorward.users.create({ username: 'for-life', isStaff: true })
    const { record: key } = await doorward.instance.apiKeys.create({
      owner: { kind: 'user', id: forLife.id },
      name: 'deploy',
    })
    const bodies: Readonly<Record<string, object>> = {
      'PATCH /api/admin/users/{id}/': { email: 'taken@example.org' },
      'POST /api/admin/users/{id}/merge/': { other: user.id },
    }
    const changing = stage.answers.operations.filter(
      ({ method, path }) => method !== 'GET' && path.startsWith('/api/admin/users/{id}/'),
    )
    assert.ok(changing.length > 9)
    for (const { id } of [superuser, forLife]) {
      for (const { method, path } of changing) {
        const name = `${method} ${path}`
        const refused = await call(guest, method, path.replace('{id}', id), bodies[name])
        assert.equal(refused.status, 403, name)
        assert.match(String(refused.json['detail']), /You are a superuser until .* UTC, and this is the account of/)
      }
      assert.equal((await call(guest, 'POST', `users/${user.id}/merge/`, { other: id })).status, 403)
      assert.equal((await call(guest, 'POST', `users/${user.id}/merge/`, { other: id, dry_run: true })).status, 403)
      const bulk = await call(guest, 'POST', 'users/bulk/', { action: 'disable', ids: [id, user.id], dry_run: true })
      assert.deepEqual(bulk.json['done'], [user.id])
      assert.match(JSON.stringify(bulk.json['left_out']), /for longer than you are a superuser/)
    }
    assert.equal((await call(guest, 'POST', `keys/${key.id}/revoke/`)).status, 403)
    await doorward.instance.sessions.create({ userId: superuser.id })
    const ending = { user: superuser.id, dry_run: true }
    assert.deepEqual((await call(guest, 'POST', 'sessions/end/', ending)).json, { count: 0, users: 0, left: 1 })
    // By a token as by a session: it says until when its user is one.
    const byToken = await doorward.as(guest, 'jwt')
    const refused = await stage.callWith(byToken, 'POST', `users/${superuser.id}/disable/`)
    assert.deepEqual([refused.status, /until .* UTC/.test(String(refused.json['detail']))], [403, true])
    const history = await stage.history(`user:${superuser.id}`)
    assert.deepEqual(
      history.map(({ event }) => event),
      ['user.created'],
    )
    // Whom they have all rights of, for no longer, they do reach: an administrator until then, and themselves.
    await doorward.instance.users.update(user.id, { isStaff: true, staffUntil: end })
    assert.equal((await call(guest, 'POST', `users/${user.id}/disable/`)).status, 200)
    assert.equal((await call(guest, 'PATCH', `users/${guest.id}/`, { email: 'guest@example.org' })).status, 200)
    assert.equal((await call(superuser, 'POST', `users/${forLife.id}/disable/`)).status, 200)
  })

  it('has no application that gets the access of others without asking them', async () => {
    await using stage = await adminStage()
    const { doorward, call, superuser } = stage
    const guest = await doorward.users.create({ username: 'guest', isStaff: true, isSuperuser: true })
    await doorward.instance.users.update(guest.id, { superuserUntil: doorward.clock.now() + hour })
    const client = { client_name: 'Web', redirect_uris: ['https://app.example/cb'], consent: 'never' }
    assert.equal((await call(guest, 'POST', 'clients/', client)).status, 403)
    assert.equal((await call(superuser, 'POST', 'clients/', client)).status, 201)
  })

  it('is told so on the page', async () => {
    await using at = await openConsole()
    const { users } = at.doorward.instance
    const end = at.doorward.clock.now() + 2 * hour
    await users.create({ username: 'second', isSuperuser: true, isStaff: true })
    const root = await users.findByLogin('root')
    await users.update(root?.id ?? '', { superuserUntil: end })
    const page = await at.root.get('/admin/administrators/')
    const refused = await at.root.submit(page, 'grant', { user: 'ada', role: 'superuser', until: '' })
    assert.match(refused.text, /You are a superuser until .* UTC/)
    const done = await at.root.submit(page, 'grant', { user: 'ada', role: 'superuser', until: '1h' })
    assert.match(done.text, /ada is an administrator now, for an hour/)
    const second = await users.findByLogin('second')
    const profile = await at.root.get(`/admin/users/${second?.id}/`)
    assert.match(profile.text, /id="not-yours">\s*This is the account of an administrator who is one for longer/)
    assert.doesNotMatch(profile.text, /id="reset-link"|id="merge"|id="act-as"/)
    assert.ok(
      !(await at.root.get('/admin/administrators/')).text.includes(`href="/admin/administrators/${second?.id}/"`),
    )
    for (const path of ['edit', 'reset-link', 'merge', 'act-as', 'disable', 'sign-out', 'reset-factors', 'delete'])
      assert.equal((await at.root.get(`/admin/users/${second?.id}/${path}/`)).status, 403, path)
    assert.equal((await at.root.get(`/admin/administrators/${second?.id}/`)).status, 403)
  })
})
