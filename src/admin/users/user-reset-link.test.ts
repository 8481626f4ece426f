import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'

describe('a link to a password that is shown once (A4)', () => {
  it('is for superusers, for whoever no mail reaches, and for one form', async () => {
    await using at = await openConsole()
    const { users } = at.doorward.instance
    const eve = await users.create({ username: 'eve' })
    const place = `/admin/users/${eve.id}/reset-link/`
    assert.equal((await at.staff.get(place)).status, 403)
    const reached = await at.root.get(`/admin/users/${at.ada.id}/reset-link/`)
    assert.equal(reached.status, 409)
    assert.match(reached.text, /send the link there/)
    assert.doesNotMatch((await at.staff.get(`/admin/users/${eve.id}/`)).text, /id="reset-link"/)
    assert.match((await at.root.get(`/admin/users/${eve.id}/`)).text, /id="reset-link"/)
    const page = await at.root.get(place)
    const shown = await at.root.submit(page, 'make')
    const [, url = ''] = /id="link"[^>]*value="([^"]+)"/.exec(shown.text) ?? []
    assert.match(url, /\/accounts\/password\/reset\/confirm\//)
    assert.equal(shown.headers.get('cache-control'), 'no-store')
    assert.equal((await at.root.submit(page, 'make')).status, 409)
    const key = url.split(/[?&#]/).find((part) => part.startsWith('key=') || part.startsWith('token='))
    const history = await at.root.get(`/admin/users/${eve.id}/history/`)
    assert.match(history.text, /password\.reset_shown/)
    assert.ok(key === undefined || !history.text.includes(key))
    await users.disable(eve.id)
    assert.equal((await at.root.get(place)).status, 409)
  })

  it('works no longer than whoever made it may make one', async () => {
    await using at = await openConsole()
    const { users, byMail } = at.doorward.instance
    const eve = await users.create({ username: 'eve' })
    const make = async () => {
      const { url } = await byMail.resets.link(eve.id, { actor: `user:${at.rootUser.id}` })
      return new URL(url).searchParams.get('key') ?? ''
    }
    const other = await users.create({ username: 'other', isStaff: true, isSuperuser: true })
    const demoted = await make()
    assert.equal((await byMail.resets.find(demoted))?.username, 'eve')
    await users.update(at.rootUser.id, { isSuperuser: false })
    assert.equal(await byMail.resets.find(demoted), null)
    await assert.rejects(byMail.resets.complete(demoted, 'a new long sentence'), { code: 'invalid' })
    await users.update(at.rootUser.id, { isSuperuser: true })
    const kept = await make()
    await users.disable(at.rootUser.id)
    assert.equal(await byMail.resets.find(kept), null)
    await users.enable(at.rootUser.id)
    const gone = await make()
    await users.update(eve.id, { isSuperuser: true })
    await users.update(at.rootUser.id, { isSuperuser: true, superuserUntil: at.doorward.clock.now() + 60_000 })
    assert.equal(await byMail.resets.find(gone), null, 'the account has become one out of their reach')
    await users.update(at.rootUser.id, { isSuperuser: true, superuserUntil: null })
    assert.equal((await byMail.resets.find(gone))?.username, 'eve')
    await users.delete(at.rootUser.id, { actor: `user:${other.id}` })
    assert.equal(await byMail.resets.find(gone), null)
  })

  it('is made by the API in the same way', async () => {
    await using stage = await adminStage()
    const { call, staff, superuser, user, doorward, history } = stage
    const eve = await doorward.instance.users.create({ username: 'eve' })
    const path = `users/${eve.id}/reset-link/`
    assert.equal((await call(staff, 'POST', path)).status, 403)
    const made = await call(superuser, 'POST', path)
    assert.equal(made.status, 201)
    assert.match(String(made.json['url']), /\/accounts\/password\/reset\/confirm\//)
    assert.equal((await history(`user:${eve.id}`))[0]?.event, 'password.reset_shown')
    assert.equal((await call(superuser, 'POST', `users/${user.id}/reset-link/`)).status, 409)
    assert.equal((await call(superuser, 'POST', 'users/nobody/reset-link/')).status, 404)
  })
})
