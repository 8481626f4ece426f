import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Person, person } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { enrolled } from './enrolled.contract.ts'
import { addSoftPasskey, sendPasskey } from './passkey-person.contract.ts'

const next = encodeURIComponent('/account/devices/?a=b')

describe('confirming who one is', () => {
  it('takes a password of whoever has nothing else, and leads back [MF09]', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const who = person(await doorward.listen())
    await who.signIn('ada', ada.password)
    const before = await sessionOf(doorward, ada.id)
    const old = who.cookies.get('sessionid') ?? ''
    await doorward.clock.advance('1h')
    const page = await who.get(`/accounts/confirm/?next=${next}`)
    assert.match(page.path, /^\/accounts\/confirm\/password\//)
    assert.match(page.text, /id="another-way"/)
    const wrong = await who.submit(page, 'factor', { password: 'x' })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /This is not your password\./)
    assert.equal((await who.submit(wrong, 'factor', { password: ada.password })).path, '/account/devices/?a=b')
    const after = await sessionOf(doorward, ada.id)
    // The id is another, the sign-in and its end are the same [SE03].
    assert.notEqual(after.id, before.id)
    assert.deepEqual([after.signInId, after.expiresAt], [before.signInId, before.expiresAt])
    assert.ok(after.authenticatedAt >= before.authenticatedAt + 3_600_000)
    assert.equal(await doorward.instance.sessions.find(old), null)
  })

  it('takes each factor of whoever has several, but no recovery code [MF09]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, user, code } = await enrolled(doorward)
    const soft = await addSoftPasskey(doorward, user)
    const who = await signedIn(doorward, ada)
    const first = await who.get(`/accounts/confirm/?next=${next}`)
    assert.match(first.path, /^\/accounts\/confirm\/passkey\//)
    assert.equal((await sendPasskey(who, first, soft)).path, '/account/devices/?a=b')
    const app = await who.get(`/accounts/confirm/totp/?next=${next}`)
    assert.equal((await who.submit(app, 'factor', { code: '000000' })).status, 400)
    assert.equal(
      (await who.submit(await who.get(app.path), 'factor', { code: await code() })).path,
      '/account/devices/?a=b',
    )
    const other = await who.get(`/accounts/confirm/other/?next=${next}`)
    for (const way of ['passkey', 'totp']) assert.match(other.text, new RegExp(`id="way-${way}"`))
    assert.doesNotMatch(other.text, /way-recovery_code|way-password/)
    assert.match(other.text, /href="\/accounts\/login\/\?next=[^"]*fresh=1"/)
    // All that was shown is remembered, and that it was more than one.
    assert.deepEqual((await sessionOf(doorward, ada.id)).amr.toSorted(), ['mfa', 'otp', 'pwd', 'swk'])
  })

  it('wants a second factor where one is asked for', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const who = await signedIn(doorward, ada)
    const none = await who.get(`/accounts/confirm/?second=1&next=${next}`)
    assert.match(none.text, /you have none yet/)
    assert.doesNotMatch(none.text, /way-password/)
    const token = who.cookies.get('csrftoken') ?? ''
    const sent = { csrfmiddlewaretoken: token, second: '1', password: ada.password }
    assert.match((await who.post('/accounts/confirm/password/', sent)).path, /^\/accounts\/confirm\/other\//)
  })

  it('is for whoever is signed in, by a form of this session [SE10]', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const base = await doorward.listen()
    assert.match((await person(base).get('/accounts/confirm/')).path, /^\/accounts\/login\/\?next=%2Faccount%2F/)
    const who = await signedIn(doorward, ada, base)
    const page = await who.get('/accounts/confirm/password/')
    assert.equal((await who.submit(page, 'factor', { csrfmiddlewaretoken: 'x', password: ada.password })).status, 403)
    // It leads to no other site.
    const away = await who.get('/accounts/confirm/password/?next=https://evil.example/')
    assert.match(away.text, /name="next" value="\/account\/"/)
  })

  it('counts wrong passwords as signing in does [MF03]', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const who = await signedIn(doorward, ada)
    let page = await who.get('/accounts/confirm/password/')
    for (let tried = 0; tried < 10; tried += 1) page = await who.submit(page, 'factor', { password: 'x' })
    assert.equal(page.status, 400)
    assert.equal((await who.submit(page, 'factor', { password: ada.password })).status, 429)
  })

  it('answers scripts with a new token, and refuses what is wrong', async () => {
    await using doorward = await createTestDoorward()
    const { ada, user, code } = await enrolled(doorward)
    const soft = await addSoftPasskey(doorward, user)
    const base = await doorward.listen()
    const { value, csrfToken } = await doorward.instance.sessions.create({ userId: ada.id })
    let session = { cookie: `sessionid=${value}`, 'x-csrftoken': csrfToken }
    const send = async (path: string, body: object, headers: object = session) => {
      const own = { 'content-type': 'application/json', ...headers }
      const answer = await fetch(`${base}/accounts/confirm/${path}`, {
        method: 'POST',
        headers: own,
        body: JSON.stringify(body),
      })
      const told = (await answer.json()) as Record<string, unknown>
      if (answer.status === 200 && path === '') {
        const cookie =
          answer.headers
            .getSetCookie()
            .find((one) => one.startsWith('sessionid='))
            ?.split(';')[0] ?? ''
        session = { cookie, 'x-csrftoken': String(told['csrfToken']) }
      }
      return { status: answer.status, body: told }
    }
    assert.equal((await send('', { password: ada.password }, {})).status, 401)
    assert.equal((await send('', { password: ada.password }, { cookie: session.cookie })).status, 403)
    assert.equal((await send('', {})).status, 400)
    assert.equal((await send('', { password: 'x' })).status, 401)
    assert.equal((await send('', { code: '000000' })).status, 401)
    assert.equal((await send('', { passkey: {} })).status, 400)
    const refused = await send('', { password: ada.password })
    assert.deepEqual([refused.status, refused.body['ways']], [401, ['passkey', 'totp']])
    const done = await send('', { code: await code() })
    assert.deepEqual([done.status, Object.keys(done.body)], [200, ['csrfToken', 'authenticatedAt']])
    const asked = await send('options/', {})
    assert.equal((await send('', { passkey: soft.get(asked.body as { challenge: string }) })).status, 200)
  })
})

async function signedIn(doorward: TestDoorward, { id }: { readonly id: string }, base?: string): Promise<Person> {
  const who = person(base ?? (await doorward.listen()))
  const { value } = await doorward.instance.sessions.create({ userId: id })
  who.cookies.set('sessionid', value)
  await who.get('/account/devices/')
  return who
}

async function sessionOf(doorward: TestDoorward, userId: string) {
  const [session] = await doorward.instance.sessions.list(userId)
  if (session === undefined) throw new Error('There is no session.')
  return session
}
