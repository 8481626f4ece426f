import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mailedServer } from '../accounts/by-mail/by-mail-server.contract.ts'

const [right, next] = ['correct horse battery', 'a new long sentence']

describe('the profile of an account', () => {
  it('shows name and address, and mails a link to confirm the address', async () => {
    await using server = await mailedServer()
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const ada = server.visitor()
    await ada.signIn('ada', right)
    const page = await ada.get('/account/profile/')
    assert.match(page.text, /Not verified/)
    assert.match((await ada.submit(page, 'verify')).text, /A link is on its way to you/)
    await ada.submit(await ada.get(await server.link('email_verification')), 'verify')
    assert.match((await ada.get('/account/profile/')).text, />Verified</)
    assert.match((await ada.submit(page, 'verify')).text, /Your address is verified already/)
  })

  it('changes the username, and says where one is taken', async () => {
    await using server = await mailedServer()
    for (const username of ['ada', 'bob']) await server.doorward.users.create({ username, password: right })
    const ada = server.visitor()
    await ada.signIn('ada', right)
    const form = await ada.get('/account/profile/username/')
    const taken = await ada.submit(form, 'rename', { username: 'Bob' })
    assert.equal(taken.status, 400)
    assert.match(taken.text, /taken/)
    assert.match(taken.text, /value="Bob"/)
    assert.equal((await ada.submit(form, 'rename', { username: '' })).status, 400)
    assert.match((await ada.submit(form, 'rename', { username: 'lovelace' })).text, /Your username is changed/)
    assert.match((await ada.get('/account/profile/')).text, /<bdi id="username">lovelace<\/bdi>/)
  })

  it('offers no change of address where no mail is sent', async () => {
    await using server = await mailedServer({
      publicUrl: 'http://127.0.0.1',
      allowedHosts: ['127.0.0.1:*'],
      trustedOrigins: [],
    })
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const { instance } = server.doorward
    const { id } = (await instance.users.findByLogin('ada')) ?? assert.fail()
    const { value } = await instance.sessions.create({ userId: id })
    const ada = server.visitor()
    ada.cookies.set(instance.sessions.cookieName, value)
    assert.match((await ada.get('/account/profile/')).text, /This site sends no mail/)
    assert.equal((await ada.get('/account/profile/email/')).status, 404)
  })
})

describe('the password of an account', () => {
  it('is changed for who knows it; everyone else is signed out, and this browser stays [PW05 SE06]', async () => {
    await using server = await mailedServer()
    await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const [ada, other] = [server.visitor(), server.visitor()]
    await ada.signIn('ada', right)
    await other.signIn('ada', right)
    const page = await ada.get('/account/password/')
    assert.match(page.text, /autocomplete="current-password"/)
    const wrong = await ada.submit(page, 'change', { current_password: 'wrong', new_password: next })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /The current password is not right/)
    const weak = await ada.submit(page, 'change', { current_password: right, new_password: 'password1234' })
    assert.match(weak.text, /Choose another password/)
    await server.doorward.clock.advance(1000)
    const done = await ada.submit(page, 'change', { current_password: right, new_password: next })
    assert.equal(done.path, '/account/password/')
    assert.match(done.text, /Every other device and application was signed out/)
    assert.match((await other.get('/account/password/')).path, /^\/accounts\/login\//)
    assert.equal((await server.mails())[0]?.kind, 'password_changed')
    // The form of the session before is none of this one's.
    assert.equal((await ada.submit(page, 'change', { current_password: next, new_password: right })).status, 403)
  })

  it('leaves others signed in where the box is unchecked', async () => {
    await using server = await mailedServer()
    await server.doorward.users.create({ username: 'ada', password: right })
    const [ada, other] = [server.visitor(), server.visitor()]
    await ada.signIn('ada', right)
    await other.signIn('ada', right)
    const page = await ada.get('/account/password/')
    await server.doorward.clock.advance(1000)
    const done = await ada.submit(page, 'change', { current_password: right, new_password: next, end_sessions: '' })
    assert.match(done.text, /Other devices stay signed in/)
    assert.equal((await other.get('/account/password/')).path, '/account/password/')
  })

  it('is set for the first time by who has none, after a fresh proof, and changed by everybody else [B-ACC-14 B-ACC-17]', async () => {
    await using server = await mailedServer()
    const { instance } = server.doorward
    const { id } = await instance.users.create({ username: 'bob', email: 'bob@example.org' })
    const bob = server.visitor()
    const signIn = async () => {
      const { value } = await instance.sessions.create({ userId: id, amr: ['email'] })
      bob.cookies.set(instance.sessions.cookieName, value)
    }
    await signIn()
    const page = await bob.get('/account/password/')
    assert.equal(page.path, '/account/password/set/')
    await server.doorward.clock.advance('11m')
    assert.match((await bob.submit(page, 'set', { new_password: next })).path, /^\/accounts\/(confirm|login)\//)
    await signIn()
    const again = await bob.get('/account/password/set/')
    assert.match((await bob.submit(again, 'set', { new_password: 'short' })).text, /Choose a longer password/)
    await server.doorward.clock.advance(1000)
    assert.match(
      (await bob.submit(again, 'set', { new_password: next })).text,
      /Your password is changed\. It is (?:good|long)[^]*Every other device and application was signed out/,
    )
    assert.equal((await bob.get('/account/password/set/')).path, '/account/password/')
    assert.notEqual(await instance.passwords.verify('bob', next, { address: null }), null)
  })
})
