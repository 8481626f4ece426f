import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { enrolled } from '../factors/enrolled.contract.ts'
import { type Person, person } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'

describe('a browser that is remembered', () => {
  it('signs in without claiming a second factor, and what asks for a fresh proof asks for one [B-MFA-07]', async () => {
    await using doorward = await createTestDoorward()
    const { who, here } = await remembered(doorward)
    await again(who, here.ada.password)
    const [session] = await doorward.instance.sessions.list(here.ada.id)
    assert.deepEqual(session?.amr, ['pwd', 'rba'])
    const asked = await who.get('/account/data/download/')
    assert.match(asked.path, /^\/accounts\/confirm\/totp\//)
    const api = await fetch(`${await doorward.listen()}/api/account/data/`, { headers: { cookie: cookiesOf(who) } })
    assert.equal(api.status, 401)
    assert.doesNotMatch((await who.get('/accounts/confirm/other/')).text, /way-password/)
    const shown = await who.submit(asked, 'factor', { code: await here.code() })
    assert.equal(shown.path, '/account/data/download/')
    assert.deepEqual((await doorward.instance.sessions.list(here.ada.id))[0]?.amr, ['pwd', 'otp', 'mfa'])
  })

  it('stands among the devices, and is asked again once its user says so', async () => {
    await using doorward = await createTestDoorward()
    const { who, here } = await remembered(doorward)
    const page = await who.get('/account/devices/')
    assert.match(page.text, /Remembered browsers/)
    assert.match(page.text, /This browser/)
    const eve = await doorward.users.create({ username: 'eve' })
    const other = person(await doorward.listen())
    await other.signIn('eve', eve.password)
    assert.match((await who.submit(page, 'ask-again')).text, /That browser asks again\./)
    assert.match((await who.submit(page, 'ask-again')).text, /asks already/)
    assert.doesNotMatch((await who.get('/account/devices/')).text, /Remembered browsers/)
    assert.equal((await again(who, here.ada.password)).path, '/accounts/second-factor/totp/')
  })

  it('goes with the others when all others are signed out, and with all of them when the account is made safe', async () => {
    await using doorward = await createTestDoorward()
    const { who, here } = await remembered(doorward)
    const elsewhere = await remember(doorward, here)
    const asked = await who.get('/account/devices/others/')
    assert.match(asked.text, /1 session/)
    assert.match(asked.text, /1 remembered browser/)
    await who.submit(asked, 'end-others')
    assert.equal((await again(elsewhere, here.ada.password)).path, '/accounts/second-factor/totp/')
    assert.equal((await doorward.instance.factors.trusted?.list(here.ada.id))?.length, 1)
    const safe = await who.get('/account/secure/')
    assert.match(safe.text, /One browser is remembered/)
    await who.submit(safe, 'end-others')
    assert.equal((await again(who, here.ada.password)).path, '/accounts/second-factor/totp/')
  })

  it('is listed and ended by JSON, by its user alone', async () => {
    await using doorward = await createTestDoorward()
    const { who, here } = await remembered(doorward)
    const base = await doorward.listen()
    const call = async (one: Person, method: string, path = '') => {
      const headers = { cookie: cookiesOf(one), 'x-csrftoken': one.cookies.get('csrftoken') ?? '' }
      return fetch(`${base}/api/account/browsers/${path}`, { method, headers })
    }
    const { browsers } = (await (await call(who, 'GET')).json()) as { browsers: { id: string; is_this: boolean }[] }
    assert.deepEqual(
      browsers.map(({ is_this: isThis }) => isThis),
      [true],
    )
    const eve = await doorward.users.create({ username: 'eve' })
    const other = person(base)
    await other.signIn('eve', eve.password)
    const id = browsers[0]?.id ?? ''
    assert.equal((await call(other, 'DELETE', `${id}/`)).status, 404)
    assert.equal((await call(who, 'DELETE', 'nonsense/')).status, 404)
    assert.equal((await call(who, 'DELETE', `${id}/`)).status, 204)
    assert.equal((await call(who, 'DELETE', `${id}/`)).status, 404)
    await remember(doorward, here)
    assert.equal((await call(who, 'DELETE')).status, 204)
    assert.deepEqual(await doorward.instance.factors.trusted?.list(here.ada.id), [])
    assert.equal((await fetch(`${base}/api/account/browsers/`)).status, 401)
  })
})

describe('a fresh proof by password', () => {
  it('says no more of now than that: no second factor from before stays in acr (RFC 9470, section 5)', async () => {
    await using doorward = await createTestDoorward()
    const { ada, user, code } = await enrolled(doorward)
    const who = person(await doorward.listen())
    await who.submit(await who.signIn('ada', ada.password), 'factor', { code: await code() })
    assert.deepEqual((await doorward.instance.sessions.list(ada.id))[0]?.amr, ['pwd', 'otp', 'mfa'])
    await doorward.instance.factors.changes.removeApp(user, { actor: `user:${ada.id}` })
    await who.submit(await who.get('/accounts/confirm/password/'), 'factor', { password: ada.password })
    assert.deepEqual((await doorward.instance.sessions.list(ada.id))[0]?.amr, ['pwd'])
  })
})

type Here = Awaited<ReturnType<typeof enrolled>>

async function remembered(doorward: TestDoorward): Promise<{ readonly who: Person; readonly here: Here }> {
  const here = await enrolled(doorward)
  return { who: await remember(doorward, here), here }
}

/** Another browser of hers. */
async function remember(doorward: TestDoorward, { ada, code }: Here): Promise<Person> {
  const who = person(await doorward.listen())
  const page = await who.signIn('ada', ada.password)
  await who.submit(page, 'factor', { code: await code(), trust: 'on' })
  return who
}

async function again(who: Person, password: string) {
  who.cookies.delete('sessionid')
  return who.signIn('ada', password)
}

function cookiesOf(who: Person): string {
  return [...who.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}
