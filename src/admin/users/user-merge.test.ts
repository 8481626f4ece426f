import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'

describe('merging two accounts in the console (A4)', () => {
  it('says what would happen, asks for the name, and then the keys of the one act for the other', async () => {
    await using at = await openConsole()
    const { doorward, ada } = at
    const twin = await doorward.users.create({ username: 'ada-work', password: 'correct horse battery' })
    const there = await at.signedIn(twin)
    const { key } = await doorward.instance.apiKeys.create({ owner: { kind: 'user', id: twin.id }, name: 'job' })
    const place = `/admin/users/${ada.id}/merge/`
    assert.equal((await at.staff.get(place)).status, 403)
    assert.match((await at.root.get(`/admin/users/${ada.id}/`)).text, /id="merge"/)
    assert.match((await at.root.get(place)).text, /The account that ends/)
    for (const [other, problem] of [
      ['nobody', /that is there/],
      ['ada', /one and the same/],
      ['root', /last active superuser/],
    ] as const)
      assert.match((await at.root.get(`${place}?other=${other}`)).text, problem)
    const asked = await at.root.get(`${place}?other=ada-work`)
    assert.match(asked.text, /1 API key</)
    assert.match(asked.text, /1 session</)
    const wrong = await at.root.submit(asked, 'merge', { typed: 'ada' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /Type the username of the account that ends/)
    const done = await at.root.submit(asked, 'merge', { typed: 'ada-work' })
    assert.match(done.text, /The account of ada-work is part of this one now\./)
    assert.match((await there.get('/account/devices/')).path, /^\/accounts\/login\//)
    const headers = { authorization: `Bearer ${key}` }
    const who = (await (await fetch(`${at.base}/api/whoami/`, { headers })).json()) as Record<string, unknown>
    assert.match(JSON.stringify(who), new RegExp(ada.id))
    const tombstone = await at.root.get(`/admin/users/${twin.id}/`)
    assert.match(tombstone.text, /Part of/)
    assert.doesNotMatch(tombstone.text, /id="enable"/)
    assert.match((await at.root.submit(asked, 'merge', { typed: 'ada-work' })).text, /became part of another account/)
  })
})

describe('POST /api/admin/users/{id}/merge/ [A4]', () => {
  it('does the same for superusers, or only tells', async () => {
    await using stage = await adminStage()
    const { call, staff, superuser, user, doorward, history } = stage
    const twin = await doorward.users.create({ username: 'twin' })
    const path = `users/${user.id}/merge/`
    assert.equal((await call(staff, 'POST', path, { other: twin.id })).status, 403)
    const dry = await call(superuser, 'POST', path, { other: twin.id, dry_run: true })
    assert.equal(dry.status, 200)
    assert.deepEqual(
      await history(`user:${user.id}`).then((all) => all.filter(({ event }) => event === 'user.merged')),
      [],
    )
    const done = await call(superuser, 'POST', path, { other: twin.id })
    assert.deepEqual(done.json, dry.json)
    assert.equal((await call(superuser, 'GET', `users/${twin.id}/`)).json['merged_into'], user.id)
    assert.equal((await call(superuser, 'POST', `users/${twin.id}/enable/`)).status, 409)
    assert.equal((await call(superuser, 'POST', path, { other: twin.id })).status, 409)
    assert.equal((await call(superuser, 'POST', path, { other: 'nobody' })).status, 404)
    assert.equal((await call(superuser, 'POST', path, {})).status, 400)
    assert.equal((await history(`user:${user.id}`))[0]?.event, 'user.merged')
  })
})
