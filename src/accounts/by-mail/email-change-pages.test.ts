import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { faultsOf, mailedServer, type MailedServer, whoIs } from './by-mail-server.contract.ts'

const [right, next] = ['correct horse battery', 'a new long sentence']
const [old, wanted] = ['old@example.org', 'new@example.org']

async function open(): Promise<MailedServer> {
  const server = await mailedServer()
  await server.doorward.users.create({ username: 'ada', email: old, password: right, emailVerified: true })
  return server
}

describe('a change of the e-mail address', () => {
  it('is asked for on the profile, confirmed from the new address, and undone from the old one [PW16 PW17 B-ACC-16]', async () => {
    await using server = await open()
    const ada = server.visitor()
    await ada.signIn('ada', right)
    const form = await ada.get('/account/profile/email/')
    const asked = await ada.submit(form, 'change', { new_email: wanted })
    assert.equal(asked.path, '/account/profile/')
    assert.match(asked.text, /A link is on its way to the new address/)
    assert.match(asked.text, /id="waiting"/)
    assert.match(asked.text, /<bdi id="email">old@example\.org<\/bdi>/)

    // The mail is read where nobody is signed in.
    const reader = server.visitor()
    const link = await server.link('email_change')
    const page = await reader.get(link)
    assert.deepEqual([page.path, page.text.includes('dw_mail_')], ['/accounts/email/confirm/', false])
    assert.match(page.text, /<bdi>new@example\.org<\/bdi>/)
    assert.match((await reader.submit(page, 'confirm')).text, /The address is changed/)
    assert.equal((await reader.get(link)).status, 400)
    assert.match((await ada.get('/account/profile/')).text, /<bdi id="email">new@example\.org<\/bdi>/)

    const owner = server.visitor()
    const [notice] = await server.mails()
    assert.equal(notice?.to, old)
    await server.doorward.clock.advance(1000)
    const undo = await owner.get(await server.link('email_changed'))
    assert.equal(undo.path, '/accounts/email/undo/')
    assert.match(undo.text, /Everyone who is signed in to it is signed out/)
    const choose = await owner.submit(undo, 'undo')
    assert.equal(choose.path, '/accounts/password/reset/confirm/')
    assert.equal(await whoIs(ada), null)
    await owner.submit(choose, 'new-password', { new_password: next })
    const { passwords } = server.doorward.instance
    assert.equal((await passwords.verify(old, next, { address: null }))?.email, old)
    assert.equal(await passwords.verify(wanted, next, { address: null }), null)
  })

  it('needs a fresh proof, and what is typed is kept where it is no address [B-ACC-17]', async () => {
    await using server = await open()
    const ada = server.visitor()
    await ada.signIn('ada', right)
    const form = await ada.get('/account/profile/email/')
    const wrong = await ada.submit(form, 'change', { new_email: 'ada' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /value="ada"/)
    await server.doorward.clock.advance('11m')
    assert.match((await ada.submit(form, 'change', { new_email: wanted })).path, /^\/accounts\/(confirm|login)\//)
    assert.match((await ada.get('/account/profile/email/')).path, /^\/accounts\/(confirm|login)\//)
    assert.match((await ada.get('/account/profile/username/')).path, /^\/accounts\/(confirm|login)\//)
    assert.deepEqual(await server.mails(), [])
  })

  it('can be cancelled, and then its link does nothing', async () => {
    await using server = await open()
    const ada = server.visitor()
    await ada.signIn('ada', right)
    const asked = await ada.submit(await ada.get('/account/profile/email/'), 'change', { new_email: wanted })
    assert.match((await ada.submit(asked, 'cancel')).text, /The old address stays/)
    assert.equal((await ada.get(await server.link('email_change'))).status, 400)
  })

  it('looks the same for an address that has an account [PW07 B-ACC-06]', async () => {
    await using server = await open()
    await server.doorward.users.create({ username: 'bob', email: 'bob@example.org', password: right })
    const ada = server.visitor()
    await ada.signIn('ada', right)
    const pages = []
    for (const new_email of ['bob@example.org', 'eve@example.org']) {
      const { status, path, text } = await ada.submit(await ada.get('/account/profile/email/'), 'change', { new_email })
      pages.push([status, path, text.replaceAll(new_email, '…').replaceAll(/value="[^"]*"/g, '')])
    }
    assert.ok(JSON.stringify(pages[0]) === JSON.stringify(pages[1]))
  })

  it('is for scripts as well, with the current password [B-ACC-19]', async () => {
    await using server = await open()
    const ada = server.visitor()
    const { body } = await server.json('/accounts/login/', { username: 'ada', password: right }, { as: ada })
    const headers = { 'x-csrftoken': String(body['csrfToken']), origin: server.base }
    const ask = async (sent: unknown, method = 'POST') =>
      server.json('/accounts/email/change/', sent, { as: ada, headers, method })
    assert.deepEqual(faultsOf(await ask({ new_email: wanted })), ['current_password'])
    assert.deepEqual(faultsOf(await ask({ new_email: wanted, current_password: 'wrong' })), ['current_password'])
    assert.deepEqual(faultsOf(await ask({ current_password: right })), ['new_email'])
    assert.deepEqual(faultsOf(await ask({ new_email: 'x', current_password: right })), ['new_email'])
    assert.equal((await ask({ new_email: wanted, current_password: right })).status, 200)
    assert.equal((await ask(undefined, 'DELETE')).status, 204)
    assert.equal((await ask({ new_email: wanted, current_password: right })).status, 200)
    const key = (path: string) => new URL(path, server.base).searchParams.get('key')
    const confirmed = await server.json('/accounts/email/confirm/', { key: key(await server.link('email_change')) })
    assert.deepEqual([confirmed.status, confirmed.body['email']], [200, wanted])
    const undone = await server.json('/accounts/email/undo/', { key: key(await server.link('email_changed')) })
    assert.deepEqual([undone.status, undone.body['email']], [200, old])
    const reset = { token: undone.body['token'], new_password: next }
    assert.equal((await server.json('/accounts/password/reset/confirm/', reset)).status, 200)
    for (const path of ['/accounts/email/confirm/', '/accounts/email/undo/']) {
      assert.deepEqual(faultsOf(await server.json(path, { key: 'x' })), ['token'])
      assert.equal((await server.json(path, {})).status, 400)
    }
  })
})
