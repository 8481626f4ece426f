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
