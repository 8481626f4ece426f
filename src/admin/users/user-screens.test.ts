import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openConsole } from '../console.contract.ts'

describe('users in the console', () => {
  it('are listed newest first, found by name, e-mail and id, and by how they stand', async () => {
    await using at = await openConsole()
    const { staff, ada, doorward } = at
    await doorward.instance.users.create({ username: '<b>bold</b>', isActive: false })
    const all = await staff.get('/admin/users/')
    assert.equal(all.status, 200)
    assert.match(all.text, /&lt;b&gt;bold&lt;\/b&gt;/)
    const rows = async (query: string) => {
      const { text } = await staff.get(`/admin/users/?${query}`)
      return [...text.matchAll(/<th scope="row"[^>]*>[^]*?<a href="[^"]*"><bdi>([^<]*)/g)].map(([, name]) => name)
    }
    assert.deepEqual(await rows('search=AD'), ['ada'])
    assert.deepEqual(await rows('search=ada%40exa'), ['ada'])
    assert.deepEqual(await rows(`search=${ada.id}`), ['ada'])
    assert.deepEqual(await rows('status=disabled'), ['&lt;b&gt;bold&lt;/b&gt;'])
    assert.deepEqual(await rows('role=superuser'), ['root'])
    assert.deepEqual(await rows('role=staff'), ['grace', 'root'])
    assert.deepEqual(await rows('search=nobody'), [])
    assert.equal((await staff.get('/admin/users/?after=forged')).status, 400)
    assert.equal((await staff.get('/admin/users/?status=constructor&role=__proto__')).status, 200)
  })

  it('page behind a row, so that nobody is shown twice while others come (AD12)', async () => {
    await using at = await openConsole()
    for (let made = 0; made < 60; made += 1) await at.doorward.instance.users.create({ username: `user${made}` })
    const first = await at.staff.get('/admin/users/?search=user')
    const [, next = ''] = /href="([^"]*)" id="next-page"/.exec(first.text) ?? []
    await at.doorward.instance.users.create({ username: 'user-late' })
    const second = await at.staff.get(next.replaceAll('&amp;', '&'))
    const names = [first, second].flatMap(({ text }) => [...text.matchAll(/<bdi>(user\d+)</g)].map(([, name]) => name))
    assert.equal(names.length, 60)
    assert.equal(new Set(names).size, 60)
    assert.doesNotMatch(second.text, /next-page/)
  })

  it('are made without a password, and by one form once (AD06)', async () => {
    await using at = await openConsole()
    const page = await at.staff.get('/admin/users/new/')
    assert.doesNotMatch(page.text, /type="password"/)
    const values = { username: 'bob', email: 'bob@example.org', permissions: 'notes.add\nnotes.change' }
    const made = await at.staff.submit(page, 'create', values)
    assert.match(made.text, /The user is made\./)
    const again = await at.staff.submit(page, 'create', { ...values, username: 'bob2', email: 'bob2@example.org' })
    assert.equal(again.status, 409)
    const user = await at.doorward.instance.users.findByLogin('bob')
    assert.deepEqual(
      [user?.hasPassword, user?.isStaff, user?.permissions],
      [false, false, ['notes.add', 'notes.change']],
    )
    assert.equal(await at.doorward.instance.users.findByLogin('bob2'), null)
  })

  it('are refused with what to mend, and what was typed stays', async () => {
    await using at = await openConsole()
    const page = await at.staff.get('/admin/users/new/')
    const refused = await at.staff.submit(page, 'create', { username: 'bob@elsewhere', email: 'not an address' })
    assert.equal(refused.status, 400)
    assert.match(refused.text, /<title>Error: New user/)
    assert.match(refused.text, /href="#username"/)
    assert.match(refused.text, /href="#email"/)
    assert.match(refused.text, /value="bob@elsewhere"/)
    const taken = await at.staff.submit(refused, 'create', { username: 'ADA', email: '' })
    assert.match(taken.text, /The username or e-mail address is taken\./)
    // The form that came back can be sent, since it is a new one.
    assert.match((await at.staff.submit(taken, 'create', { username: 'bob' })).text, /The user is made\./)
    for (const fields of [{ username: '' }, { username: 'x'.repeat(300) }, { username: 'a', permissions: 'ü' }]) {
      assert.equal((await at.staff.submit(await at.staff.get('/admin/users/new/'), 'create', fields)).status, 400)
    }
  })

  it('are edited, and nobody becomes an administrator by it', async () => {
    await using at = await openConsole()
    const place = `/admin/users/${at.ada.id}/`
    const page = await at.staff.get(`${place}edit/`)
    const saved = await at.staff.submit(page, 'save', {
      username: 'lovelace',
      is_staff: 'on',
      isStaff: 'on',
      isSuperuser: 'true',
    })
    assert.match(saved.text, /The changes are saved\./)
    assert.match(saved.text, /username: ada → lovelace/)
    const user = await at.doorward.instance.users.find(at.ada.id)
    assert.deepEqual(
      [user?.username, user?.email, user?.isStaff, user?.isSuperuser],
      ['lovelace', 'ada@example.org', false, false],
    )
    // Sent again, it says the same.
    assert.equal((await at.staff.submit(page, 'save', { username: 'lovelace' })).status, 200)
    await at.doorward.instance.users.delete(at.ada.id)
    const gone = await at.staff.submit(page, 'save', { username: 'again' })
    assert.equal(gone.status, 404)
    assert.match(gone.text, /There is no such user/)
  })

  it('who are administrators are changed by superusers alone', async () => {
    await using at = await openConsole()
    for (const { id } of [at.rootUser]) {
      const place = `/admin/users/${id}/`
      const profile = await at.staff.get(place)
      assert.match(profile.text, /Only a superuser may change it/)
      assert.doesNotMatch(profile.text, /id="disable"/)
      for (const page of ['edit/', 'disable/', 'delete/', 'sign-out/', 'reset-factors/']) {
        assert.equal((await at.staff.get(`${place}${page}`)).status, 403, page)
      }
      // A form of one's own, sent to another address.
      const own = await at.staff.get(`/admin/users/${at.ada.id}/disable/`)
      const [, proof = ''] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(own.text) ?? []
      for (const [page, action] of [
        ['', 'enable'],
        ['', 'send-reset'],
        ['edit/', 'save'],
        ['disable/', 'disable'],
        ['delete/', 'delete'],
        ['sign-out/', 'sign-out'],
        ['reset-factors/', 'reset-factors'],
        ['sessions/', 'end'],
        ['credentials/', 'revoke-token'],
        ['applications/', 'withdraw'],
        ['groups/', 'add'],
      ] as const) {
        const fields = { csrfmiddlewaretoken: proof, action, username: 'root', typed: 'root' }
        assert.equal((await at.staff.post(`${place}${page}`, fields)).status, 403, `${page} ${action}`)
      }
      assert.equal((await at.doorward.instance.users.find(id))?.isActive, true)
    }
    assert.equal((await at.root.get(`/admin/users/${at.staffUser.id}/edit/`)).status, 200)
  })

  it('are disabled after a page that counts what stops, and enabled again (SE05)', async () => {
    await using at = await openConsole()
    const there = await at.signedIn(at.ada)
    const place = `/admin/users/${at.ada.id}/`
    const asked = await at.staff.get(`${place}disable/`)
    assert.match(asked.text, /1 session/)
    assert.match((await at.staff.submit(asked, 'disable')).text, /The account is disabled/)
    assert.match((await there.get('/account/devices/')).path, /^\/accounts\/login\//)
    // Twice is harmless.
    assert.equal((await at.staff.submit(asked, 'disable')).status, 200)
    assert.match((await at.staff.submit(await at.staff.get(place), 'enable')).text, /The account is enabled/)
    assert.equal((await at.doorward.instance.users.find(at.ada.id))?.isActive, true)
  })

  it('are deleted once the username is typed, and a page of one who is gone says so', async () => {
    await using at = await openConsole()
    const place = `/admin/users/${at.ada.id}/`
    const asked = await at.staff.get(`${place}delete/`)
    const wrong = await at.staff.submit(asked, 'delete', { typed: 'Ada' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /Type the username as it stands/)
    assert.notEqual(await at.doorward.instance.users.find(at.ada.id), null)
    assert.match((await at.staff.submit(asked, 'delete', { typed: 'ada' })).text, /The account of ada is deleted\./)
    assert.equal((await at.staff.submit(asked, 'delete', { typed: 'ada' })).status, 404)
    assert.equal((await at.staff.get(place)).status, 404)
    for (const id of ['x', '00000000001', '..%2f..', "1'--"])
      assert.equal((await at.staff.get(`/admin/users/${id}/`)).status, 404)
  })

  it('cannot disable or delete themselves, and the last superuser stays', async () => {
    await using at = await openConsole()
    for (const page of ['disable/', 'delete/']) {
      const refused = await at.root.get(`/admin/users/${at.rootUser.id}/${page}`)
      assert.equal(refused.status, 409)
      assert.match(refused.text, /Ask another administrator/)
    }
  })

  it('whose sessions, tokens, groups and applications are shown lose them one by one', async () => {
    await using at = await openConsole()
    const { doorward, staff, ada } = at
    const there = await at.signedIn(ada)
    const by = { actor: 'system' }
    const owner = { kind: 'user', id: ada.id } as const
    const { text: secret, record } = await doorward.instance.apiTokens.issue({ owner, name: 'laptop', by })
    const { record: key } = await doorward.instance.apiKeys.create({ owner, name: 'job', by })
    const group = await doorward.instance.groups.create({ name: 'Editors', permissions: ['notes.change'] })
    const place = `/admin/users/${ada.id}/`

    const credentials = await staff.get(`${place}credentials/`)
    assert.match(credentials.text, new RegExp(`/admin/keys/${key.id}/`))
    assert.ok(!credentials.text.includes(secret), 'a token is shown (B-STO-03)')
    assert.ok(credentials.text.includes(record.masked))
    assert.match((await staff.submit(credentials, 'revoke-token')).text, /The token is revoked\./)
    assert.match((await staff.submit(credentials, 'revoke-token')).text, /revoked already/)

    const groups = await staff.get(`${place}groups/`)
    assert.match((await staff.submit(groups, 'add')).text, /They are in the group now\./)
    assert.deepEqual(
      (await doorward.instance.groups.of(ada.id)).map(({ id }) => id),
      [group.id],
    )
    assert.match((await staff.submit(await staff.get(`${place}groups/`), 'remove')).text, /out of the group/)
    assert.equal((await staff.submit(groups, 'add', { group: 'none' })).status, 404)

    const sessions = await staff.get(`${place}sessions/`)
    assert.match((await staff.submit(sessions, 'end')).text, /The session has ended\./)
    assert.match((await there.get('/account/devices/')).path, /^\/accounts\/login\//)
    assert.equal((await staff.get(`${place}applications/`)).status, 200)
    const history = await staff.get(`${place}history/`)
    assert.match(history.text, /group\.member_added/)
    assert.match((await staff.get(`${place}history/?side=by`)).text, /session\.created/)
  })

  it('open to nobody but members of staff', async () => {
    await using at = await openConsole()
    const ada = await at.signedIn(at.ada)
    for (const path of ['/admin/users/', `/admin/users/${at.ada.id}/`]) assert.equal((await ada.get(path)).status, 403)
    assert.doesNotMatch((await ada.get('/account/devices/')).text, /href="\/admin\/"/)
    const page = await at.staff.get(`/admin/users/${at.ada.id}/disable/`)
    // Disabled or signed out meanwhile: nothing is done, and the way on is the page to sign in.
    await at.doorward.instance.users.disable(at.staffUser.id)
    const stale = await at.staff.submit(page, 'disable')
    assert.match(stale.path, /^\/accounts\/login\//)
    assert.equal((await at.doorward.instance.users.find(at.ada.id))?.isActive, true)
  })
})
