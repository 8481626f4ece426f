import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Person, person, type Seen } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'

describe('API keys in the portal', () => {
  it('are made in two steps, shown once, and open the API', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes } })
    const { base, ada } = await open(doorward)
    const form = await ada.get('/portal/keys/new/')
    const review = await ada.submit(form, 'review', {
      name: 'nightly',
      expiry: '30',
      resource_notes: 'read',
      scope_report: 'on',
      addresses: '127.0.0.1\n10.0.0.0/8',
      rate: '1000/min',
    })
    assert.match(review.text, /Is this right\?/)
    assert.match(review.text, /notes:read/)
    assert.doesNotMatch(review.text, /notes:write/)
    // The answers are kept on the way back.
    const back = await ada.submit(review, 'change')
    assert.match(back.text, /value="nightly"/)
    const made = await ada.submit(await ada.submit(back, 'review'), 'create')
    const key = secretIn(made)
    assert.match(key, /^dw_live_/)
    assert.equal(made.headers.get('cache-control'), 'no-store')
    assert.match(made.text, /download="doorward_key.env"/)

    const found = await doorward.instance.apiKeys.find(key, { address: '10.1.1.1' })
    assert.deepEqual(found?.auth.scopes, ['notes:read', 'report'])
    assert.equal(found?.principal.name, 'ada')
    assert.equal(await doorward.instance.apiKeys.find(key, { address: '192.0.2.1' }), null)
    assert.doesNotMatch((await ada.get('/portal/keys/')).text, new RegExp(key))
    assert.match((await ada.get('/portal/keys/')).text, /nightly/)
    assert.ok(base)
  })

  it('are made once of a form that is sent twice', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes } })
    const { ada, id } = await open(doorward)
    const review = await ada.submit(await ada.get('/portal/keys/new/'), 'review', { name: 'one' })
    assert.equal((await ada.submit(review, 'create')).status, 200)
    const again = await ada.submit(review, 'create')
    assert.equal(again.status, 409)
    assert.match(again.text, /was sent before/)
    assert.equal((await doorward.instance.apiKeys.list({ kind: 'user', id })).length, 1)
  })

  it('with values that cannot be are sent back with what to mend, and nothing is lost', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes } })
    const { ada } = await open(doorward)
    const form = await ada.get('/portal/keys/new/')
    const wrongs: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
      [{ name: '' }, /A name is needed/],
      [{ name: 'x', addresses: 'nowhere' }, /An address or range is needed/],
      [{ name: 'x', rate: 'often' }, /A rate is needed/],
      [{ name: 'x', expiry: 'day', until: '2001-01-01' }, /Choose a day that is still to come/],
      [{ name: 'x', expiry: 'day', until: 'soon' }, /Choose a day that is still to come/],
      [{ name: 'x', expiry: '31' }, /Choose a day that is still to come/],
    ]
    for (const [fields, message] of wrongs) {
      const answer = await ada.submit(form, 'review', { ...fields, scope_report: 'on' })
      assert.equal(answer.status, 400)
      assert.match(answer.text, message)
      assert.match(answer.text, /role="alert"/)
      assert.match(answer.text, /name="scope_report"[^>]*checked/)
    }
    // A scope that the catalogue lacks cannot be smuggled in.
    const review = await ada.submit(form, 'review', { name: 'x', scope_admin: 'on', resource_secrets: 'write' })
    assert.match(review.text, /do nothing that asks for a scope/)
  })

  it('can be rolled, switched off, narrowed and revoked, but never widened', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes } })
    const { ada, key, page } = await withKey(doorward)
    const { apiKeys } = doorward.instance
    const from = { address: '127.0.0.1' }

    const rolled = secretIn(await ada.submit(await ada.get(page), 'roll', { overlap: '3600' }))
    assert.notEqual(await apiKeys.find(key, from), null)
    assert.notEqual(await apiKeys.find(rolled, from), null)
    assert.match((await ada.submit(await ada.get(page), 'finish')).text, /Only the new secret works now/)
    assert.equal(await apiKeys.find(key, from), null)

    await ada.submit(await ada.get(page), 'disable')
    assert.equal(await apiKeys.find(rolled, from), null)
    await ada.submit(await ada.get(page), 'enable')
    assert.notEqual(await apiKeys.find(rolled, from), null)

    const refused = await ada.submit(await ada.get(page), 'update', {
      name: 'another',
      addresses: 'nowhere',
      scope_report: null,
    })
    assert.equal(refused.status, 400)
    assert.match(refused.text, /An address or range is needed/)
    // What was typed is still there, and nothing is changed.
    assert.match(refused.text, /name="name"[^>]*value="another"/)
    assert.match(refused.text, />\s*nowhere<\/textarea>/)
    assert.doesNotMatch(refused.text, /name="scope_report"[^>]*checked/)
    assert.doesNotMatch((await ada.get(page)).text, /another|nowhere/)
    await ada.submit(await ada.get(page), 'update', { scope_report: 'on', 'scope_notes:write': null })
    assert.deepEqual((await apiKeys.find(rolled, from))?.auth.scopes, ['notes:read'])
    const asked = await ada.get(`${page}revoke/`)
    assert.match(asked.text, /requests in the last week|was not used/)
    assert.match((await ada.submit(asked, 'revoke')).text, /The key is revoked/)
    assert.equal(await apiKeys.find(rolled, from), null)
    assert.equal((await ada.submit(asked, 'revoke')).status, 200)
    assert.equal((await ada.get(`${page}revoke/`)).status, 409)
    const { text } = await ada.get(page)
    assert.match(text, /History[^]*<strong>revoked<\/strong> by\s+<bdi>you<[^]*<strong>made<\/strong>/)
    assert.doesNotMatch(text, /<strong>[a-z_]+\.[a-z_]+<|owner: user/)
  })

  it('show how they are used, by day and one by one, with why they were refused (B-KEY-18)', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes } })
    const { base, ada, key, page } = await withKey(doorward)
    await fetch(`${base}/api/applications/?x=1`, { headers: { 'x-api-key': key } })
    await ada.submit(await ada.get(page), 'disable')
    await fetch(`${base}/api/applications/`, { headers: { 'x-api-key': key } })
    await doorward.instance.keyUsage.flush()
    const shown = await ada.get(page)
    assert.match(shown.text, /2 in all/)
    assert.match(shown.text, /<code>GET \/api\/applications\/<\/code>/)
    assert.match(shown.text, /401 Unauthorized: it is off/)
    assert.doesNotMatch(shown.text, /x=1/)
    assert.match((await ada.get('/portal/usage/')).text, /2 in all/)
  })

  it('say what each of their last requests was answered, and what that means of the key [D7]', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes } })
    const { base, ada, page } = await withKey(doorward)
    const user = (await doorward.instance.users.findByLogin('ada')) ?? assert.fail()
    const owner = { kind: 'user', id: user.id } as const
    const { key, record } = await doorward.instance.apiKeys.create({ owner, name: 'slow', rate: '3/hour' })
    for (const path of ['/api/whoami/', '/api/admin/users/', '/api/whoami/', '/api/whoami/', '/api/whoami/']) {
      await fetch(base + path, { headers: { 'x-api-key': key } })
    }
    await doorward.instance.keyUsage.flush()
    const own = await ada.get(`/portal/keys/${record.id}/`)
    for (const words of [
      '200 OK',
      '403 Forbidden: the key is good, and may not do this',
      '429 Too Many Requests: the key is good, and was used too often',
    ]) {
      assert.ok(own.text.includes(`${words}</td>`), `${words}: ${own.text}`)
    }
    assert.doesNotMatch((await ada.get(page)).text, /429/)
  })

  it('say what they are for, and stand in the list with all that tells them apart [D4, D5]', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes } })
    const { base, ada, id } = await open(doorward)
    const purpose = 'Copies the notes each night, on build-3'
    const form = await ada.get('/portal/keys/new/')
    for (const wrong of ['x'.repeat(501), 'a\u202eb']) {
      const refused = await ada.submit(form, 'review', { name: 'nightly', purpose: wrong })
      assert.equal(refused.status, 400)
      assert.match(refused.text, /What it is for (may have 500 characters|holds characters)/)
    }
    const review = await ada.submit(form, 'review', {
      name: 'nightly',
      purpose,
      resource_notes: 'write',
      rate: '5/min',
    })
    assert.match(review.text, /What for<\/dt>[^]*Copies the notes each night, on build-3/)
    assert.match(review.text, /5\/min, within the limits of the API/)
    await ada.submit(review, 'create')
    const { text } = await ada.get('/portal/keys/')
    const headings = [...text.matchAll(/<th scope="col"[^>]*>\s*([^<]*?)\s*<\/th>/g)].map(([, heading]) => heading)
    assert.deepEqual(headings, ['Name', 'Key', 'Permissions', 'Status', 'Created', 'Last used', 'Expires', 'Limit'])
    assert.match(text, /nightly[^]*Copies the notes[^]*>\s*2\s*<\/td>[^]*5\/min/)
    const [key] = await doorward.instance.apiKeys.list({ kind: 'user', id })
    const page = `/portal/keys/${key?.id ?? ''}/`
    assert.match((await ada.get(page)).text, /What for<\/dt>[^]*Copies the notes/)
    await ada.submit(await ada.get(page), 'update', { purpose: 'Another' })

    const api = doorward.client(base)
    const user = (await doorward.instance.users.findByLogin('ada')) ?? assert.fail()
    await api.signIn({ ...user, kind: 'user', password: '' }, 'jwt')
    const read = async (path: string, init: object = {}) =>
      (await api.fetch(path, init)).json() as Promise<Record<string, unknown>>
    const own = `/api/account/keys/${key?.id ?? ''}/`
    assert.equal((await read(own))['purpose'], 'Another')
    const patched = await read(own, {
      method: 'PATCH',
      body: JSON.stringify({ purpose: ' By program ' }),
      headers: { 'content-type': 'application/json' },
    })
    assert.equal(patched['purpose'], 'By program')
    assert.deepEqual((await read('/api/account/keys/?state=broad'))['keys'], [])
  })

  it('of an organisation that bounds how long they live are offered no more than that [D5]', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes } })
    const { ada, id } = await open(doorward)
    const { organisations } = doorward.instance.orgs
    const acme = await organisations.create({
      name: 'Acme',
      slug: 'acme',
      ownerId: id,
      longestKeyLifetime: 100 * 86_400,
    })
    const account = await doorward.instance.serviceAccounts.create(
      { name: 'sync', ownerId: id, organisationId: acme.id },
      { by: { actor: 'system' } },
    )
    const form = await ada.get(`/portal/service-accounts/${account.id}/new-key/`)
    const offered = [...form.text.matchAll(/<option value="(\d+|day|never|longest)"/g)].map(([, value]) => value)
    assert.deepEqual(offered, ['30', '90', 'longest', 'day'])
    assert.match(form.text, /lets keys live for 100 days at most/)
    const refused = await ada.submit(form, 'review', { name: 'x', expiry: 'never' })
    assert.equal(refused.status, 400)
    assert.match(refused.text, /Keys of this organisation live for 100 days at most/)
  })

  it('of an organisation that lets them live for less than a day are made all the same, for as long as that [D5]', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes } })
    const { ada, id } = await open(doorward)
    const { organisations } = doorward.instance.orgs
    const acme = await organisations.create({ name: 'Acme', slug: 'acme', ownerId: id, longestKeyLifetime: 3 * 3600 })
    const account = await doorward.instance.serviceAccounts.create(
      { name: 'sync', ownerId: id, organisationId: acme.id },
      { by: { actor: 'system' } },
    )
    const form = await ada.get(`/portal/service-accounts/${account.id}/new-key/`)
    assert.match(form.text, /lets keys live for 3 hours at most/)
    assert.match(form.text, /<option value="longest"\s+selected/)
    const asked = await ada.submit(form, 'review', { name: 'x', expiry: 'longest' })
    assert.match(asked.text, /in 3 hours, /)
    assert.match((await ada.submit(asked, 'create')).text, /Your new API key/)
    // Where nothing bounds them, nothing is the longest.
    const own = await ada.submit(await ada.get('/portal/keys/new/'), 'review', { name: 'x', expiry: 'longest' })
    assert.equal(own.status, 400)
  })

  it('lead on to those of one’s organisations, which are with its service accounts [D4]', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes } })
    const { ada } = await withKey(doorward)
    assert.doesNotMatch((await ada.get('/portal/keys/')).text, /class="tabs"/)
    const user = (await doorward.instance.users.findByLogin('ada')) ?? assert.fail()
    const { id } = await doorward.instance.orgs.organisations.create({ name: 'Acme', slug: 'acme', ownerId: user.id })
    const { text } = await ada.get('/portal/keys/')
    assert.ok(text.includes(`href="/account/organisations/${id}/service-accounts/"`), text)
    assert.match(text, /class="tabs"[^]*aria-current="page"[^>]*>\s*You[^]*Acme/)
  })

  it('of somebody else are not found, whatever is asked of them (B-STO-07)', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes } })
    const { base, ada, key, page } = await withKey(doorward)
    await doorward.users.create({ username: 'bob', password: 'correct horse battery', isStaff: true })
    const bob = person(base)
    await bob.signIn('bob', 'correct horse battery')
    const mine = await ada.get(page)
    assert.equal((await bob.get(page)).status, 404)
    assert.equal((await bob.get(`${page}revoke/`)).status, 404)
    const [, token = ''] =
      /name="csrfmiddlewaretoken" value="([^"]+)"/.exec((await bob.get('/portal/keys/new/')).text) ?? []
    for (const action of ['disable', 'update', 'roll', 'revoke']) {
      const path = action === 'revoke' ? `${page}revoke/` : page
      const fields = { action, csrfmiddlewaretoken: token, once: 'a'.repeat(22), name: 'taken' }
      assert.equal((await bob.post(path, fields)).status, 404, action)
    }
    assert.notEqual(await doorward.instance.apiKeys.find(key, { address: '127.0.0.1' }), null)
    assert.equal(mine.status, 200)
  })
})

describe('service accounts in the portal', () => {
  it('are made by those who may, and have keys that can have no more than they have', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes } })
    const { base, ada } = await open(doorward)
    assert.match((await ada.get('/portal/service-accounts/')).text, /service_accounts\.add/)
    assert.equal((await ada.get('/portal/service-accounts/new/')).status, 403)

    await doorward.users.create({
      username: 'grace',
      password: 'correct horse battery',
      permissions: ['service_accounts.add'],
    })
    const grace = person(base)
    await grace.signIn('grace', 'correct horse battery')
    const form = await grace.get('/portal/service-accounts/new/')
    assert.equal((await grace.submit(form, 'create', { name: '' })).status, 400)
    const again = await grace.get('/portal/service-accounts/new/')
    const made = await grace.submit(again, 'create', { name: 'deploy', 'scope_notes:read': 'on' })
    assert.match(made.path, /^\/portal\/service-accounts\/[^/]+\/$/)

    const keyForm = await grace.get(`${made.path}new-key/`)
    assert.doesNotMatch(keyForm.text, /scope_report/)
    const review = await grace.submit(keyForm, 'review', { name: 'ci', resource_notes: 'read' })
    const key = secretIn(await grace.submit(review, 'create'))
    const found = await doorward.instance.apiKeys.find(key, { address: null })
    assert.equal(found?.principal.kind, 'service_account')
    assert.deepEqual(found?.auth.scopes, ['notes:read'])

    assert.equal((await ada.get(made.path)).status, 404)
    assert.equal((await ada.get(`${made.path}new-key/`)).status, 404)
    const asked = await grace.get(`${made.path}delete/`)
    assert.match(asked.text, /1 key/)
    assert.equal((await grace.submit(asked, 'delete', { typed: 'Deploy' })).status, 400)
    assert.match((await grace.submit(asked, 'delete', { typed: 'deploy' })).text, /The service account is deleted/)
    assert.equal(await doorward.instance.apiKeys.find(key, { address: null }), null)
    assert.equal((await grace.submit(asked, 'delete', { typed: 'deploy' })).status, 404)
  })
})

const oauthScopes = {
  openid: 'Know who you are',
  report: 'Make reports',
  'notes:read': 'Read your notes',
  'notes:write': 'Change your notes',
}

async function open(doorward: TestDoorward): Promise<{ base: string; ada: Person; id: string }> {
  const base = await doorward.listen()
  const { id } = await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
  const ada = person(base)
  await ada.signIn('ada', 'correct horse battery')
  return { base, ada, id }
}

async function withKey(doorward: TestDoorward): Promise<{ base: string; ada: Person; key: string; page: string }> {
  const { base, ada, id } = await open(doorward)
  const review = await ada.submit(await ada.get('/portal/keys/new/'), 'review', {
    name: 'nightly',
    resource_notes: 'write',
  })
  const key = secretIn(await ada.submit(review, 'create'))
  const [record] = await doorward.instance.apiKeys.list({ kind: 'user', id })
  const page = `/portal/keys/${record?.id}/`
  return { base, ada, key, page }
}

function secretIn({ text }: Seen): string {
  const [, secret = ''] = /id="secret"[^>]*value="([^"]+)"/.exec(text) ?? []
  assert.notEqual(secret, '', text)
  return secret
}
