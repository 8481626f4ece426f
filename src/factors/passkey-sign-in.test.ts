import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { person } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { enrolled } from './enrolled.contract.ts'
import { addSoftPasskey, passkeyOptionsIn, sendPasskey } from './passkey-person.contract.ts'
import { softPasskey } from './soft-passkey.contract.ts'

describe('signing in with a passkey', () => {
  it('takes neither name nor password, from the page to sign in and from its own [WA13 B-MFA-05]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, user } = await enrolled(doorward)
    const soft = await addSoftPasskey(doorward, user)
    const base = await doorward.listen()
    for (const path of ['/accounts/login/', '/accounts/passkey/']) {
      const who = person(base)
      const page = await who.get(`${path}?next=/account/devices/`)
      assert.match(page.text, /<noscript\s*>[^]*Passkeys\s+need\s+scripts,\s+which\s+are\s+off\s+here/)
      assert.equal((await sendPasskey(who, page, soft)).path, '/account/devices/')
      const [session] = await doorward.instance.sessions.list(ada.id)
      // Two factors at once: no other one is asked for.
      assert.deepEqual(session?.amr, ['swk', 'mfa'])
    }
  })

  it('is offered where the username is typed', async () => {
    await using doorward = await createTestDoorward()
    const page = await person(await doorward.listen()).get('/accounts/login/')
    assert.match(page.text, /autocomplete="username webauthn"/)
    assert.match(page.text, /data-autofill/)
  })

  it('is refused with an answer for another browser, which is told to try again [WA01]', async () => {
    await using doorward = await createTestDoorward()
    const { user } = await enrolled(doorward)
    const soft = await addSoftPasskey(doorward, user)
    const base = await doorward.listen()
    const [one, other] = [person(base), person(base)]
    const theirs = await other.get('/accounts/passkey/')
    const page = await one.get('/accounts/passkey/')
    const passkey = JSON.stringify(soft.get(passkeyOptionsIn(theirs)))
    const refused = await one.submit(page, 'use-passkey', { passkey })
    assert.equal(refused.status, 400)
    assert.match(refused.text, /This passkey was not accepted/)
    // And the page that came back works.
    assert.equal((await sendPasskey(one, refused, soft)).status, 404)
    assert.ok(one.cookies.has('sessionid'))
  })

  it('answers a stranger’s passkey and what is none alike', async () => {
    await using doorward = await createTestDoorward()
    const who = person(await doorward.listen())
    const page = await who.get('/accounts/passkey/')
    const stranger = softPasskey({ rpId: 'localhost', origin: 'http://localhost:8000' })
    for (const passkey of [
      JSON.stringify(stranger.get(passkeyOptionsIn(page), { userHandle: 'eA' })),
      '',
      '{',
      '[]',
      'null',
    ]) {
      assert.equal((await who.submit(page, 'use-passkey', { passkey })).status, 400)
    }
    const token = who.cookies.get('csrftoken') ?? ''
    assert.equal((await who.post('/accounts/passkey/', { csrfmiddlewaretoken: `${token}x`, passkey: '' })).status, 403)
  })

  it('works by JSON, with the cookie of the question [B-MFA-05]', async () => {
    await using doorward = await createTestDoorward()
    const { user } = await enrolled(doorward)
    const soft = await addSoftPasskey(doorward, user)
    const base = await doorward.listen()
    const asked = await post(base, '/accounts/passkey/options/', {})
    const [csrf = ''] = asked.cookies
    const answer = soft.get(asked.body as { challenge: string })
    assert.equal((await post(base, '/accounts/passkey/', { passkey: answer })).status, 400)
    const done = await post(base, '/accounts/passkey/', { passkey: answer }, csrf)
    assert.equal(done.status, 200)
    assert.deepEqual(Object.keys(done.body), ['user', 'csrfToken'])
    assert.equal((await post(base, '/accounts/passkey/', { passkey: answer }, csrf)).status, 401)
    assert.equal((await post(base, '/accounts/passkey/', { passkey: 'x' }, csrf)).status, 400)
    const foreign = { origin: 'https://evil.example' }
    assert.equal((await post(base, '/accounts/passkey/', { passkey: answer }, csrf, foreign)).status, 403)
  })

  it('as a second factor, by page and by JSON [B-MFA-05]', async () => {
    await using doorward = await createTestDoorward()
    const ada = await doorward.users.create({ username: 'ada' })
    const soft = await addSoftPasskey(doorward, await userOf(doorward, 'ada'))
    const base = await doorward.listen()
    const who = person(base)
    const page = await who.signIn('ada', ada.password)
    assert.equal(page.path, '/accounts/second-factor/passkey/')
    const refused = await sendPasskey(who, page, soft, { origin: 'https://evil.example' })
    assert.equal(refused.status, 400)
    assert.match(refused.text, /This passkey was not accepted/)
    assert.equal((await sendPasskey(who, refused, soft, { isVerified: false })).path, '/account/devices/')

    const begun = await post(base, '/accounts/login/', { username: 'ada', password: ada.password })
    assert.deepEqual(begun.body['ways'], ['passkey', 'recovery_code'])
    const [pending = ''] = begun.cookies
    const asked = await post(base, '/accounts/second-factor/options/', {}, pending)
    const answer = soft.get(asked.body as { challenge: string })
    assert.equal((await post(base, '/accounts/second-factor/', { passkey: answer }, pending)).status, 200)
  })
})

async function userOf(doorward: TestDoorward, name: string) {
  const { id = '' } = (await doorward.instance.users.findByLogin(name)) ?? {}
  return { kind: 'user', id, name, permissions: new Set<string>() } as const
}

async function post(
  base: string,
  path: string,
  body: object,
  cookie = '',
  more: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: Record<string, unknown>; cookies: readonly string[] }> {
  const headers = { 'content-type': 'application/json', cookie, ...more }
  const answer = await fetch(`${base}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const cookies = answer.headers.getSetCookie().map((one) => one.split(';')[0] ?? '')
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, cookies }
}
