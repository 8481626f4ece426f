import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { person, type Seen } from '../screens/person.contract.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'
import { addSoftPasskey, passkeyOptionsIn } from './passkey-person.contract.ts'
import { secretIn } from './secret-in.contract.ts'
import { softPasskey } from './soft-passkey.contract.ts'
import { totpCode } from './totp.ts'

const settings = { secondFactor: 'required' }
const site = { rpId: 'localhost', origin: 'http://localhost:8000' }

describe('adding a second factor, where one has to be there', () => {
  it('is a step of the sign-in: an app, its code, recovery codes, and in [MF04 B-MFA-01]', async () => {
    await using doorward = await createTestDoorward({ settings })
    const ada = await doorward.users.create({ username: 'ada' })
    const who = person(await doorward.listen())
    const page = await who.signIn('ada', ada.password)
    assert.equal(page.path, '/accounts/add-second-factor/')
    assert.match((await who.get('/account/devices/')).path, /^\/accounts\/login\//)
    const setup = await who.submit(page, 'begin')
    const uri = (/href="(otpauth:[^"]*)"/.exec(setup.text)?.[1] ?? '').replaceAll('&amp;', '&')
    const wrong = await who.submit(setup, 'confirm', { code: '000000' })
    assert.equal(wrong.status, 400)
    assert.doesNotMatch(wrong.text, /otpauth:/)
    assert.equal(who.cookies.has('sessionid'), false)
    const done = await who.submit(wrong, 'confirm', { code: totpCode(secretIn(uri), doorward.clock.now()) })
    assert.equal(codesIn(done), 10)
    assert.match(done.text, /href="\/account\/devices\/"[^>]*>Continue/)
    assert.equal((await who.get('/account/devices/')).path, '/account/devices/')
    const [session] = await doorward.instance.sessions.list(ada.id)
    assert.deepEqual(session?.amr, ['pwd', 'otp', 'mfa'])
  })

  it('takes a passkey as well [B-MFA-05]', async () => {
    await using doorward = await createTestDoorward({ settings })
    const ada = await doorward.users.create({ username: 'ada' })
    const who = person(await doorward.listen())
    const page = await who.signIn('ada', ada.password)
    assert.equal((await who.submit(page, 'passkey', { passkey: '{}' })).status, 400)
    const soft = softPasskey(site)
    const passkey = JSON.stringify(soft.create(passkeyOptionsIn(page) as never))
    const done = await who.submit(page, 'passkey', { passkey, name: 'My phone' })
    assert.equal(codesIn(done), 10)
    assert.equal((await doorward.instance.factors.passkeys.list(ada.id))[0]?.name, 'My phone')
  })

  it('is asked of staff alone, where that is the policy', async () => {
    await using doorward = await createTestDoorward({ settings: { secondFactor: 'staff' } })
    const ada = await doorward.users.create({ username: 'ada', isStaff: true })
    const eve = await doorward.users.create({ username: 'eve' })
    const base = await doorward.listen()
    assert.equal((await person(base).signIn('ada', ada.password)).path, '/accounts/add-second-factor/')
    assert.equal((await person(base).signIn('eve', eve.password)).path, '/account/devices/')
  })

  it('ends where another request has added one: then that is asked for', async () => {
    await using doorward = await createTestDoorward({ settings })
    const ada = await doorward.users.create({ username: 'ada' })
    const who = person(await doorward.listen())
    const page = await who.signIn('ada', ada.password)
    await addSoftPasskey(doorward, { kind: 'user', id: ada.id, name: 'ada', permissions: new Set() })
    assert.equal((await who.submit(page, 'begin')).path, '/accounts/second-factor/passkey/')
  })

  it('is for nobody else, and over after a quarter of an hour [B-MFA-02]', async () => {
    await using doorward = await createTestDoorward({ settings })
    const ada = await doorward.users.create({ username: 'ada' })
    const base = await doorward.listen()
    const who = person(base)
    const page = await who.signIn('ada', ada.password)
    assert.equal((await person(base).get('/accounts/add-second-factor/')).status, 401)
    await doorward.clock.advance('15m')
    assert.equal((await who.submit(page, 'begin')).status, 401)
  })

  it('goes by JSON from end to end', async () => {
    await using doorward = await createTestDoorward({ settings })
    const ada = await doorward.users.create({ username: 'ada' })
    const base = await doorward.listen()
    const begun = await post(base, '/accounts/login/', { username: 'ada', password: ada.password })
    assert.deepEqual(
      [begun.status, begun.body['next'], begun.body['ways']],
      [401, 'add_second_factor', ['totp', 'passkey']],
    )
    const [cookie = ''] = begun.cookies
    const path = '/accounts/add-second-factor/'
    for (const body of [{}, { way: 'sms' }]) assert.equal((await post(base, path, body, cookie)).status, 400)
    assert.equal((await post(base, path, { code: '123456' }, cookie)).status, 409)
    const app = await post(base, path, { way: 'totp' }, cookie)
    assert.deepEqual(Object.keys(app.body), ['secret', 'uri', 'expiresAt'])
    assert.equal((await post(base, path, { code: '000000' }, cookie)).status, 400)
    const code = totpCode(secretIn(String(app.body['uri'])), doorward.clock.now())
    const done = await post(base, path, { code }, cookie)
    assert.deepEqual([done.status, Object.keys(done.body)], [200, ['user', 'csrfToken', 'recoveryCodes']])
    assert.equal((await post(base, path, { code }, cookie)).status, 401)

    const eve = await doorward.users.create({ username: 'eve' })
    const other = await post(base, '/accounts/login/', { username: 'eve', password: eve.password })
    const [second = ''] = other.cookies
    const asked = await post(base, path, { way: 'passkey' }, second)
    const passkey = softPasskey(site).create(asked.body as never)
    assert.equal((await post(base, path, { passkey, name: 'Key' }, second)).status, 200)
  })
})

function codesIn({ text }: Seen): number {
  return [...text.matchAll(/<li><code>/g)].length
}

async function post(base: string, path: string, body: object, cookie = '') {
  const headers = { 'content-type': 'application/json', cookie }
  const answer = await fetch(`${base}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const cookies = answer.headers.getSetCookie().map((one) => one.split(';')[0] ?? '')
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, cookies }
}
