import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pngOf } from '../oauth/logos/pictures.contract.ts'
import { type Person, person } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward, type TestDoorwardOptions } from '../testing/test-doorward.ts'
import type { TestUser } from '../testing/test-credentials.ts'

const password = 'correct horse battery'
const redirectUri = 'https://app.example/cb'

describe('an application before it is reviewed', () => {
  it('can be used by its owner and its test users, once their address is theirs, and by nobody else', async () => {
    await using site = await open()
    const { ada, client, doorward } = site
    const bob = await site.add('bob', 'bob@example.org', true)
    const asked = await site.ask(bob)
    assert.equal(asked.status, 400)
    assert.match(asked.text, /access_denied/)
    assert.match(asked.text, /name you as a test user/)
    assert.doesNotMatch(asked.text, /id="consent-allow"/)
    assert.match((await site.ask(ada)).text, /id="consent-allow"/, 'its owner')

    const page = `/portal/apps/${client}/testers/`
    const named = await ada.submit(await ada.get(page), 'add', { email: 'Bob@Example.org' })
    assert.match(named.text, /Bob@Example\.org/)
    assert.match((await site.ask(bob)).text, /id="consent-allow"/)
    // An address that nobody has shown to be theirs is anybody's.
    const carl = await site.add('carl', 'carl@example.org', false)
    await ada.submit(await ada.get(page), 'add', { email: 'carl@example.org' })
    assert.equal((await site.ask(carl)).status, 400)
    assert.equal((await ada.submit(await ada.get(page), 'add', { email: 'nobody' })).status, 400)
    const { email } = { email: 'dora@example.org' }
    const some = await ada.submit(await ada.get(page), 'add', { email })
    assert.match(some.text, /dora@example\.org/, 'whether there is an account is told to nobody')
    await doorward.instance.oauth.clients.review(client, { by: { actor: 'user:admin' } })
    assert.match((await site.ask(carl)).text, /id="consent-allow"/, 'everybody, once it is reviewed')
  })

  it('ends what a test user allowed it once they are taken out', async () => {
    await using site = await open()
    const { ada, client, doorward } = site
    const bob = await site.add('bob', 'bob@example.org', true)
    const { testers, allowedClients } = doorward.instance.oauth
    const [owner, theirs] = [site.users['ada']?.id ?? '', site.users['bob']?.id ?? '']
    await testers.add(client, 'bob@example.org', { by: { actor: 'system' }, owner })
    // The answer leads back to the application.
    await assert.rejects(bob.submit(await site.ask(bob), 'consent', { decision: 'allow' }), /leads elsewhere/)
    assert.equal((await allowedClients.list(theirs)).length, 1)
    const page = `/portal/apps/${client}/testers/`
    const out = await ada.submit(await ada.get(page), 'remove')
    assert.doesNotMatch(out.text, /bob@example\.org/)
    assert.deepEqual(await allowedClients.list(theirs), [])
    assert.equal((await site.ask(bob)).status, 400)
    const action = { by: { actor: 'system' }, owner }
    await assert.rejects(testers.remove(client, 'bob@example.org', action), { code: 'not_found' })
    // Nobody else reads or changes them.
    assert.equal((await bob.get(page)).status, 404)
    await assert.rejects(testers.add(client, 'x@example.org', { ...action, owner: theirs }), { code: 'not_found' })
  })

  it('is for everybody, who are warned, where a setting says so', async () => {
    await using site = await open({ settings: { oauthUnreviewedApps: 'everybody' } })
    const bob = await site.add('bob', 'bob@example.org', false)
    const asked = await site.ask(bob)
    assert.match(asked.text, /id="not-reviewed"/)
    assert.match(asked.text, /id="consent-allow"/)
  })
})

describe('the review of an application', () => {
  it('is asked for, answered with what has to be changed, asked for again, and given, and each side reads the other', async () => {
    await using site = await open()
    const { ada, root, client } = site
    const [own, theirs] = [`/portal/apps/${client}/review/`, `/admin/applications/${client}/review/`]
    const hostile = `<script>alert(1)</script> & "quotes"`
    const asked = await ada.submit(await ada.get(own), 'ask', { text: `For notes.\n${hostile}` })
    assert.match(asked.text, /A review is asked for/)
    assert.match(asked.text, /waits for a review/)
    assert.doesNotMatch(asked.text, /<script>alert/)
    assert.match((await root.get('/admin/')).text, /1 application waits for a review/)
    assert.match((await root.get('/admin/applications/?review=waiting')).text, /Notes/)
    const seen = await root.get(theirs)
    assert.match(seen.text, /ada \(owner\)[^]*asked for a review[^]*For notes\.\n&lt;script&gt;/)
    assert.equal((await root.submit(seen, 'return', { text: ' ' })).status, 400)
    await root.submit(seen, 'return', { text: 'Say where answers go.' })
    assert.doesNotMatch((await root.get('/admin/applications/?review=waiting')).text, /Notes/)
    const returned = await ada.get(own)
    assert.match(returned.text, /to be changed[^]*A reviewer[^]*wants a change[^]*Say where answers go\./)
    assert.doesNotMatch(returned.text, /root/, 'who reviews is nobody’s business')
    await ada.submit(returned, 'ask', { text: 'Done.' })
    // What was changed after it was looked at is not what was looked at.
    const stale = await root.get(theirs)
    const form = await ada.get(`/portal/apps/${client}/`)
    await site.doorward.clock.advance('1s')
    await ada.submit(form, 'save', { name: 'Other notes' })
    assert.match((await root.submit(stale, 'review', { text: '' })).text, /changed after you looked at it/)
    const given = await root.submit(await root.get(theirs), 'review', { text: 'Thank you.' })
    assert.match(given.text, /It is reviewed/)
    assert.match((await ada.get(own)).text, /reviewed it[^]*Thank you\./)
    // Its owner changes it: it is not reviewed any more, and waits for nothing before they ask.
    await ada.submit(await ada.get(`/portal/apps/${client}/`), 'save', { name: 'Notes once more' })
    const again = await ada.get(own)
    assert.match(again.text, /not reviewed/)
    assert.match(again.text, /Ask for a review/)
    assert.doesNotMatch((await root.get('/admin/')).text, /waits for a review/)
  })

  it('is asked for once where it is asked for many times at once, and is nobody else’s', async () => {
    await using site = await open()
    const { client, doorward } = site
    const { appReviews } = doorward.instance
    const { id: owner } = site.users['ada'] as TestUser
    const all = await Promise.allSettled(
      Array.from({ length: 8 }, async () =>
        appReviews.ask(client, { by: { actor: `user:${owner}` }, owner, text: 'x' }),
      ),
    )
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
    const bob = await site.add('bob', 'bob@example.org', true)
    assert.equal((await bob.get(`/portal/apps/${client}/review/`)).status, 404)
    const theirs = { by: { actor: 'x' }, owner: site.users['bob']?.id ?? '', text: 'x' }
    await assert.rejects(appReviews.say(client, theirs), { code: 'not_found' })
    for (const text of ['', ' \n', 'x'.repeat(2001), 'a\0b', 'a\u001b[31mb']) {
      await assert.rejects(appReviews.say(client, { by: { actor: 'x' }, owner, text }), { code: 'invalid' }, text)
    }
  })

  it('tells its owner by mail that somebody answered, without what was written', async () => {
    await using site = await open({ settings: { smtpUrl: 'smtp://127.0.0.1:1', mailFrom: 'a@example.org' } })
    const { client, doorward } = site
    const { appReviews, mail } = doorward.instance
    const { id: owner } = site.users['ada'] as TestUser
    await appReviews.ask(client, { by: { actor: `user:${owner}` }, owner, text: '' })
    await appReviews.giveBack(client, { by: { actor: 'user:root' }, text: 'the secret reason' })
    await appReviews.accept(client, { by: { actor: 'user:root' }, text: '' })
    const mails = (await mail.outbox.list()).filter(({ message }) => message.kind === 'app_review')
    assert.deepEqual(mails.map(({ message: { to, subject } }) => `${to}: ${subject}`).toSorted(), [
      'ada@example.org: Your app has to be changed',
      'ada@example.org: Your app is reviewed',
    ])
    assert.doesNotMatch(JSON.stringify(mails), /secret reason/)
  })
})

describe('the picture of an application', () => {
  it('is uploaded, shown where people are asked, from this site alone, and sent as nothing but a picture', async () => {
    await using site = await open()
    const { ada, base, client, doorward } = site
    const page = `/portal/apps/${client}/logo/`
    const done = await upload(site, ada, page, pngOf({ width: 8, height: 8 }))
    assert.match(done.text, /The picture is uploaded/)
    const [, src = ''] = /<img[^>]*id="logo-now"[^>]*src="([^"]+)"/.exec(done.text) ?? []
    assert.match(src, /^\/o\/logo\//)
    const asked = await site.ask(ada)
    assert.ok(asked.text.includes(`src="${src}"`), 'on the page that asks')
    const sent = await fetch(base + src)
    assert.equal(sent.status, 200)
    assert.equal(sent.headers.get('content-type'), 'image/png')
    assert.equal(sent.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(sent.headers.get('content-disposition'), 'attachment')
    assert.equal(sent.headers.get('cross-origin-resource-policy'), 'same-origin')
    assert.match(sent.headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox/)
    assert.deepEqual(
      Buffer.from(await sent.arrayBuffer())
        .subarray(1, 4)
        .toString(),
      'PNG',
    )
    for (const path of [
      `${src}x`,
      src.slice(0, -1),
      '/o/logo/',
      '/o/logo/zzz/zzz',
      `${src.slice(0, -43)}${'A'.repeat(43)}`,
    ]) {
      assert.equal((await fetch(base + path)).status, 404, path)
    }
    // One that is reviewed is not, once its owner gives it another picture.
    const { clients } = doorward.instance.oauth
    await clients.review(client, { by: { actor: 'user:admin' } })
    await upload(site, ada, page, pngOf({ width: 9, height: 9 }))
    assert.equal((await clients.find(client))?.source, 'portal')
    const removed = await ada.submit(await ada.get(page), 'remove-logo')
    assert.match(removed.text, /id="no-logo"/)
    assert.equal((await fetch(base + src)).status, 404)
  })

  it('is refused where it is none or too large, with what may be', async () => {
    await using site = await open()
    const { ada, client } = site
    const page = `/portal/apps/${client}/logo/`
    for (const bytes of [
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      Buffer.alloc(0),
      Buffer.alloc(70_000),
    ]) {
      const answer = await upload(site, ada, page, bytes)
      assert.equal(answer.status, 400)
      assert.match(answer.text, /It has to be a PNG, JPEG or WebP/)
    }
    assert.equal((await upload(site, ada, page, Buffer.alloc(200_000))).status, 413)
    const bob = await site.add('bob', 'bob@example.org', true)
    assert.equal((await bob.get(page)).status, 404)
  })

  it('of an application that nobody has looked at is shown to no stranger', async () => {
    await using site = await open({ settings: { oauthUnreviewedApps: 'everybody' } })
    const { ada, client } = site
    await upload(site, ada, `/portal/apps/${client}/logo/`, pngOf())
    const bob = await site.add('bob', 'bob@example.org', true)
    const asked = await site.ask(bob)
    assert.match(asked.text, /id="not-reviewed"/)
    assert.doesNotMatch(asked.text, /id="logo"/)
  })

  it('is what its owner sees of it, as others are shown it: with the warning, and the logo where they see it [D3]', async () => {
    for (const oauthUnreviewedApps of ['testers', 'everybody'] as const) {
      await using site = await open({ settings: { oauthUnreviewedApps } })
      const { ada, client, doorward } = site
      const { clients } = doorward.instance.oauth
      const owner = site.users['ada']?.id ?? ''
      await clients.update(client, { policyUri: 'https://app.example/privacy' }, { by: { actor: 'system' }, owner })
      await upload(site, ada, `/portal/apps/${client}/logo/`, pngOf())
      const { text } = await ada.get(`/portal/apps/${client}/consent/`)
      assert.match(text, /Allow Notes\?[^]*id="application"[^]*would like to use your account[^]*>ada</)
      assert.match(text, /id="publisher">It belongs to <bdi>ada<\/bdi>, a person with an account here\./)
      assert.match(text, /Know who you are[^]*app\.example[^]*What it says about privacy[^]*id="not-reviewed"/)
      assert.doesNotMatch(text, /id="other-account"|consent-allow/)
      assert.equal(text.includes('id="logo"'), oauthUnreviewedApps === 'testers')
      assert.equal(text.includes('Its logo is shown once it is reviewed'), oauthUnreviewedApps === 'everybody')
      assert.equal((await site.root.get(`/portal/apps/${client}/consent/`)).status, 404)
      await doorward.instance.appReviews.accept(client, { by: { actor: 'system' }, text: '' })
      const reviewed = (await ada.get(`/portal/apps/${client}/consent/`)).text
      assert.match(reviewed, /id="logo"[^]*id="reviewed"/)
      const { text: history } = await ada.get(`/portal/apps/${client}/`)
      assert.match(history, /<strong>reviewed<\/strong>[^]*<strong>logo uploaded<\/strong>/)
      assert.doesNotMatch(history, /<strong>[a-z_]+\.[a-z_]+<|digest/)
      assert.doesNotMatch(reviewed, /id="not-reviewed"/)
    }
  })
})

interface Site extends AsyncDisposable {
  readonly doorward: TestDoorward
  readonly base: string
  readonly ada: Person
  readonly root: Person
  readonly client: string
  readonly users: Record<string, TestUser>
  readonly add: (username: string, email: string, isVerified: boolean) => Promise<Person>
  /** Asks to be let in, as the application leads people. */
  readonly ask: (who: Person) => ReturnType<Person['get']>
}

async function open(options: TestDoorwardOptions = {}): Promise<Site> {
  const doorward = await createTestDoorward(options)
  const base = await doorward.listen()
  const users: Record<string, TestUser> = {}
  const add = async (username: string, email: string, emailVerified: boolean, isSuperuser = false): Promise<Person> => {
    users[username] = await doorward.users.create({
      username,
      email,
      emailVerified,
      password,
      isSuperuser,
      isStaff: isSuperuser,
    })
    const who = person(base)
    await who.signIn(username, password)
    return who
  }
  const ada = await add('ada', 'ada@example.org', true)
  const root = await add('root', 'root@example.org', true, true)
  const { client } = await doorward.instance.oauth.clients.create(
    { name: 'Notes', redirectUris: [redirectUri], scopes: ['openid'] },
    { by: { actor: 'system' }, owner: users['ada']?.id ?? '', source: 'portal' },
  )
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  return {
    doorward,
    base,
    ada,
    root,
    client: client.id,
    users,
    add,
    ask: async (who) => who.get(`/o/authorize/?${query}`),
    [Symbol.asyncDispose]: doorward.close,
  }
}

async function upload(site: Site, who: Person, page: string, bytes: Buffer) {
  const shown = await who.get(page)
  const [, token = ''] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(shown.text) ?? []
  const body = new FormData()
  body.set('csrfmiddlewaretoken', token)
  body.set('action', 'put-logo')
  body.set('logo', new Blob([new Uint8Array(bytes)], { type: 'image/svg+xml' }), 'logo.svg')
  const answer = await fetch(site.base + page, {
    method: 'POST',
    body,
    redirect: 'manual',
    headers: { cookie: [...who.cookies].map(([name, value]) => `${name}=${value}`).join('; '), origin: site.base },
  })
  if (answer.status !== 303) return { status: answer.status, text: await answer.text() }
  for (const cookie of answer.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
    who.cookies.set(name, value)
  }
  const next = await who.get(page)
  return { status: next.status, text: next.text }
}
