import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Console, openConsole } from './console.contract.ts'

describe('signing in as somebody', () => {
  it('is for superusers, with a reason and for 15 to 60 minutes, and never as staff, a superuser or oneself', async () => {
    await using at = await openConsole()
    const place = `/admin/users/${at.ada.id}/act-as/`
    assert.equal((await at.staff.get(place)).status, 403)
    for (const { id } of [at.staffUser, at.rootUser]) {
      assert.equal((await at.root.get(`/admin/users/${id}/act-as/`)).status, 403)
    }
    const page = await at.root.get(place)
    for (const typed of [
      { reason: '', minutes: '30' },
      { reason: 'ok', minutes: '30' },
      { reason: 'a call for help', minutes: '5' },
      { reason: 'a call for help', minutes: '600' },
      { reason: 'a call for help', minutes: 'ever' },
      { reason: 'x'.repeat(600), minutes: '15' },
    ]) {
      assert.equal((await at.root.submit(page, 'start', typed)).status, 400, JSON.stringify(typed))
    }
    await at.doorward.instance.users.disable(at.ada.id)
    const disabled = await at.root.submit(page, 'start', { reason: 'a call for help' })
    assert.match(disabled.text, /The account is disabled/)
    assert.match((await at.root.get('/account/devices/')).text, />root</)
  })

  it('shows the site as they see it, with a banner and a stop on every page, and both names in the log (L20 AD07)', async () => {
    await using at = await openConsole()
    const ada = await at.signedIn(at.ada)
    const seen = await begin(at)
    assert.match(seen.text, /You see the site as ada does/)
    for (const path of ['/account/devices/', '/portal/', '/admin/', '/admin/users/']) {
      const page = await at.root.get(path)
      assert.match(page.text, /id="acting"/, path)
      assert.match(page.text, /You act as <strong><bdi>ada/, path)
    }
    // In the console they are themselves.
    assert.match((await at.root.get('/admin/administrators/')).text, />root</)
    const devices = await at.root.get('/account/devices/')
    assert.match(devices.text, /<bdi>ada<\/bdi>/)
    assert.match((await at.root.submit(devices, 'end')).text, /The device is signed out/)
    assert.match((await ada.get('/account/devices/')).path, /^\/accounts\/login\//)
    const rows = await at.doorward.instance.database.read
      .selectFrom('audit_events')
      .selectAll()
      .where('event', '=', 'session.ended')
      .execute()
    assert.deepEqual(
      rows.map(({ actor, detail }) => [actor, (JSON.parse(detail) as { acting_as?: string }).acting_as]),
      [[`user:${at.rootUser.id}`, `user:${at.ada.id}`]],
    )
    const history = await at.root.get(`/admin/users/${at.ada.id}/history/`)
    assert.match(history.text, /acting\.started/)
    assert.match(history.text, /a call for help/)

    const stopped = await at.root.submit(await at.root.get('/portal/'), 'stop')
    assert.match(stopped.text, /You are yourself again/)
    assert.doesNotMatch(stopped.text, /id="acting"/)
    assert.match((await at.root.get('/account/devices/')).text, /<bdi>root<\/bdi>/)
    assert.match((await at.root.get(`/admin/users/${at.ada.id}/history/`)).text, /acting\.ended/)
  })

  it('opens nothing that is theirs alone, and makes nothing new for them', async () => {
    await using at = await openConsole()
    await begin(at)
    for (const path of ['/portal/keys/new/', '/account/passkeys/add/', '/account/authenticator/remove/']) {
      const { status, text } = await at.root.get(path)
      assert.ok(status === 403 || status === 404, `${path} ${status}`)
      if (status === 403) assert.match(text, /for the person alone/)
    }
    const devices = await at.root.get('/account/devices/')
    const [, proof = ''] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(devices.text) ?? []
    const sent = await at.root.post('/portal/apps/new/', { csrfmiddlewaretoken: proof, action: 'create', name: 'x' })
    assert.ok(sent.status >= 400, String(sent.status))
    const change = { csrfmiddlewaretoken: proof, action: 'change', current: 'x', password: 'another good one' }
    assert.equal((await at.root.post('/account/password/', change)).status, 403)
    const everywhere = await at.root.get('/account/devices/others/')
    if (everywhere.status === 200) assert.equal((await at.root.submit(everywhere, 'end-others')).status, 403)
    // It is no session of theirs: APIs, sign-in pages and applications see who is really there.
    const cookie = [...at.root.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const who = (await (await fetch(`${at.base}/api/whoami/`, { headers: { cookie } })).json()) as object
    assert.match(JSON.stringify(who), /root/)
    assert.deepEqual(await at.doorward.instance.sessions.list(at.ada.id), [])
  })

  it('ends by itself: with time, with the session, and when either is not what they were', async () => {
    await using at = await openConsole()
    const isActing = async () => (await at.root.get('/account/devices/')).text.includes('id="acting"')
    await begin(at, '15')
    assert.equal(await isActing(), true)
    const again = await at.root.get(`/admin/users/${at.ada.id}/act-as/`)
    assert.match((await at.root.submit(again, 'start', { reason: 'a call for help' })).text, /act as somebody already/)
    await at.doorward.clock.advance('15m')
    assert.equal(await isActing(), false)

    const { users } = at.doorward.instance
    const root = await at.signedIn(at.rootUser)
    const fresh: Console = { ...at, root }
    const shows = async () => (await root.get('/account/devices/')).text.includes('id="acting"')
    await begin(fresh)
    await users.update(at.ada.id, { isStaff: true })
    assert.equal(await shows(), false)
    await users.update(at.ada.id, { isStaff: false })
    assert.equal(await shows(), true)
    await at.doorward.users.create({ username: 'second', isSuperuser: true })
    await users.update(at.rootUser.id, { isSuperuser: false })
    assert.equal(await shows(), false)
    await users.update(at.rootUser.id, { isSuperuser: true })
    await users.delete(at.ada.id)
    assert.equal(await shows(), false)
  })

  it('begins once, whoever sends the form fifty times at once', async () => {
    await using at = await openConsole()
    const page = await at.root.get(`/admin/users/${at.ada.id}/act-as/`)
    await Promise.all(
      Array.from({ length: 50 }, async () => at.root.submit(page, 'start', { reason: 'a call for help' })),
    )
    const rows = await at.doorward.instance.database.read
      .selectFrom('audit_events')
      .select('id')
      .where('event', '=', 'acting.started')
      .execute()
    assert.equal(rows.length, 1)
  })
})

async function begin(at: Console, minutes = '30') {
  const page = await at.root.get(`/admin/users/${at.ada.id}/act-as/`)
  return at.root.submit(page, 'start', { reason: 'a call for help', minutes })
}
