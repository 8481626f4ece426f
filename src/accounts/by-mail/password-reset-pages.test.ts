import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secretIn } from '../../factors/secret-in.contract.ts'
import { totpCode } from '../../factors/totp.ts'
import { alike, faultsOf, mailedServer, whoIs } from './by-mail-server.contract.ts'

const [right, next] = ['correct horse battery', 'a new long sentence']
const [path, confirm] = ['/accounts/password/reset/', '/accounts/password/reset/confirm/']

describe('a new password by mail, on pages', () => {
  it('is asked for, mailed, chosen, and then holds; what was signed in has to sign in again [PW10 B-ACC-08 SE06]', async () => {
    await using server = await mailedServer()
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const [ada, other] = [server.visitor(), server.visitor()]
    await other.signIn('ada', right)
    await server.doorward.clock.advance(1000)
    const asked = await ada.get(`${path}?next=/account/devices/`)
    const sent = await ada.submit(asked, 'forgotten', { email: 'ADA@example.org' })
    assert.match(sent.text, /Look at your mail/)
    assert.match(sent.path, /next=%2Faccount%2Fdevices%2F/)
    const link = await server.link('password_reset')
    const form = await ada.get(link)
    // The key is in a cookie by now, and not in what is shown.
    assert.equal(form.path, confirm)
    assert.ok(!form.text.includes('dw_mail_'))
    assert.match(form.text, /<bdi>ada<\/bdi>/)
    const done = await ada.submit(form, 'new-password', { new_password: next })
    assert.match(done.text, /Every device and application has to sign in again/)
    assert.equal(ada.cookies.has('reset'), false)
    assert.equal(await whoIs(other), null)
    assert.equal(await whoIs(ada), null, 'nobody is signed in by it')
    const again = await ada.get(link)
    assert.deepEqual([again.status, again.path], [400, confirm])
    assert.match(again.text, /does not work any more/)
    assert.match((await ada.signIn('ada', next)).path, /^\/account\/devices\//)
  })

  it('keeps other sessions where the box is unchecked, and says so [SE06]', async () => {
    await using server = await mailedServer()
    await server.doorward.users.create({
      username: 'ada',
      email: 'ada@example.org',
      password: right,
      emailVerified: true,
    })
    const [ada, other] = [server.visitor(), server.visitor()]
    await other.signIn('ada', right)
    await server.doorward.clock.advance(1000)
    await server.json(path, { email: 'ada@example.org' })
    const form = await ada.get(await server.link('password_reset'))
    assert.match(form.text, /name="end_sessions"[^>]*checked/)
    const [, token = ''] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(form.text) ?? []
    const done = await ada.post(confirm, { csrfmiddlewaretoken: token, new_password: next })
    assert.match(done.text, /What was signed in before still is/)
    assert.notEqual(await whoIs(other), null)
  })

  it('takes away what a stranger may have left on an account whose address nobody had proved, but no second factor', async () => {
    await using server = await mailedServer()
    const { doorward } = server
    const ada = await doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const [key, token, pair] = [
      await doorward.as(ada, 'apiKey'),
      await doorward.as(ada, 'token'),
      await doorward.as(ada, 'jwt'),
    ]
    const { apps } = doorward.instance.factors
    const secret = secretIn((await apps.begin({ id: ada.id, name: 'ada' })).uri)
    await apps.confirm(ada.id, totpCode(secret, doorward.clock.now()), { actor: `user:${ada.id}` })
    await doorward.clock.advance(1000)
    await server.json(path, { email: 'ada@example.org' })
    const key1 = new URL(await server.link('password_reset'), server.base).searchParams.get('key')
    await server.json(confirm, { token: key1, new_password: next, end_sessions: false })
    for (const headers of [key, token, pair]) {
      await assert.rejects(async () => doorward.auth.require(doorward.request('GET', '/', headers)), { status: 401 })
    }
    assert.notEqual(await apps.find(ada.id), null)
    assert.match(JSON.stringify((await server.mails())[0]), /This is the first time/)
  })

  it('looks the same for an address that nobody has [PW07 B-ACC-09]', async () => {
    await using server = await mailedServer()
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    await server.doorward.users.create({ username: 'off', email: 'off@example.org', password: right, isActive: false })
    const answers = []
    for (const email of ['ada@example.org', 'nob@example.org', 'off@example.org']) {
      const visitor = server.visitor()
      answers.push(alike(await visitor.submit(await visitor.get(path), 'forgotten', { email })))
    }
    assert.deepEqual(answers[1], answers[0])
    assert.deepEqual(answers[2], answers[0])
    const scripts = await Promise.all(
      ['ada@example.org', 'nob@example.org'].map(async (email) => server.json(path, { email })),
    )
    assert.deepEqual(scripts[1]?.body, scripts[0]?.body)
    assert.deepEqual([...(scripts[1]?.headers.keys() ?? [])], [...(scripts[0]?.headers.keys() ?? [])])
    assert.equal((await server.mails()).length, 2)
  })

  it('makes as many statements for an address that nobody has [PW07 B-ACC-05]', async () => {
    await using server = await mailedServer()
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const { queries } = server.doorward
    const counts = []
    for (const email of ['ada@example.org', 'nob@example.org']) {
      await queries.reset()
      await server.json(path, { email })
      counts.push([queries.reads, queries.writes])
    }
    assert.deepEqual(counts[1], counts[0])
  })

  it('does not mix accounts up where somebody else is signed in [B-ACC-10]', async () => {
    await using server = await mailedServer()
    for (const name of ['ada', 'bob']) {
      await server.doorward.users.create({ username: name, email: `${name}@example.org`, password: right })
    }
    const bob = server.visitor()
    await bob.signIn('bob', right)
    await bob.submit(await bob.get(path), 'forgotten', { email: 'ada@example.org' })
    const form = await bob.get(await server.link('password_reset'))
    assert.match(form.text, /<bdi>ada<\/bdi>/)
    const done = await bob.submit(form, 'new-password', { new_password: next })
    assert.match(done.text, /The password is set/)
    assert.equal(await whoIs(bob), 'bob')
    assert.match(done.text, /login_hint=ada/)
    const { passwords } = server.doorward.instance
    const home = { address: null }
    assert.equal((await passwords.verify('ada', next, home))?.name, 'ada')
    assert.equal((await passwords.verify('bob', right, home))?.name, 'bob')
  })

  it('is over once its user has signed in without it, also after they signed out again [PW10]', async () => {
    await using server = await mailedServer()
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    for (const kind of ['page', 'token']) {
      await server.doorward.clock.advance(1000)
      await server.json(path, { email: 'ada@example.org' })
      const link = await server.link('password_reset')
      assert.equal((await server.visitor().get(link)).status, 200)
      if (kind === 'page') {
        const ada = server.visitor()
        await ada.signIn('ada', right)
        await ada.submit(await ada.get('/accounts/logout/'), 'sign-out')
        assert.equal(await whoIs(ada), null)
      } else assert.equal((await server.json('/api/token/', { username: 'ada', password: right })).status, 200)
      assert.equal((await server.visitor().get(link)).status, 400, kind)
    }
  })

  it('shows what is wrong with a password, and the link still works [PW01 PW03 PW04 B-ACC-22]', async () => {
    await using server = await mailedServer()
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const ada = server.visitor()
    await server.json(path, { email: 'ada@example.org' })
    let form = await ada.get(await server.link('password_reset'))
    for (const [bad, says] of [
      ['short', /Choose a longer password/],
      ['password1234', /Choose another password/],
      ['', /Choose a longer password/],
    ] as const) {
      form = await ada.submit(form, 'new-password', { new_password: bad })
      assert.equal(form.status, 400)
      assert.match(form.text, says)
      assert.match(form.text, /aria-invalid="true"/)
      assert.match(form.text, /<title>Error: /)
    }
    assert.match((await ada.submit(form, 'new-password', { new_password: 'ä'.repeat(64) })).text, /The password is set/)
  })

  it('says what to mend where the address is none, and what to do where no mail is sent', async () => {
    await using server = await mailedServer()
    const ada = server.visitor()
    const wrong = await ada.submit(await ada.get(`${path}?next=/account/`), 'forgotten', { email: 'ada' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /href="#id_email">Enter an e-mail address such as/)
    assert.match(wrong.text, /value="ada"/)
    assert.match(wrong.text, /name="next" value="\/account\/"/)
    await using silent = await mailedServer({ publicUrl: 'http://127.0.0.1', allowedHosts: ['127.0.0.1:*'] })
    assert.match((await silent.visitor().get(path)).text, /This site sends no mail/)
    assert.doesNotMatch((await silent.visitor().get('/accounts/login/')).text, /Forgotten your password/)
  })

  it('takes no form of another site, and none without its token', async () => {
    await using server = await mailedServer()
    const answer = await fetch(`${server.base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example' },
      body: 'email=ada%40example.org',
    })
    assert.equal(answer.status, 403)
    assert.equal((await server.visitor().post(path, { email: 'ada@example.org' })).status, 403)
    const script = await server.json(
      path,
      { email: 'ada@example.org' },
      { headers: { origin: 'https://evil.example' } },
    )
    assert.deepEqual([script.status, script.body['code']], [403, 'csrf_failed'])
    assert.deepEqual(await server.mails(), [])
  })

  it('stops those who let mail rain on somebody, whether there is an account or not', async () => {
    await using server = await mailedServer({ mailsPerAccount: '2/hour', mailsPerAddress: '5/hour' })
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const ask = async (email: string) => server.json(path, { email })
    for (const email of ['ada@example.org', 'nobody@example.org']) {
      const statuses = []
      for (let n = 0; n < 3; n += 1) statuses.push((await ask(email)).status)
      assert.deepEqual(statuses, email.startsWith('ada') ? [200, 200, 429] : [200, 200, 429])
    }
    assert.equal((await ask('third@example.org')).status, 429)
    const ada = server.visitor()
    const page = await ada.submit(await ada.get(path), 'forgotten', { email: 'ada@example.org' })
    assert.equal(page.status, 429)
  })

  it('is for scripts as well, as clients of dj-rest-auth and djoser ask', async () => {
    await using server = await mailedServer()
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const token = async () => {
      await server.json(path, { email: 'ada@example.org' })
      return new URL(await server.link('password_reset'), server.base).searchParams.get('key')
    }
    const bodies = [
      { uid: 'MQ', token: await token(), new_password1: next, new_password2: next },
      { token: await token(), new_password: `${next} two`, re_new_password: `${next} two` },
    ]
    // The second link was mailed while the first still worked; the first password ends it.
    assert.equal((await server.json(confirm, bodies[0])).status, 200)
    assert.deepEqual(faultsOf(await server.json(confirm, bodies[1])), ['token'])
    assert.equal((await server.json(confirm, { ...bodies[1], token: await token() })).status, 200)
    for (const [body, fields] of [
      [{}, ['token']],
      [{ new_password: next }, ['token']],
      [{ token: 'x', new_password: next }, ['token']],
      [{ token: await token(), new_password: next, new_password2: 'other' }, ['new_password2']],
      [{ token: await token(), new_password1: 'short', new_password2: 'short' }, ['new_password1']],
      [{ token: 7, new_password: next }, ['token']],
    ] as const) {
      const answer = await server.json(confirm, body)
      assert.deepEqual([answer.status, faultsOf(answer)], [400, fields])
    }
    assert.equal((await server.json(path, {})).status, 400)
    assert.equal((await server.json(path, 'not json')).status, 400)
  })

  it('does not let a second factor out [PW15]', async () => {
    await using server = await mailedServer()
    const { doorward } = server
    const user = await doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const { apps } = doorward.instance.factors
    const secret = secretIn((await apps.begin({ id: user.id, name: 'ada' })).uri)
    await apps.confirm(user.id, totpCode(secret, doorward.clock.now()), { actor: `user:${user.id}` })
    const ada = server.visitor()
    await server.json(path, { email: 'ada@example.org' })
    await ada.submit(await ada.get(await server.link('password_reset')), 'new-password', { new_password: next })
    const answer = await server.json('/accounts/login/', { username: 'ada', password: next }, { as: ada })
    assert.deepEqual(
      [answer.status, answer.body['code'], answer.body['next']],
      [401, 'sign_in_incomplete', 'second_factor'],
    )
    assert.equal(await whoIs(ada), null)
  })
})
