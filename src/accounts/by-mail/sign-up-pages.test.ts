import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { alike, faultsOf, mailedServer, whoIs } from './by-mail-server.contract.ts'

const [right, next] = ['correct horse battery', 'a new long sentence']
const path = '/accounts/sign-up/'

describe('signing up, on pages', () => {
  it('makes an account, mails a link that verifies its address after a click, and lets its owner sign in [B-ACC-02]', async () => {
    await using server = await mailedServer({ signUp: 'open' })
    const ada = server.visitor()
    const start = await ada.get('/accounts/login/?next=/account/devices/')
    assert.match(start.text, /href="\/accounts\/sign-up\/\?next=%2Faccount%2Fdevices%2F"/)
    const done = await ada.submit(await ada.get(`${path}?next=/account/devices/`), 'sign-up', {
      email: 'ada@example.org',
      password: next,
    })
    assert.match(done.text, /Look at your mail/)
    assert.match(done.text, /href="\/accounts\/login\/\?next=%2Faccount%2Fdevices%2F"/)
    assert.equal(await whoIs(ada), null)
    const user = async () => server.doorward.instance.users.findByLogin('ada@example.org')
    assert.equal((await user())?.emailVerified, false)

    const link = await server.link('email_verification')
    const asked = await ada.get(link)
    assert.equal(asked.path, '/accounts/verify-email/')
    // Programs that look into mail open links: nothing has happened.
    await server.visitor().get(link)
    assert.equal((await user())?.emailVerified, false)
    const thanks = await ada.submit(asked, 'verify')
    assert.match(thanks.text, /Your e-mail address is confirmed/)
    assert.equal((await user())?.emailVerified, true)
    assert.equal((await ada.get(link)).status, 400)
    assert.match((await ada.signIn('ada@example.org', next)).path, /^\/account\/devices\//)
  })

  it('looks the same for an address that is taken, and for a program that fills in everything [PW07 B-ACC-04 B-ACC-18]', async () => {
    await using server = await mailedServer({ signUp: 'open' })
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const answers = []
    for (const [email, website] of [
      ['new@example.org', ''],
      ['ada@example.org', ''],
      ['bot@example.org', 'https://spam.example'],
    ] as const) {
      const visitor = server.visitor()
      const page = await visitor.get(path)
      answers.push(alike(await visitor.submit(page, 'sign-up', { email, password: next, website })))
    }
    assert.deepEqual(answers[1], answers[0])
    assert.deepEqual(answers[2], answers[0])
    assert.equal(await server.doorward.instance.users.findByLogin('bot@example.org'), null)
    assert.deepEqual(
      (await server.mails()).map(({ to, kind }) => [to, kind]),
      [
        ['ada@example.org', 'sign_up_taken'],
        ['new@example.org', 'email_verification'],
      ],
    )
    const scripts = await Promise.all(
      ['one@example.org', 'ada@example.org'].map(async (email) => server.json(path, { email, password: next })),
    )
    assert.deepEqual(
      scripts.map(({ status }) => status),
      [201, 201],
    )
    assert.deepEqual(scripts[1]?.body, scripts[0]?.body)
    const bot = await server.json(path, { email: 'bot@example.org', password: next, website: 'x' })
    assert.deepEqual([bot.status, bot.body], [201, scripts[0]?.body])
  })

  it('makes as many statements for an address that is taken [PW07 B-ACC-05]', async () => {
    await using server = await mailedServer({ signUp: 'open' })
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const { queries } = server.doorward
    const counts = []
    for (const email of ['new@example.org', 'ada@example.org']) {
      await queries.reset()
      await server.json(path, { email, password: next })
      counts.push([queries.reads, queries.writes])
    }
    assert.deepEqual(counts[1], counts[0])
  })

  it('keeps what was typed, but for the password, where something is to be mended [PW03 B-ACC-22]', async () => {
    await using server = await mailedServer({
      signUp: 'open',
      signUpUsername: true,
      signUpTerms: 'Be kind.\n\nBe <brief>.',
    })
    const ada = server.visitor()
    const page = await ada.get(`${path}?next=/account/`)
    assert.match(page.text, /<p>Be kind\.<\/p>\s*<p>Be &lt;brief&gt;\.<\/p>/)
    const wrong = await ada.submit(page, 'sign-up', { email: 'ada', username: 'lovelace', password: 'short' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /value="lovelace"/)
    assert.ok(!wrong.text.includes('short'))
    const again = await ada.submit(wrong, 'sign-up', { email: 'ada@example.org', password: 'short', terms: 'on' })
    assert.match(again.text, /Choose a longer password/)
    assert.match(again.text, /name="next" value="\/account\/"/)
    const unread = await ada.submit(again, 'sign-up', {
      email: 'ada@example.org',
      username: 'lovelace',
      password: next,
    })
    assert.match(unread.text, /Accept the terms to go on/)
    const fields = { email: 'ada@example.org', username: 'lovelace', password: next, terms: 'on' }
    assert.match((await ada.submit(unread, 'sign-up', fields)).text, /Look at your mail/)
    assert.equal((await server.doorward.instance.users.findByLogin('lovelace'))?.email, 'ada@example.org')
  })

  it('is closed where the settings say so, for pages and for scripts', async () => {
    for (const signUp of ['off', 'invitation']) {
      await using server = await mailedServer({ signUp })
      const ada = server.visitor()
      const page = await ada.get(path)
      assert.equal(page.status, 404)
      assert.match(page.text, signUp === 'off' ? /Nobody can sign up here/ : /Sign-up is by invitation/)
      assert.doesNotMatch((await ada.get('/accounts/login/')).text, /Create an account/)
      assert.equal((await server.json(path, { email: 'ada@example.org', password: next })).status, 404)
      const [, token = ''] =
        /name="csrfmiddlewaretoken" value="([^"]+)"/.exec((await ada.get('/accounts/login/')).text) ?? []
      assert.equal((await ada.post(path, { csrfmiddlewaretoken: token, email: 'a@b.c', password: next })).status, 404)
      assert.deepEqual(await server.mails(), [])
    }
  })

  it('takes what clients of dj-rest-auth and djoser send, and names what is wrong', async () => {
    await using server = await mailedServer({ signUp: 'open' })
    assert.equal(
      (await server.json(path, { username: 'x', email: 'a@example.org', password1: next, password2: next })).status,
      201,
    )
    assert.equal((await server.json(path, { email: 'b@example.org', password: next, re_password: next })).status, 201)
    assert.equal((await server.doorward.instance.users.findByLogin('a@example.org'))?.username, 'a@example.org')
    for (const [body, fields] of [
      [{}, ['email', 'password']],
      [{ email: 7, password: ['x'] }, ['email', 'password']],
      [{ email: 'c@example.org', password1: next, password2: 'other' }, ['password2']],
      [{ email: 'c@example.org', password: 'short' }, ['password']],
      [{ email: 'c', password: next }, ['email']],
    ] as const) {
      const answer = await server.json(path, body)
      assert.deepEqual([answer.status, faultsOf(answer)], [400, fields])
    }
  })
})

describe('an address that has to be verified', () => {
  it('keeps its user out until it is, by page, script, token and Basic; a link is mailed again at each sign-in [B-ACC-02 B-ACC-20]', async () => {
    await using server = await mailedServer({ signUp: 'open', emailVerification: 'mandatory' })
    const ada = server.visitor()
    await server.json(path, { email: 'ada@example.org', password: next })
    const before = (await server.mails()).length
    const held = await ada.signIn('ada@example.org', next)
    assert.equal(held.path, '/accounts/verify-email/pending/')
    assert.match(held.text, /A link was mailed to/)
    assert.equal((await server.mails()).length, before + 1)
    assert.equal(await whoIs(ada), null)
    assert.match((await ada.submit(held, 'go-on')).path, /^\/accounts\/verify-email\/pending\//)
    assert.match((await ada.submit(held, 'again')).text, /Another link was mailed/)

    for (const [where, body] of [
      ['/accounts/login/', { username: 'ada@example.org', password: next }],
      ['/api/token/', { username: 'ada@example.org', password: next }],
      ['/api/token-auth/', { username: 'ada@example.org', password: next }],
    ] as const) {
      const answer = await server.json(where, body)
      assert.deepEqual(
        [answer.status, answer.body['code'], answer.body['next']],
        [401, 'sign_in_incomplete', 'email_verification'],
      )
    }
    const basic = { authorization: `Basic ${Buffer.from(`ada@example.org:${next}`).toString('base64')}` }
    const { doorward } = server
    await assert.rejects(async () => doorward.auth.require(doorward.request('GET', '/', basic)), { status: 401 })

    // In another browser, where the mail is read.
    const reader = server.visitor()
    await reader.submit(await reader.get(await server.link('email_verification')), 'verify')
    assert.equal(await whoIs(reader), null)
    const pending = await ada.get('/accounts/verify-email/pending/')
    assert.match(pending.text, /Your address is confirmed/)
    assert.match((await ada.submit(pending, 'go-on')).path, /^\/account\/devices\//)
    assert.equal(await whoIs(ada), 'ada@example.org')
    assert.equal((await server.json('/api/token/', { username: 'ada@example.org', password: next })).status, 200)
  })

  it('makes no difference for who is disabled: they hear what a wrong password hears, and get no mail [B-ACC-01 PW07]', async () => {
    await using server = await mailedServer({ emailVerification: 'mandatory' })
    for (const [username, emailVerified] of [
      ['off', true],
      ['new', false],
    ] as const) {
      const values = { username, email: `${username}@example.org`, password: right, emailVerified, isActive: false }
      await server.doorward.users.create(values)
    }
    const answers = []
    for (const [username, password] of [
      ['off', right],
      ['new', right],
      ['nob', right],
      ['off', 'wrong'],
    ] as const) {
      answers.push((await server.json('/accounts/login/', { username, password })).body)
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.equal(answers[0]?.['code'], 'no_active_account')
    assert.deepEqual(await server.mails(), [])
  })

  it('is for scripts as well: the sign-in goes on once it is verified', async () => {
    await using server = await mailedServer({ emailVerification: 'mandatory' })
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const ada = server.visitor()
    const held = await server.json('/accounts/login/', { username: 'ada', password: right }, { as: ada })
    assert.deepEqual([held.body['next'], held.body['email']], ['email_verification', 'ada@example.org'])
    const pending = '/accounts/verify-email/pending/'
    assert.equal((await server.json(pending, {}, { as: ada })).body['next'], 'email_verification')
    assert.equal((await server.json(pending, {})).status, 401)
    const key = new URL(await server.link('email_verification'), server.base).searchParams.get('key')
    assert.deepEqual((await server.json('/accounts/verify-email/', { key })).body, {
      detail: 'The e-mail address is confirmed.',
      email: 'ada@example.org',
      next: null,
    })
    assert.deepEqual(faultsOf(await server.json('/accounts/verify-email/', { key })), ['token'])
    const done = await server.json(pending, {}, { as: ada })
    assert.equal(done.status, 200)
    assert.equal(await whoIs(ada), 'ada')
  })

  it('lets in who has no address, and everyone where it is optional [B-ACC-02]', async () => {
    for (const [emailVerification, email] of [
      ['mandatory', null],
      ['optional', 'ada@example.org'],
    ] as const) {
      await using server = await mailedServer({ emailVerification })
      await server.doorward.users.create({ username: 'ada', email, password: right })
      assert.equal((await server.json('/accounts/login/', { username: 'ada', password: right })).status, 200)
    }
  })

  it('is verified by its link while somebody else is signed in, who stays so [B-ACC-11]', async () => {
    await using server = await mailedServer({ signUp: 'open' })
    await server.doorward.users.create({ username: 'bob', email: 'bob@example.org', password: right })
    const bob = server.visitor()
    await bob.signIn('bob', right)
    await server.json(path, { email: 'ada@example.org', password: next })
    const page = await bob.get(await server.link('email_verification'))
    assert.match(page.text, /<bdi>ada@example\.org<\/bdi>/)
    await bob.submit(page, 'verify')
    const { users } = server.doorward.instance
    assert.equal((await users.findByLogin('ada@example.org'))?.emailVerified, true)
    assert.equal((await users.findByLogin('bob'))?.emailVerified, false)
    assert.equal(await whoIs(bob), 'bob')
  })

  it('gets another link by its address, and nobody learns whether there is an account [PW07 B-ACC-20]', async () => {
    await using server = await mailedServer()
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const answers = []
    for (const email of ['ada@example.org', 'nob@example.org']) {
      const visitor = server.visitor()
      answers.push(
        alike(await visitor.submit(await visitor.get('/accounts/verify-email/resend/'), 'resend', { email })),
      )
    }
    assert.deepEqual(answers[1], answers[0])
    assert.deepEqual(
      (await server.mails()).map(({ to }) => to),
      ['ada@example.org'],
    )
    const ada = server.visitor()
    const wrong = await ada.submit(await ada.get('/accounts/verify-email/resend/'), 'resend', { email: '' })
    assert.match(wrong.text, /Enter your e-mail address/)
    for (const body of [{ email: 'ada@example.org' }, { email: 'nob@example.org' }]) {
      assert.equal((await server.json('/accounts/verify-email/resend/', body)).status, 200)
    }
  })
})
