import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mailedServer, type MailedServer, whoIs } from '../accounts/by-mail/by-mail-server.contract.ts'
import { eachDatabase } from '../testing/on-postgres.contract.ts'
import { passkeyOptionsIn, sendPasskey } from './passkey-person.contract.ts'
import { softPasskey } from './soft-passkey.contract.ts'

const path = '/accounts/sign-up/passkey/'
const email = 'ada@example.org'
const soft = () => softPasskey({ rpId: 'localhost', origin: 'http://localhost:8000', isSynced: true })

describe('signing up with a passkey', () => {
  it('makes an account without a password, whose address is verified, and signs in [B-MFA-05]', async () => {
    await using server = await mailedServer({ signUp: 'open', termsVersion: '1', signUpTerms: 'Be kind.' })
    const ada = server.visitor()
    const form = await ada.get('/accounts/sign-up/?next=/account/devices/')
    assert.match(form.text, /id="by-passkey"/)
    const page = await ada.get(`${path}?next=/account/devices/`)
    assert.equal((await ada.submit(page, 'passkey-sign-up', { email })).status, 400)
    const sent = await ada.submit(page, 'passkey-sign-up', { email, terms: 'on' })
    assert.match(sent.text, /A mail is on its way/)
    const link = await server.link('passkey_sign_up')
    const make = await ada.get(link)
    assert.deepEqual([make.path, make.status], [`${path}confirm/`, 200])
    const options = passkeyOptionsIn(make) as { readonly challenge: string; readonly authenticatorSelection?: object }
    assert.deepEqual(options.authenticatorSelection, {
      residentKey: 'required',
      userVerification: 'required',
      requireResidentKey: true,
    })
    assert.equal(await whoIs(ada), null)
    const key = soft()
    const done = await ada.submit(make, 'first-passkey', { passkey: JSON.stringify(key.create(options as never)) })
    assert.equal(done.status, 200)
    assert.match(done.text, /href="\/account\/devices\/"/)
    assert.equal(await whoIs(ada), email)
    const { users, sessions } = server.doorward.instance
    const record = (await users.findByLogin(email)) ?? assert.fail()
    assert.deepEqual([record.hasPassword, record.emailVerified], [false, true])
    assert.deepEqual((await sessions.list(record.id))[0]?.amr, ['email', 'swk', 'mfa'])
    assert.equal((await server.visitor().get(link)).status, 400)
    const again = server.visitor()
    assert.equal((await sendPasskey(again, await again.get('/accounts/passkey/'), key)).path, '/')
    assert.equal(await whoIs(again), email)
  })

  it('looks the same for an address that has an account, which is told by mail', async () => {
    await using server = await mailedServer({ signUp: 'open' })
    await server.doorward.users.create({ username: 'ada', email })
    const visitor = server.visitor()
    const sent = await visitor.submit(await visitor.get(path), 'passkey-sign-up', { email })
    assert.match(sent.text, /A mail is on its way/)
    assert.deepEqual(
      (await server.mails()).map(({ kind }) => kind),
      ['sign_up_taken'],
    )
  })

  for (const [database, on] of eachDatabase)
    it(`takes no answer that is wrong, and works then still; of fifty at once, one is in (race), on ${database} [B-MFA-05]`, async () => {
      await using server = await mailedServer({ signUp: 'open' }, on)
      const { key, options } = await asked(server)
      for (const passkey of [{}, 'x', null, { id: 'x' }]) {
        assert.equal((await server.json(`${path}confirm/`, { key, passkey })).status, 400)
      }
      for (const bad of ['', 'nonsense', `${key}x`]) {
        assert.equal((await server.json(`${path}confirm/`, { key: bad, passkey: {} })).status, 400, bad)
        assert.equal((await server.json(`${path}options/`, { key: bad })).status, 404, bad)
      }
      assert.equal((await server.json(path, { email: 'no address' })).status, 400)
      assert.equal((await server.json(path, {})).status, 400)
      const made = await Promise.all(
        Array.from({ length: 50 }, async () => soft().create((await options()).body as never)),
      )
      const all = await Promise.all(made.map(async (passkey) => server.json(`${path}confirm/`, { key, passkey })))
      assert.equal(all.filter(({ status }) => status === 200).length, 1)
      const { users, factors } = server.doorward.instance
      const { id } = (await users.findByLogin(email)) ?? assert.fail()
      assert.equal((await factors.passkeys.list(id)).length, 1)
      const won = all.find(({ status }) => status === 200) ?? assert.fail()
      assert.equal((won.body['recoveryCodes'] as string[]).length, 10)
    })

  it('wants a passkey whose device asks who it is, since there is nothing else', async () => {
    await using server = await mailedServer({ signUp: 'open' })
    const { key, options } = await asked(server)
    const passkey = soft().create((await options()).body as never, { isVerified: false })
    assert.equal((await server.json(`${path}confirm/`, { key, passkey })).status, 400)
  })

  it('is offered where people may sign up', async () => {
    await using off = await mailedServer()
    assert.equal((await off.visitor().get(path)).status, 404)
    await using invited = await mailedServer({ signUp: 'invitation' })
    const visitor = invited.visitor()
    assert.match((await visitor.get(path)).text, /Sign-up is by invitation/)
    assert.equal((await invited.json(path, { email })).status, 404)
  })
})

async function asked(server: MailedServer) {
  assert.equal((await server.json(path, { email })).status, 201)
  const key = new URL(await server.link('passkey_sign_up'), server.base).searchParams.get('key') ?? ''
  return { key, options: async () => server.json(`${path}options/`, { key }) }
}
