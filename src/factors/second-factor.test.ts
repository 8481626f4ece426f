import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Person, person, type Seen } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { enrol, enrolled } from './enrolled.contract.ts'

describe('the second factor of a sign-in, by pages', () => {
  it('is asked for after the password, and leads to where it was wanted [B-MFA-02]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, code } = await enrolled(doorward)
    const who = person(await doorward.listen())
    const page = await who.signIn('ada', ada.password)
    assert.deepEqual([page.status, page.path], [200, '/accounts/second-factor/totp/'])
    assert.match(page.text, /autocomplete="one-time-code"/)
    assert.match(page.text, /inputmode="numeric"/)
    assert.match(page.text, /You have \d+ minutes, until <time/)
    assert.match(page.text, /<a href="\/accounts\/second-factor\/other\/" id="another-way">Try another way<\/a>/)
    assert.equal(who.cookies.has('sessionid'), false)
    assert.match((await who.get('/account/devices/')).path, /^\/accounts\/login\//)

    const again = await who.submit(page, 'factor', { code: '000000' })
    assert.equal(again.status, 400)
    assert.match(again.text, /This code is not right, or was used already/)
    assert.match(again.text, /<title>Error: /)
    const done = await who.submit(again, 'factor', { code: await code() })
    assert.deepEqual([done.status, done.path], [200, '/account/devices/'])
    assert.equal(who.cookies.has('signin'), false)
    const [session] = await doorward.instance.sessions.list(ada.id)
    assert.deepEqual(session?.amr, ['pwd', 'otp', 'mfa'])
  })

  it('takes a recovery code in its place, once, and says so by mail and in the log [MF05 B-MFA-04 B-MFA-09]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, recoveryCodes } = await enrolled(doorward)
    const base = await doorward.listen()
    const [code = ''] = recoveryCodes
    const use = async (): Promise<Seen> => {
      const who = person(base)
      const page = await who.signIn('ada', ada.password)
      const other = await who.get('/accounts/second-factor/other/')
      assert.match(other.text, /id="way-recovery_code"/)
      assert.doesNotMatch(other.text, /id="way-passkey"/)
      assert.equal(page.status, 200)
      return who.submit(await who.get('/accounts/second-factor/recovery-code/'), 'factor', { code })
    }
    assert.equal((await use()).path, '/account/devices/')
    const refused = await use()
    assert.equal(refused.status, 400)
    assert.match(refused.text, /none of your recovery codes, or it was used already/)
    assert.deepEqual(await doorward.instance.factors.codes.count(ada.id), { left: 9, made: 10 })
    const events = await doorward.instance.database.read.selectFrom('audit_events').select('event').execute()
    for (const wanted of ['totp.added', 'recovery_codes.made', 'recovery_code.used', 'recovery_code.failed']) {
      assert.ok(
        events.some(({ event }) => event === wanted),
        wanted,
      )
    }
  })

  it('is over after ten wrong codes, for this sign-in and with the right one [MF03]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, code } = await enrolled(doorward)
    const base = await doorward.listen()
    const who = person(base)
    let page = await who.signIn('ada', ada.password)
    for (let tried = 0; tried < 10; tried += 1) page = await who.submit(page, 'factor', { code: '000000' })
    assert.equal(page.status, 400)
    const tooMany = await who.submit(page, 'factor', { code: '000000' })
    assert.equal(tooMany.status, 429)
    assert.match(tooMany.text, /Another way, such as a passkey, works in the meantime/)
    // The user's own limit is over by then; the sign-in stays used up.
    await doorward.clock.advance('14m')
    const over = await who.submit(page, 'factor', { code: await code() })
    assert.equal(over.status, 401)
    assert.match(over.text, /This sign-in is over. Begin again\./)
    const anew = await who.signIn('ada', ada.password)
    assert.equal((await who.submit(anew, 'factor', { code: await code() })).path, '/account/devices/')
  })

  it('is over after a quarter of an hour [B-MFA-02]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, code } = await enrolled(doorward)
    const who = person(await doorward.listen())
    const page = await who.signIn('ada', ada.password)
    await doorward.clock.advance('15m')
    assert.equal((await who.submit(page, 'factor', { code: await code() })).status, 401)
    assert.equal((await who.get('/accounts/second-factor/')).status, 401)
  })

  it('is nobody’s without its cookie, and no form of another site’s [SE03 SE10]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, code } = await enrolled(doorward)
    const base = await doorward.listen()
    const [who, other] = [person(base), person(base)]
    const page = await who.signIn('ada', ada.password)
    for (const path of ['', 'totp/', 'recovery-code/', 'passkey/', 'other/']) {
      assert.equal((await other.get(`/accounts/second-factor/${path}`)).status, 401, path)
    }
    await other.get('/accounts/login/')
    assert.equal((await other.submit(page, 'factor', { code: await code() })).status, 403)
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'https://evil.example',
      cookie: [...who.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    }
    const token = who.cookies.get('csrftoken') ?? ''
    const body = new URLSearchParams({ csrfmiddlewaretoken: token, code: await code() }).toString()
    const foreign = await fetch(`${base}/accounts/second-factor/totp/`, { method: 'POST', headers, body })
    assert.equal(foreign.status, 403)
  })

  it('wants no factor that its user does not have', async () => {
    await using doorward = await createTestDoorward()
    const { ada, code } = await enrolled(doorward)
    const who = person(await doorward.listen())
    const page = await who.signIn('ada', ada.password)
    assert.equal((await who.get('/accounts/second-factor/passkey/')).path, '/accounts/second-factor/totp/')
    const token = who.cookies.get('csrftoken') ?? ''
    const sent = { csrfmiddlewaretoken: token, passkey: '{}' }
    assert.equal((await who.post('/accounts/second-factor/passkey/', sent)).path, '/accounts/second-factor/other/')
    assert.equal((await who.submit(page, 'factor', { code: await code() })).path, '/account/devices/')
  })

  it('goes on without one that was taken away meanwhile', async () => {
    await using doorward = await createTestDoorward()
    const { ada, user } = await enrolled(doorward)
    const who = person(await doorward.listen())
    await who.signIn('ada', ada.password)
    await doorward.instance.factors.changes.removeApp(user, { actor: 'system' })
    assert.equal((await who.get('/accounts/second-factor/')).path, '/account/devices/')
  })

  it('is forgotten when its user signs out [B-SESS-11]', async () => {
    await using doorward = await createTestDoorward()
    const { ada } = await enrolled(doorward)
    const who = person(await doorward.listen())
    await who.signIn('ada', ada.password)
    await who.post('/accounts/logout/', {})
    assert.equal(who.cookies.has('signin'), false)
    assert.equal((await who.get('/accounts/second-factor/')).status, 401)
    assert.deepEqual(await doorward.instance.database.read.selectFrom('pending_sign_ins').selectAll().execute(), [])
  })
})

describe('the second factor of a sign-in, by JSON', () => {
  it('is named by the sign-in, and shown with its cookie [B-MFA-10]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, code, recoveryCodes } = await enrolled(doorward)
    const base = await doorward.listen()
    const cookies = new Map<string, string>()
    const begun = await send(base, cookies, '/accounts/login/', { username: 'ada', password: ada.password })
    const { expiresIn, ...told } = begun.body
    assert.ok(Number(expiresIn) > 880 && Number(expiresIn) <= 900)
    assert.deepEqual(told, {
      detail: 'The credential is right, and more is needed to sign in.',
      code: 'sign_in_incomplete',
      next: 'second_factor',
      ways: ['totp', 'recovery_code'],
    })
    for (const [sent, status] of [
      [{}, 400],
      [{ code: '' }, 400],
      [{ code: '123456', way: 'sms' }, 400],
      [{ code: '000000' }, 401],
      [{ code: 'aaaaa-aaaaa' }, 401],
      [{ passkey: {} }, 401],
    ] as const) {
      assert.equal((await send(base, cookies, '/accounts/second-factor/', sent)).status, status, JSON.stringify(sent))
    }
    const done = await send(base, cookies, '/accounts/second-factor/', { code: await code() })
    assert.equal(done.status, 200)
    assert.deepEqual(Object.keys(done.body), ['user', 'csrfToken'])
    assert.ok(cookies.has('sessionid') && !cookies.has('signin'))
    const over = await send(base, cookies, '/accounts/second-factor/', { code: recoveryCodes[0] })
    assert.deepEqual([over.status, over.body['code']], [401, 'not_authenticated'])
  })

  it('is refused to scripts of another site', async () => {
    await using doorward = await createTestDoorward()
    const { ada, code } = await enrolled(doorward)
    const base = await doorward.listen()
    const cookies = new Map<string, string>()
    await send(base, cookies, '/accounts/login/', { username: 'ada', password: ada.password })
    const foreign = { origin: 'https://evil.example' }
    assert.equal((await send(base, cookies, '/accounts/second-factor/', { code: await code() }, foreign)).status, 403)
    assert.equal((await send(base, cookies, '/accounts/second-factor/options/', {}, foreign)).status, 403)
  })

  it('lets one of 50 in who show the same code at once [MF01 MF03]', async () => {
    await using doorward = await createTestDoorward()
    const { ada, code } = await enrolled(doorward)
    const base = await doorward.listen()
    const cookies = new Map<string, string>()
    await send(base, cookies, '/accounts/login/', { username: 'ada', password: ada.password })
    const right = await code()
    const all = await Promise.all(
      Array.from({ length: 50 }, async () => send(base, new Map(cookies), '/accounts/second-factor/', { code: right })),
    )
    assert.equal(all.filter(({ status }) => status === 200).length, 1)
    assert.equal((await doorward.instance.sessions.list(ada.id)).length, 1)
  })
})

describe('a browser that is trusted', () => {
  const settings = {}

  async function trusting(doorward: TestDoorward): Promise<{
    readonly who: Person
    readonly here: Awaited<ReturnType<typeof enrolled>>
  }> {
    const here = await enrolled(doorward)
    const who = person(await doorward.listen())
    const page = await who.signIn('ada', here.ada.password)
    assert.match(page.text, /Do not ask for a code in this browser for 30 days/)
    await who.submit(page, 'factor', { code: await here.code(), trust: 'on' })
    assert.ok(who.cookies.has('trusted'))
    return { who, here }
  }

  async function signsIn(who: Person, password: string): Promise<string> {
    who.cookies.delete('sessionid')
    return (await who.signIn('ada', password)).path
  }

  it('is not asked for the second factor for as long as it was said [B-MFA-07]', async () => {
    await using doorward = await createTestDoorward({ settings })
    const { who, here } = await trusting(doorward)
    assert.equal(await signsIn(who, here.ada.password), '/account/devices/')
    await doorward.clock.advance('30d')
    assert.equal(await signsIn(who, here.ada.password), '/accounts/second-factor/totp/')
  })

  it('is not one without its box checked, nor with a value that was made up, nor for another user [B-MFA-07]', async () => {
    await using doorward = await createTestDoorward({ settings })
    const { who, here } = await trusting(doorward)
    const eve = await doorward.users.create({ username: 'eve' })
    await enrol(doorward, eve)
    who.cookies.delete('sessionid')
    assert.equal((await who.signIn('eve', eve.password)).path, '/accounts/second-factor/totp/')
    who.cookies.set('trusted', doorward.instance.format.make('tb', 5n).text)
    assert.equal(await signsIn(who, here.ada.password), '/accounts/second-factor/totp/')
    who.cookies.set('trusted', 'x')
    const page = await who.signIn('ada', here.ada.password)
    who.cookies.delete('trusted')
    await who.submit(page, 'factor', { code: await here.code() })
    assert.equal(who.cookies.has('trusted'), false)
  })

  it('is none any more after a change of password or factors [B-MFA-07]', async () => {
    await using doorward = await createTestDoorward({ settings })
    const { who, here } = await trusting(doorward)
    await doorward.instance.passwords.set(here.ada.id, 'another one, quite long')
    assert.equal(await signsIn(who, 'another one, quite long'), '/accounts/second-factor/totp/')
    const page = await who.signIn('ada', 'another one, quite long')
    await who.submit(page, 'factor', { code: await here.code(), trust: 'on' })
    assert.equal(await signsIn(who, 'another one, quite long'), '/account/devices/')
    await doorward.instance.factors.changes.removeApp(here.user, { actor: 'system' })
    await enrol(doorward, here.ada)
    assert.equal(await signsIn(who, 'another one, quite long'), '/accounts/second-factor/totp/')
  })

  it('gives no tokens by a password alone', async () => {
    await using doorward = await createTestDoorward({ settings })
    const { who, here } = await trusting(doorward)
    const base = await doorward.listen()
    const answer = await send(base, who.cookies, '/api/token/', { username: 'ada', password: here.ada.password })
    assert.equal(answer.status, 401)
  })

  it('is not offered where the setting is 0', async () => {
    await using doorward = await createTestDoorward({ settings: { trustedBrowserLifetime: '0' } })
    const { ada, code } = await enrolled(doorward)
    const who = person(await doorward.listen())
    const page = await who.signIn('ada', ada.password)
    assert.doesNotMatch(page.text, /name="trust"/)
    await who.submit(page, 'factor', { code: await code(), trust: 'on' })
    assert.equal(who.cookies.has('trusted'), false)
  })
})

async function send(
  base: string,
  cookies: Map<string, string>,
  path: string,
  body: object,
  more: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { 'content-type': 'application/json', cookie, ...more }
  const answer = await fetch(`${base}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  for (const set of answer.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
    if (/; Max-Age=0(;|$)/.test(set)) cookies.delete(name)
    else cookies.set(name, value)
  }
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
