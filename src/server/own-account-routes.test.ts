import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { faultsOf, mailedServer, type MailedServer } from '../accounts/by-mail/by-mail-server.contract.ts'
import type { CredentialKind } from '../testing/test-credentials.ts'

const [right, next] = ['correct horse battery', 'a new long sentence']

interface CallOptions {
  readonly method?: string
  readonly kind?: CredentialKind
}

async function open() {
  const server = await mailedServer()
  const ada = await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
  const call = async (path: string, body: unknown, { method = 'POST', kind = 'session' }: CallOptions = {}) =>
    server.json(path, body, { method, headers: { origin: server.base, ...(await server.doorward.as(ada, kind)) } })
  return { server, ada, call, [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose]() }
}

describe('one’s own account, for scripts', () => {
  it('tells who one is, by session and by token', async () => {
    await using here = await open()
    for (const kind of ['session', 'jwt', 'token', 'basic'] as const) {
      const { status, body } = await here.call('/accounts/user/', undefined, { method: 'GET', kind })
      assert.equal(status, 200)
      assert.deepEqual(body, {
        id: here.ada.id,
        username: 'ada',
        email: 'ada@example.org',
        emailVerified: false,
        hasPassword: true,
        isStaff: false,
        isSuperuser: false,
      })
    }
  })

  it('is not for strangers, keys and clients', async () => {
    await using here = await open()
    for (const path of ['/accounts/user/', '/accounts/password/change/', '/accounts/email/change/']) {
      const method = path === '/accounts/user/' ? 'GET' : 'POST'
      assert.equal((await here.server.json(path, method === 'GET' ? undefined : {}, { method })).status, 401)
      assert.equal((await here.call(path, method === 'GET' ? undefined : {}, { method, kind: 'apiKey' })).status, 403)
    }
  })

  it('takes no change of a session without its token [SE10]', async () => {
    await using here = await open()
    const { cookie = '' } = await here.server.doorward.as(here.ada, 'session', { csrf: false })
    const answer = await here.server.json(
      '/accounts/password/change/',
      { current_password: right, new_password: next },
      { headers: { cookie, origin: here.server.base } },
    )
    assert.deepEqual([answer.status, answer.body['code']], [403, 'csrf_failed'])
  })

  it('changes the password for who knows it, and goes on with a new session [PW05 SE06 B-ACC-19]', async () => {
    await using here = await open()
    const { server } = here
    const browser = server.visitor()
    const { body } = await server.json('/accounts/login/', { username: 'ada', password: right }, { as: browser })
    const other = server.visitor()
    await other.signIn('ada', right)
    const headers = { 'x-csrftoken': String(body['csrfToken']), origin: server.base }
    const change = async (sent: unknown) => server.json('/accounts/password/change/', sent, { as: browser, headers })
    for (const [sent, fields] of [
      [{}, ['new_password']],
      [{ new_password: next }, ['current_password']],
      [{ current_password: 'wrong', new_password: next }, ['current_password']],
      [{ old_password: right, new_password1: 'short', new_password2: 'short' }, ['new_password1']],
      [{ old_password: right, new_password1: next, new_password2: 'x' }, ['new_password2']],
    ] as const) {
      const answer = await change(sent)
      assert.deepEqual([answer.status, faultsOf(answer)], [400, fields])
    }
    await server.doorward.clock.advance(1000)
    const done = await change({ old_password: right, new_password1: next, new_password2: next })
    assert.equal(done.status, 200)
    assert.equal((await browser.get('/account/devices/')).path, '/account/devices/')
    assert.match((await other.get('/account/devices/')).path, /^\/accounts\/login\//)
    assert.equal((await server.mails())[0]?.kind, 'password_changed')
    // A forged header of the old session does not do any more.
    assert.equal((await change({ current_password: next, new_password: right })).status, 403)
  })

  it('keeps other sessions where that is asked for [SE06]', async () => {
    await using here = await open()
    const other = here.server.visitor()
    await other.signIn('ada', right)
    await here.server.doorward.clock.advance(1000)
    const sent = { current_password: right, new_password: next, end_sessions: false }
    assert.equal((await here.call('/accounts/password/change/', sent)).status, 200)
    assert.equal((await other.get('/account/devices/')).path, '/account/devices/')
  })

  it('sets a first password after a fresh proof, and asks for none that is not there [B-ACC-14 B-ACC-17]', async () => {
    await using here = await open()
    const { server } = here
    const { users } = server.doorward.instance
    const bob = await users.create({ username: 'bob', email: 'bob@example.org' })
    const session = await server.doorward.instance.sessions.create({ userId: bob.id, amr: ['email'] })
    const cookie = `${server.doorward.instance.sessions.cookieName}=${session.value}`
    const headers = { cookie, 'x-csrftoken': session.csrfToken, origin: server.base }
    const set = async () => server.json('/accounts/password/change/', { new_password: next }, { headers })
    await server.doorward.clock.advance('11m')
    const stale = await set()
    assert.deepEqual([stale.status, stale.body['code']], [401, 'insufficient_user_authentication'])
    const fresh = await server.doorward.instance.sessions.create({ userId: bob.id, amr: ['email'] })
    Object.assign(headers, {
      cookie: `${server.doorward.instance.sessions.cookieName}=${fresh.value}`,
      'x-csrftoken': fresh.csrfToken,
    })
    assert.equal((await set()).status, 200)
    assert.equal((await users.find(bob.id))?.hasPassword, true)
  })

  it('is one’s own alone: there is no address of anybody else’s [B-ACC-21]', async () => {
    await using here = await open()
    const bob = await here.server.doorward.users.create({ username: 'bob' })
    for (const path of [`/accounts/user/${bob.id}/`, `/accounts/users/`, `/accounts/user/bob/`]) {
      assert.equal((await here.call(path, undefined, { method: 'GET' })).status, 404)
    }
    const { body } = await here.call(`/accounts/user/?id=${bob.id}`, undefined, { method: 'GET' })
    assert.equal(body['username'], 'ada')
  })

  it('changes the username for who knows the password, and says that one is taken [B-ACC-19]', async () => {
    await using here = await open()
    await here.server.doorward.users.create({ username: 'bob' })
    const rename = async (sent: unknown) => here.call('/accounts/user/', sent, { method: 'PATCH' })
    assert.deepEqual(faultsOf(await rename({ username: 'lovelace' })), ['current_password'])
    assert.deepEqual(faultsOf(await rename({ username: 'lovelace', current_password: 'wrong' })), ['current_password'])
    assert.equal((await rename({ username: 'BOB', current_password: right })).status, 409)
    assert.deepEqual(faultsOf(await rename({ username: 'bob@example.org', current_password: right })), ['username'])
    const done = await rename({ username: 'lovelace', current_password: right })
    assert.deepEqual([done.status, done.body['username']], [200, 'lovelace'])
  })
})

describe('a password that has to be changed', () => {
  async function forced(): Promise<MailedServer> {
    const server = await mailedServer()
    const { id } = await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    await server.doorward.instance.requiredPasswords.ask(id, { actor: 'user:x' })
    return server
  }

  it('keeps its user out of everything until it is, and signs them out at once', async () => {
    await using server = await mailedServer()
    const { id } = await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const ada = server.visitor()
    await ada.signIn('ada', right)
    await server.doorward.clock.advance(1000)
    await server.doorward.instance.requiredPasswords.ask(id, { actor: 'user:x' })
    assert.match((await ada.get('/account/devices/')).path, /^\/accounts\/login\//)
    for (const path of ['/accounts/login/', '/api/token/', '/api/token-auth/']) {
      const answer = await server.json(path, { username: 'ada', password: right })
      assert.deepEqual([answer.status, answer.body['next']], [401, 'password_change'])
    }
    const basic = { authorization: `Basic ${Buffer.from(`ada:${right}`).toString('base64')}` }
    const { doorward } = server
    await assert.rejects(async () => doorward.auth.require(doorward.request('GET', '/', basic)), { status: 401 })
    await assert.rejects(doorward.instance.requiredPasswords.ask('nobody', {}), { status: 404 })
  })

  it('says which of how many steps it is, one at a time', async () => {
    await using server = await mailedServer({ emailVerification: 'mandatory' })
    const { instance } = server.doorward
    const { id } = await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    await instance.requiredPasswords.ask(id, {})
    const ada = server.visitor()
    const first = await ada.signIn('ada', right)
    assert.equal(first.path, '/accounts/verify-email/pending/')
    assert.match(first.text, /Step 1 of 2/)
    await ada.submit(await ada.get(await server.link('email_verification')), 'verify')
    const second = await ada.submit(await ada.get('/accounts/verify-email/pending/'), 'go-on')
    assert.equal(second.path, '/accounts/password/required/')
    assert.match(second.text, /Step 2 of 2/)
    assert.match((await ada.submit(second, 'new-password', { new_password: next })).path, /^\/account\/devices\//)
  })

  it('lets no client in by the password either', async () => {
    await using server = await mailedServer({ oauthLegacy: ['password'], emailVerification: 'mandatory' })
    const { instance } = server.doorward
    const ada = await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const made = { name: 'Old', grantTypes: ['password'], scopes: ['read'] }
    const { client, secret } = await instance.oauth.clients.create(made, { by: { actor: 'system' } })
    const grant = async () => {
      const answer = await fetch(`${server.base}/o/token/`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'password', username: 'ada', password: right, scope: 'read' }),
      })
      return [answer.status, ((await answer.json()) as { error?: string }).error]
    }
    assert.deepEqual(await grant(), [400, 'invalid_grant'])
    await instance.users.update(ada.id, { emailVerified: true })
    assert.deepEqual(await grant(), [200, undefined])
    await instance.requiredPasswords.ask(ada.id, {})
    assert.deepEqual(await grant(), [400, 'invalid_grant'])
  })

  it('is chosen as a step of the sign-in, which goes on to where it was to lead [B-ACC-22]', async () => {
    await using server = await forced()
    const ada = server.visitor()
    const held = await ada.signIn('ada', right)
    assert.equal(held.path, '/accounts/password/required/')
    assert.match(held.text, /Before you go on, choose another password/)
    for (const [bad, says] of [
      [right, /Choose another password than the one that you have/],
      ['short', /Choose a longer password/],
    ] as const) {
      const again = await ada.submit(held, 'new-password', { new_password: bad })
      assert.equal(again.status, 400)
      assert.match(again.text, says)
    }
    const done = await ada.submit(held, 'new-password', { new_password: next })
    assert.match(done.path, /^\/account\/devices\//)
    assert.equal((await server.mails())[0]?.kind, 'password_changed')
    assert.equal((await server.json('/api/token/', { username: 'ada', password: next })).status, 200)
    // Sent again by the back button: the form is of a browser that was not signed in.
    assert.equal((await ada.submit(held, 'new-password', { new_password: `${next} two` })).status, 403)
    assert.equal((await ada.get('/accounts/password/required/')).path, '/accounts/login/')
  })

  it('is chosen by scripts too, and by nobody who has not shown the old one', async () => {
    await using server = await forced()
    const ada = server.visitor()
    const path = '/accounts/password/required/'
    assert.equal((await server.json(path, { new_password: next }, { as: ada })).status, 401)
    assert.equal((await ada.get(path)).path, '/accounts/login/')
    await server.json('/accounts/login/', { username: 'ada', password: right }, { as: ada })
    assert.deepEqual(faultsOf(await server.json(path, { new_password: right }, { as: ada })), ['new_password'])
    const done = await server.json(path, { new_password1: next, new_password2: next }, { as: ada })
    assert.equal(done.status, 200)
    assert.equal((done.body['user'] as { name: string }).name, 'ada')
  })
})

describe('/accounts/outbox/', () => {
  it('shows in development what would have been mailed', async () => {
    await using server = await mailedServer()
    const ada = server.visitor()
    assert.match((await ada.get('/accounts/outbox/')).text, /Nothing was to be sent/)
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    await server.json('/accounts/password/reset/', { email: 'ada@example.org' })
    const page = await ada.get('/accounts/outbox/')
    assert.match(page.text, /To <bdi>ada@example\.org<\/bdi>/)
    assert.match(page.text, /href="http[^"]+\/accounts\/password\/reset\/confirm\/\?key=dw_mail_/)
    assert.equal(page.headers.get('cache-control'), 'no-store')
  })

  it('is for this machine alone, and in development alone', async () => {
    await using server = await mailedServer()
    for (const name of ['x-forwarded-for', 'forwarded', 'via']) {
      const answer = await fetch(`${server.base}/accounts/outbox/`, { headers: { [name]: '203.0.113.9' } })
      assert.equal(answer.status, 404)
    }
    const local = { publicUrl: 'http://127.0.0.1', allowedHosts: ['127.0.0.1:*'] }
    for (const settings of [local, { ...local, smtpUrl: 'smtp://127.0.0.1:1' }, { smtpUrl: 'smtp://127.0.0.1:1' }]) {
      await using other = await mailedServer(settings)
      assert.equal((await other.visitor().get('/accounts/outbox/')).status, 404)
    }
  })
})
