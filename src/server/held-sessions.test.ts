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
