import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { liveGrant } from '../oauth/live-grant.contract.ts'
import { formsIn, type Person, person, type Seen } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'

describe('applications in the portal', () => {
  it('are registered by kind, with a secret that is shown once and works', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada } = await open(doorward)
    const types = await ada.get('/portal/apps/new/')
    assert.match(types.text, /type-web/)
    assert.doesNotMatch(types.text, /type-machine/)
    const made = await register(ada, 'web', { name: 'Notes', redirects: 'https://app.example/cb' })
    const secret = secretIn(made)
    const [, id = ''] =
      /href="\/portal\/apps\/([^/"]+)\/"/.exec(made.text.slice(made.text.indexOf('secret-stored'))) ?? []
    const body = new URLSearchParams({ token: 'x', client_id: id, client_secret: secret })
    assert.equal((await fetch(`${base}/o/revoke_token/`, { method: 'POST', body })).status, 200)
    body.set('client_secret', `${secret}x`)
    assert.equal((await fetch(`${base}/o/revoke_token/`, { method: 'POST', body })).status, 401)
    const client = await doorward.instance.oauth.clients.find(id)
    assert.equal(client?.source, 'portal')
    assert.equal(client?.isConfidential, true)
    assert.match((await ada.get('/portal/apps/')).text, /Notes/)
    const foot =
      /History[^]*<strong>registered<\/strong> by\s+<bdi>you[^]*Copy as API call[^]*\/api\/account\/apps\/([^/]+)\//
    assert.equal(foot.exec((await ada.get(`/portal/apps/${id}/`)).text)?.[1], id)
  })

  it('say in their list, and in the reviewer’s words on their page, how their review stands [D2]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    const form = await ada.get('/portal/apps/new/?type=web')
    assert.match(form.text, /At first it is for you and for test users whom you name/)
    await register(ada, 'web', { name: 'Notes', redirects: 'https://app.example/cb' })
    const { appReviews, oauth } = doorward.instance
    const [client] = (await oauth.clients.list({ owner: id })).clients
    const clientId = client?.id ?? ''
    const page = `/portal/apps/${clientId}/`
    const stands = async (): Promise<string | undefined> =>
      /class="badge (?:note|bad|good)">((?:not )?reviewed|waits for a review|to be changed)</.exec(
        (await ada.get('/portal/apps/')).text,
      )?.[1]
    assert.equal(await stands(), 'not reviewed')
    assert.match((await ada.get(page)).text, /id="to-review">Ask for one</)
    await appReviews.ask(clientId, { by: { actor: `user:${id}` }, owner: id, text: '' })
    assert.equal(await stands(), 'waits for a review')
    const system = { by: { actor: 'system' } }
    await appReviews.giveBack(clientId, { ...system, text: 'Say <whose> it is.' })
    assert.equal(await stands(), 'to be changed')
    assert.match((await ada.get(page)).text, /id="wanted">Say &lt;whose&gt; it is\./)
    await appReviews.accept(clientId, { ...system, text: '' })
    assert.equal(await stands(), 'reviewed')
    assert.doesNotMatch((await ada.get(page)).text, /id="wanted"/)
  })

  it('that cannot keep a secret never show one', async () => {
    await using doorward = await createTestDoorward()
    const { ada } = await open(doorward)
    for (const [type, redirects] of [
      ['browser', 'https://app.example/cb'],
      ['native', 'com.example.app:/cb'],
      ['device', ''],
    ] as const) {
      const made = await register(ada, type, { name: type, redirects })
      assert.match(made.path, /^\/portal\/apps\/[^/]+\/$/)
      assert.match(made.text, /It has no secret/)
      assert.doesNotMatch(made.text, /id="secret"|Rotate the secret/)
    }
  })

  it('are as many as may be, which the page says and keeps what was typed, also where many are sent at once', async () => {
    await using doorward = await createTestDoorward({ settings: { appsPerUser: 2 } })
    const { ada, id } = await open(doorward)
    const { clients } = doorward.instance.oauth
    const typed = { name: 'Notes', redirects: 'https://app.example/cb' }
    // One that an administrator gave them counts, and administrators are not bound.
    await clients.create({ name: 'Given', redirectUris: [typed.redirects] }, { by: { actor: 'system' }, owner: id })
    const forms = await Promise.all(Array.from({ length: 5 }, async () => ada.get('/portal/apps/new/?type=web')))
    const made = await Promise.all(forms.map(async (form) => ada.submit(form, 'register', typed)))
    assert.deepEqual(
      made.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 400, 400, 400, 400],
    )
    const refused = await register(ada, 'web', typed)
    assert.match(refused.text, /role="alert"[^]*more than 2 applications\. Delete one that is not needed/)
    assert.match(refused.text, /value="Notes"/)
    assert.equal((await clients.list({ owner: id })).clients.length, 2)
    await clients.create({ name: 'Given too', redirectUris: [typed.redirects] }, { by: { actor: 'system' }, owner: id })
    assert.equal((await clients.list({ owner: id })).clients.length, 3)
  })

  it('with addresses that cannot be are sent back with the reason, and what was typed', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    for (const redirects of ['https://*.example/cb', 'http://app.example/cb', 'javascript:alert(1)', 'nonsense', '']) {
      const answer = await register(ada, 'web', { name: 'Notes', redirects })
      assert.equal(answer.status, 400, redirects)
      assert.match(answer.text, /href="#app-redirects"/)
      assert.match(answer.text, /value="Notes"/)
    }
    assert.equal((await register(ada, 'web', { name: '', redirects: 'https://app.example/cb' })).status, 400)
    assert.deepEqual((await doorward.instance.oauth.clients.list({ owner: id })).clients, [])
  })

  it('that an administrator has switched off are not switched on by their owner', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    const { clients } = doorward.instance.oauth
    const given = { name: 'Notes', redirectUris: ['https://app.example/cb'], scopes: ['openid'] }
    const { client } = await clients.create(given, { by: { actor: `user:${id}` }, owner: id })
    const page = `/portal/apps/${client.id}/`
    await ada.submit(await ada.get(page), 'disable')
    await ada.submit(await ada.get(page), 'enable')
    assert.equal((await clients.find(client.id))?.isActive, true)
    const whileOn = await ada.get(page)
    await ada.submit(await ada.get(page), 'disable')
    const isOff = await ada.get(page)
    // It is off already: an administrator who switches it off all the same means that it stays so.
    await clients.disable(client.id, { by: { actor: 'user:admin' } })
    const refused = await ada.submit(isOff, 'enable')
    assert.equal(refused.status, 409)
    assert.match(refused.text, /An administrator switched it off/)
    // Nor is it theirs once they have switched it off themselves, on a page that was open, or once the log is gone.
    await ada.submit(whileOn, 'disable')
    await doorward.instance.database.write(async (unit) => unit.deleteFrom('audit_events').execute())
    assert.equal((await ada.submit(isOff, 'enable')).status, 409)
    assert.equal((await clients.find(client.id))?.isActive, false)
    const held = await ada.get(page)
    assert.match(held.text, /id="held"/)
    assert.doesNotMatch(held.text, /value="enable"/)
    await clients.enable(client.id, { by: { actor: 'user:admin' } })
    await ada.submit(await ada.get(page), 'disable')
    await ada.submit(await ada.get(page), 'enable')
    assert.equal((await clients.find(client.id))?.isActive, true)
  })

  it('of an organisation are gone with whoever answers for them, once they have left it', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    const { oauth, orgs } = doorward.instance
    const owner = await doorward.users.create()
    const { id: acme } = await orgs.organisations.create({ name: 'Acme', slug: 'acme', ownerId: owner.id })
    await orgs.members.add(acme, id, 'member')
    const given = { name: 'Notes', redirectUris: ['https://app.example/cb'], scopes: ['openid'] }
    const by = { actor: 'system' }
    const { client } = await oauth.clients.create(given, { by, owner: id, organisation: acme })
    const path = `/portal/apps/${client.id}/`
    const page = await ada.get(path)
    assert.equal(page.status, 200)
    const asked = await ada.get(`${path}delete/`)
    await orgs.members.remove(acme, id)
    for (const gone of [path, `${path}delete/`]) assert.equal((await ada.get(gone)).status, 404, gone)
    assert.doesNotMatch((await ada.get('/portal/apps/')).text, /Notes/)
    for (const action of ['save', 'roll', 'disable']) assert.equal((await ada.submit(page, action)).status, 404, action)
    assert.equal((await ada.submit(asked, 'delete', { typed: 'Notes' })).status, 404)
    const kept = await oauth.clients.find(client.id)
    assert.deepEqual([kept?.isActive, kept?.rotation], [true, null])
  })

  it('show their owner what was done to them, and of an administrator neither name nor address', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    const { clients } = doorward.instance.oauth
    const given = { name: 'Notes', redirectUris: ['https://app.example/cb'], scopes: ['openid'] }
    const own = { actor: `user:${id}`, address: '192.0.2.1' }
    const { client } = await clients.create(given, { by: own, owner: id })
    await clients.disable(client.id, { by: { actor: 'user:0ADMIN', address: '192.0.2.99' } })
    const { text } = await ada.get(`/portal/apps/${client.id}/`)
    assert.match(text, /switched off<\/strong> by\s*<bdi>an administrator<\/bdi>/)
    assert.match(text, /<bdi>you<\/bdi> from 192\.0\.2\.1/)
    assert.doesNotMatch(text, /0ADMIN|192\.0\.2\.99/)
  })

  it('with an id from elsewhere give lines that a shell runs nothing of', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    const given = { name: 'Notes', redirectUris: ['https://app.example/cb'], scopes: ['openid'] }
    const identifier = "$(reboot)`x`'|reboot'"
    await doorward.instance.oauth.clients.create(given, { by: { actor: 'system' }, owner: id, identifier })
    const page = await ada.get(`/portal/apps/${encodeURIComponent(identifier)}/`)
    const shown = await ada.submit(page, 'roll')
    const inShell = `'$(reboot)\`x\`'\\''|reboot'\\'''`
    const [, file = ''] = /download="client_secret\.env"\s+href="data:[^,]*,([^"]*)"/.exec(shown.text) ?? []
    assert.match(decodeURIComponent(file.replaceAll('&#39;', "'")), new RegExp(`^CLIENT_ID=${escaped(inShell)}\n`))
    const lines = shown.text.replaceAll('&#39;', "'")
    assert.ok(lines.includes(`--data-urlencode 'client_id=${inShell.slice(1)}`), lines)
  })

  it('mark each scope that somebody has yet to review [D2]', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes: { read: 'Read', write: 'Write' } } })
    const base = await doorward.listen()
    const { id } = await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
    const ada = person(base)
    await ada.signIn('ada', 'correct horse battery')
    const marked = (text: string): readonly (string | undefined)[] =>
      [...text.matchAll(/>\s*(\w+) · needs review\s*</g)].map(([, scope]) => scope)
    assert.deepEqual(marked((await ada.get('/portal/apps/new/?type=web')).text), ['read', 'write'])
    const values = { name: 'Notes', redirectUris: ['https://notes.example/cb'], scopes: ['read'] }
    const { client } = await doorward.instance.oauth.clients.create(values, { by: { actor: 'system' }, owner: id })
    const page = `/portal/apps/${client.id}/`
    assert.deepEqual(marked((await ada.get(page)).text), ['write'], 'it was made by an administrator')
    await ada.submit(await ada.get(page), 'save', { scope_write: 'on' })
    assert.deepEqual(marked((await ada.get(page)).text), ['read', 'write'])
  })

  it('that were reviewed are so no more once their owner has changed them', async () => {
    await using doorward = await createTestDoorward()
    const { ada, id } = await open(doorward)
    const { clients } = doorward.instance.oauth
    const given = { name: 'Notes', redirectUris: ['https://app.example/cb'], scopes: ['openid'] }
    const { client } = await clients.create(given, { by: { actor: 'user:admin' }, owner: id })
    const page = await ada.get(`/portal/apps/${client.id}/`)
    const changed = await ada.submit(page, 'save', { name: 'Your bank' })
    assert.match(changed.text, /it is for you and its test users/)
    assert.equal((await clients.find(client.id))?.source, 'portal')
  })

  it('that act for themselves are for those who may register them', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada } = await open(doorward)
    const form = await ada.get('/portal/apps/new/?type=browser')
    const answer = await ada.submit(form, 'register', { type: 'machine', name: 'robot', scope_write: 'on' })
    assert.match(answer.text, /What do you build\?/)
    await doorward.users.create({ username: 'grace', password: 'correct horse battery', permissions: ['clients.add'] })
    const grace = person(base)
    await grace.signIn('grace', 'correct horse battery')
    const made = await register(grace, 'machine', { name: 'robot', scope_write: 'on' })
    const secret = secretIn(made)
    const [, id = ''] =
      /href="\/portal\/apps\/([^/"]+)\/"/.exec(made.text.slice(made.text.indexOf('secret-stored'))) ?? []
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret })
    body.set('scope', 'read')
    assert.equal((await fetch(`${base}/o/token/`, { method: 'POST', body })).status, 400)
    body.set('scope', 'write')
    assert.equal((await fetch(`${base}/o/token/`, { method: 'POST', body })).status, 200)
  })

  it('say how many people allow them, and lose all that they were given at once, by their owner alone', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada, id } = await open(doorward)
    const made = await register(ada, 'web', { name: 'Notes', redirects: 'https://app.example/cb' })
    const secret = secretIn(made)
    const [, clientId = ''] =
      /href="\/portal\/apps\/([^/"]+)\/"/.exec(made.text.slice(made.text.indexOf('secret-stored'))) ?? []
    const page = `/portal/apps/${clientId}/`
    assert.match((await ada.get(page)).text, /Allowed by[^]*nobody/)
    const bob = await doorward.users.create({ username: 'bob' })
    // Bob signed in to it twice, which makes one person of two grants.
    for (const userId of [id, bob.id, bob.id]) await liveGrant(doorward.instance, { clientId, userId })
    assert.match((await ada.get(page)).text, /Allowed by[^]*2 people/)
    const asking = await ada.get(`${page}revoke-tokens/`)
    assert.match(asking.text, /every token it was given[^]*what 2 people allowed it/)
    const eve = person(base)
    await doorward.users.create({ username: 'eve', password: 'correct horse battery' })
    await eve.signIn('eve', 'correct horse battery')
    assert.equal((await eve.get(`${page}revoke-tokens/`)).status, 404)
    assert.equal((await eve.post(`${page}revoke-tokens/`, formsIn(asking)[0]?.fields ?? {})).status, 403)
    const done = await ada.submit(asking, 'revoke')
    assert.match(done.text, /All its tokens are dead[^]*Allowed by[^]*nobody/)
    // It goes on, with the secret that it has.
    const body = new URLSearchParams({ token: 'x', client_id: clientId, client_secret: secret })
    assert.equal((await fetch(`${base}/o/revoke_token/`, { method: 'POST', body })).status, 200)
  })

  it('can be changed, rolled, switched off and deleted by their owner alone (B-STO-07)', async () => {
    await using doorward = await createTestDoorward()
    const { base, ada } = await open(doorward)
    await register(ada, 'web', { name: 'Notes', redirects: 'https://app.example/cb' })
    const [, page = ''] = /href="(\/portal\/apps\/(?!new)[^/"]+\/)"/.exec((await ada.get('/portal/apps/')).text) ?? []
    assert.notEqual(page, '')
    const saved = await ada.submit(await ada.get(page), 'save', {
      redirects: 'https://app.example/one\nhttps://app.example/two',
    })
    assert.match(saved.text, /The app is changed/)
    assert.equal((await ada.submit(saved, 'save', { redirects: 'https://*/' })).status, 400)
    const { clients } = doorward.instance.oauth
    const id = page.split('/')[3] ?? ''
    assert.deepEqual((await clients.find(id))?.metadata.redirectUris, [
      'https://app.example/one',
      'https://app.example/two',
    ])
    secretIn(await ada.submit(await ada.get(page), 'roll'))
    assert.match((await ada.submit(await ada.get(page), 'finish')).text, /Only the new secret works now/)
    await ada.submit(await ada.get(page), 'disable')
    assert.equal((await clients.find(id))?.isActive, false)
    assert.doesNotMatch((await ada.get(page)).text, /<strong>[a-z_]+\.[a-z_]+<|owner: /)

    await doorward.users.create({
      username: 'bob',
      password: 'correct horse battery',
      isSuperuser: true,
      isStaff: true,
    })
    const bob = person(base)
    await bob.signIn('bob', 'correct horse battery')
    assert.equal((await bob.get(page)).status, 404)
    assert.equal((await bob.get(`${page}delete/`)).status, 404)

    const asked = await ada.get(`${page}delete/`)
    assert.equal((await ada.submit(asked, 'delete', { typed: 'notes' })).status, 400)
    assert.match((await ada.submit(asked, 'delete', { typed: 'Notes' })).text, /The app is deleted/)
    assert.equal((await ada.get(page)).status, 404)
    assert.equal((await ada.submit(asked, 'delete', { typed: 'Notes' })).status, 404)
  })
})

async function open(doorward: TestDoorward): Promise<{ base: string; ada: Person; id: string }> {
  const base = await doorward.listen()
  const { id } = await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
  const ada = person(base)
  await ada.signIn('ada', 'correct horse battery')
  return { base, ada, id }
}

async function register(who: Person, type: string, fields: Readonly<Record<string, string>>): Promise<Seen> {
  return who.submit(await who.get(`/portal/apps/new/?type=${type}`), 'register', fields)
}

function secretIn({ text }: Seen): string {
  const [, secret = ''] = /id="secret"[^>]*value="([^"]+)"/.exec(text) ?? []
  assert.notEqual(secret, '', text)
  return secret
}

function escaped(text: string): string {
  return text.replaceAll(/[$()[\]\\^.*+?{}|]/g, '\\$&')
}
