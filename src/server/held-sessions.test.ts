import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { enrolled } from '../factors/enrolled.contract.ts'
import { type Person, person } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'

const settings = { secondFactor: 'staff' } as const

describe('a second factor that has become needed', () => {
  it('holds a session up at its next page: whoever has a factor shows it, and comes back', async () => {
    await using doorward = await createTestDoorward({ settings })
    const { ada, code } = await enrolled(doorward)
    const who = await signedIn(doorward, ada.id)
    assert.equal((await who.get('/account/devices/')).path, '/account/devices/')
    await doorward.instance.users.update(ada.id, { isStaff: true })
    const asked = await who.get('/admin/users/?search=a')
    assert.match(asked.path, /^\/accounts\/confirm\/totp\/\?.*second=1/)
    assert.doesNotMatch((await who.get(asked.path.replace('/totp/', '/other/'))).text, /way-password/)
    assert.equal((await who.submit(asked, 'factor', { code: await code() })).path, '/admin/users/?search=a')
    assert.equal((await who.get('/account/devices/')).path, '/account/devices/')
  })

  it('has whoever has none sign in once more, and add one on the way', async () => {
    await using doorward = await createTestDoorward({ settings })
    const ada = await doorward.users.create({ username: 'ada' })
    const who = person(await doorward.listen())
    await who.signIn('ada', ada.password)
    await doorward.instance.users.update(ada.id, { isStaff: true })
    const held = await who.get('/admin/')
    assert.deepEqual([held.status, held.path], [403, '/admin/'])
    assert.match(held.text, /A second factor is needed/)
    const [, href = ''] = /href="([^"]+)" id="add-second-factor"/.exec(held.text) ?? []
    const page = await who.get(href.replaceAll('&amp;', '&'))
    const next = await who.submit(page, 'sign-in', { username: 'ada', password: ada.password })
    assert.equal(next.path, '/accounts/add-second-factor/')
    // A form that is sent is no way around it.
    const token = who.cookies.get('csrftoken') ?? ''
    const sent = await who.post('/account/devices/', { csrfmiddlewaretoken: token, action: 'end', session: 'x' })
    assert.equal(sent.status, 403)
  })

  it('is told to scripts, and asked of nobody else', async () => {
    await using doorward = await createTestDoorward({ settings })
    const { ada, code } = await enrolled(doorward)
    const base = await doorward.listen()
    const who = await signedIn(doorward, ada.id)
    const call = async (path: string, sent?: object) => {
      const headers = {
        cookie: cookiesOf(who),
        'x-csrftoken': who.cookies.get('csrftoken') ?? '',
        'content-type': 'application/json',
      }
      const body = sent === undefined ? {} : { method: 'POST', body: JSON.stringify(sent) }
      const answer = await fetch(base + path, { headers, ...body })
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, answer }
    }
    assert.equal((await call('/api/account/browsers/')).status, 200)
    await doorward.instance.users.update(ada.id, { isStaff: true })
    for (const path of ['/api/account/browsers/', '/api/admin/users/']) {
      const { status, body } = await call(path)
      assert.deepEqual(
        [status, body['code'], body['next'], body['ways']],
        [401, 'sign_in_incomplete', 'second_factor', ['totp']],
        path,
      )
    }
    const proved = await call('/accounts/confirm/?second=1', { code: await code() })
    assert.equal(proved.status, 200)
    for (const set of proved.answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      who.cookies.set(name, value)
    }
    assert.equal((await call('/api/admin/users/')).status, 200)
    const bob = await doorward.users.create({ username: 'bob' })
    const other = await signedIn(doorward, bob.id)
    assert.equal((await other.get('/account/devices/')).path, '/account/devices/')
  })

  it('lets a browser that is remembered go on, and an emergency in', async () => {
    await using doorward = await createTestDoorward({ settings })
    const { ada, code } = await enrolled(doorward, { isStaff: true })
    const who = person(await doorward.listen())
    await who.submit(await who.signIn('ada', ada.password), 'factor', { code: await code(), trust: 'on' })
    who.cookies.delete('sessionid')
    await who.signIn('ada', ada.password)
    assert.equal((await who.get('/admin/users/')).path, '/admin/users/')
    who.cookies.delete('trusted')
    assert.match((await who.get('/admin/users/')).path, /^\/accounts\/confirm\//)
    const emergency = await signedIn(doorward, ada.id, ['break_glass'])
    assert.equal((await emergency.get('/admin/users/')).path, '/admin/users/')
  })
})

describe('an application that asks for somebody whose session is held up (OpenID Connect Core 1.0, section 3.1.2.6)', () => {
  const callback = 'https://app.example/cb'

  async function asked(doorward: TestDoorward, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const { client } = await doorward.instance.oauth.clients.create(
      { name: 'Shop', authMethod: 'none', redirectUris: [callback], scopes: ['openid'] },
      { by: { actor: 'system' } },
    )
    const query = new URLSearchParams({
      client_id: client.id,
      response_type: 'code',
      redirect_uri: callback,
      scope: 'openid',
      state: 's',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      ...more,
    })
    return `/o/authorize/?${query}`
  }

  async function silent(doorward: TestDoorward, who: Person): Promise<URL> {
    const place = (await doorward.listen()) + (await asked(doorward, { prompt: 'none' }))
    const answer = await fetch(place, { headers: { cookie: cookiesOf(who) }, redirect: 'manual' })
    return new URL(answer.headers.get('location') ?? '', place)
  }

  it('is told nothing before they show the factor that has become needed', async () => {
    await using doorward = await createTestDoorward({ settings })
    const { ada, code } = await enrolled(doorward)
    const who = await signedIn(doorward, ada.id)
    assert.match((await who.get(await asked(doorward))).text, /Allow Shop\?/)
    await doorward.instance.users.update(ada.id, { isStaff: true })
    assert.equal((await silent(doorward, who)).searchParams.get('error'), 'interaction_required')
    const page = await who.get(await asked(doorward))
    assert.match(page.path, /^\/accounts\/confirm\/totp\/\?.*second=1/)
    assert.match((await who.submit(page, 'factor', { code: await code() })).text, /Allow Shop\?/)
    assert.equal((await silent(doorward, who)).searchParams.get('error'), 'consent_required')
  })

  it('waits until they have added one, where they have none', async () => {
    await using doorward = await createTestDoorward({ settings })
    const ada = await doorward.users.create({ username: 'ada', isStaff: true })
    const who = await signedIn(doorward, ada.id)
    const page = await who.get(await asked(doorward))
    assert.match(page.path, /^\/accounts\/login\/\?.*fresh=1/)
    const next = await who.submit(page, 'sign-in', { username: 'ada', password: ada.password })
    assert.equal(next.path, '/accounts/add-second-factor/')
    assert.equal((await silent(doorward, who)).searchParams.get('error'), 'interaction_required')
  })

  it('waits until they have accepted new terms, and a decision from before is not taken', async () => {
    await using doorward = await createTestDoorward({ settings: { termsVersion: '2026-12', signUpTerms: 'Be kind.' } })
    const ada = await doorward.users.create({ username: 'ada' })
    const who = await signedIn(doorward, ada.id)
    const page = await who.get(await asked(doorward))
    assert.match(page.path, /^\/accounts\/terms\/\?next=%2Fo%2Fauthorize%2F/)
    const consent = await who.submit(page, 'accept-terms', { terms: 'on' })
    assert.match(consent.text, /Allow Shop\?/)
    await doorward.instance.database.write(async (unit) => unit.deleteFrom('accepted_terms').execute())
    assert.match((await who.submit(consent, 'consent', { decision: 'allow' })).path, /^\/accounts\/terms\//)
  })

  it('gets no device let in by them either', async () => {
    await using doorward = await createTestDoorward({ settings })
    const { ada, code } = await enrolled(doorward)
    const who = await signedIn(doorward, ada.id)
    const before = await who.get('/o/device/')
    assert.equal(before.path, '/o/device/')
    await doorward.instance.users.update(ada.id, { isStaff: true })
    const page = await who.get('/o/device/?user_code=BCDF-GHJK')
    assert.match(page.path, /^\/accounts\/confirm\/totp\/\?/)
    const token = who.cookies.get('csrftoken') ?? ''
    const sent = await who.post('/o/device/', { csrfmiddlewaretoken: token, user_code: 'BCDF-GHJK' })
    assert.match(sent.path, /^\/accounts\/confirm\//)
    assert.match((await who.submit(page, 'factor', { code: await code() })).text, /BCDF-GHJK/)
  })
})

describe('terms that are newer than a session', () => {
  const ofTerms = { termsVersion: '2026-12', signUpTerms: 'Be kind.' } as const

  it('hold it up at its next page, with nothing of a form done, until they are accepted, once', async () => {
    await using doorward = await createTestDoorward({ settings: ofTerms })
    const ada = await doorward.users.create({ username: 'ada' })
    const who = await signedIn(doorward, ada.id)
    const elsewhere = await signedIn(doorward, ada.id)
    const token = who.cookies.get('csrftoken') ?? ''
    const page = await who.get('/account/devices/?a=1')
    assert.equal(page.path, '/accounts/terms/?next=%2Faccount%2Fdevices%2F%3Fa%3D1')
    assert.match(page.text, /Be kind\./)
    assert.match(page.text, /id="sign-out"/)
    const [other] = (await doorward.instance.sessions.list(ada.id)).slice(-1)
    const form = { csrfmiddlewaretoken: token, action: 'end', session: other?.id ?? '' }
    assert.match((await who.post('/account/devices/', form)).path, /^\/accounts\/terms\//)
    assert.equal((await doorward.instance.sessions.list(ada.id)).length, 2)
    assert.equal((await who.submit(page, 'accept-terms')).status, 400)
    assert.equal((await who.submit(page, 'accept-terms', { terms: 'on', version: '2020' })).status, 400)
    assert.match((await who.get('/portal/')).path, /^\/accounts\/terms\//)
    assert.equal((await who.submit(page, 'accept-terms', { terms: 'on' })).path, '/account/devices/?a=1')
    // The same page once more is of before, and says so; asked for anew, it leads on.
    assert.equal((await who.submit(page, 'accept-terms', { terms: 'on' })).status, 403)
    assert.equal((await who.get('/accounts/terms/?next=/portal/')).path, '/portal/')
    assert.equal((await who.get('/accounts/terms/?next=https://evil.example/')).path.startsWith('/'), true)
    assert.equal((await elsewhere.get('/account/')).path, '/account/')
    const { entries } = await doorward.instance.lists.auditLog.list({ event: 'terms.accepted' })
    assert.equal(entries.length, 1)
  })

  it('are told to scripts, hold up nobody who is not signed in, and nobody in an emergency', async () => {
    await using doorward = await createTestDoorward({ settings: ofTerms })
    const ada = await doorward.users.create({ username: 'ada' })
    const base = await doorward.listen()
    const who = await signedIn(doorward, ada.id)
    const call = async (path: string, sent?: unknown, one = who) => {
      const headers = { cookie: cookiesOf(one), 'content-type': 'application/json', origin: base }
      const body = sent === undefined ? {} : { method: 'POST', body: JSON.stringify(sent) }
      const answer = await fetch(base + path, { headers, ...body })
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
    }
    const held = await call('/api/account/sessions/')
    const { code, next, version, url } = held.body
    assert.deepEqual([held.status, code, next, version, url], [401, 'sign_in_incomplete', 'terms', '2026-12', null])
    for (const wrong of [{}, { version: 1 }, { version: '2020' }, { version: null }, []]) {
      assert.equal((await call('/accounts/terms/', wrong)).status, 400, JSON.stringify(wrong))
    }
    assert.equal((await call('/accounts/terms/', { version }, person(base))).status, 401)
    const done = await call('/accounts/terms/', { version })
    assert.deepEqual([done.status, Object.keys(done.body)], [200, ['csrfToken']])
    assert.equal((await call('/api/account/sessions/')).status, 200)
    const bob = await doorward.users.create({ username: 'bob' })
    assert.equal((await (await signedIn(doorward, bob.id, ['break_glass'])).get('/account/')).path, '/account/')
    // A form that was left open, of somebody who has signed out since.
    const left = await signedIn(doorward, bob.id)
    const page = await left.get('/account/')
    left.cookies.delete('sessionid')
    assert.match((await left.submit(page, 'accept-terms', { terms: 'on' })).path, /^\/accounts\/login\//)
    assert.deepEqual(await doorward.instance.byMail.terms.list(bob.id), [])
  })

  it('come after a second factor that has become needed', async () => {
    await using doorward = await createTestDoorward({ settings: { ...settings, ...ofTerms } })
    const { ada, code } = await enrolled(doorward, { isStaff: true })
    const who = await signedIn(doorward, ada.id)
    const asked = await who.get('/account/')
    assert.match(asked.path, /^\/accounts\/confirm\/totp\//)
    const page = await who.submit(asked, 'factor', { code: await code() })
    assert.match(page.path, /^\/accounts\/terms\//)
    assert.equal((await who.submit(page, 'accept-terms', { terms: 'on' })).path, '/account/')
  })
})

async function signedIn(doorward: TestDoorward, userId: string, amr: readonly string[] = ['pwd']): Promise<Person> {
  const who = person(await doorward.listen())
  const { value, csrfToken } = await doorward.instance.sessions.create({ userId, amr })
  who.cookies.set('sessionid', value)
  who.cookies.set('csrftoken', csrfToken)
  return who
}

function cookiesOf(who: Person): string {
  return [...who.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}
