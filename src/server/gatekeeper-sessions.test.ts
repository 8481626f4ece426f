import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { describe, it } from 'node:test'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'

const settings = {
  gatekeeperPeers: '127.0.0.1',
  gatekeeperRoutes: [
    { name: 'open', host: 'notes.example', path: '/open', policy: 'allowAny' },
    { name: 'notes', host: 'notes.example', path: '/*', policy: 'isAuthenticated' },
  ],
} as const

describe('which sessions the gatekeeper lets in', () => {
  it('is none that a code for emergencies began: whoever comes by one signs in first', async () => {
    await using doorward = await createTestDoorward({ settings })
    const { id: userId } = await doorward.users.create({ username: 'root', isStaff: true, isSuperuser: true })
    const emergency = await sessionOf(doorward, { userId, amr: ['break_glass'] })
    const ask = await asking(doorward)
    const page = await ask('/notes/1', { cookie: emergency, accept: 'text/html' })
    assert.deepEqual([page.status, page.location], [302, 'http://notes.example/accounts/login/?next=%2Fnotes%2F1'])
    assert.equal((await ask('/notes/1', { cookie: emergency })).status, 401)
    assert.deepEqual(await ask('/open', { cookie: emergency }), { status: 200, location: null, user: '' })
    const ordinary = await sessionOf(doorward, { userId, amr: ['pwd'] })
    assert.deepEqual(await ask('/notes/1', { cookie: ordinary }), { status: 200, location: null, user: 'root' })
  })

  it('is none of somebody who has to have a second factor by now and did not show one', async () => {
    await using doorward = await createTestDoorward({ settings: { ...settings, secondFactor: 'staff' } })
    const { id: userId } = await doorward.users.create({ username: 'ada' })
    const cookie = await sessionOf(doorward, { userId, amr: ['pwd'] })
    const ask = await asking(doorward)
    assert.equal((await ask('/notes/1', { cookie })).status, 200)
    await doorward.instance.users.update(userId, { isStaff: true })
    // A new sign-in asks for the factor, or adds one; a page that said that they are signed in would lead back here.
    const page = await ask('/notes/1', { cookie, accept: 'text/html' })
    assert.deepEqual(
      [page.status, page.location],
      [302, 'http://notes.example/accounts/login/?next=%2Fnotes%2F1&fresh=1'],
    )
    assert.equal((await ask('/notes/1', { cookie })).status, 401)
    const proved = await sessionOf(doorward, { userId, amr: ['pwd', 'otp', 'mfa'] })
    assert.equal((await ask('/notes/1', { cookie: proved })).status, 200)
  })
})

async function sessionOf(
  { instance: { sessions } }: TestDoorward,
  session: { readonly userId: string; readonly amr: readonly string[] },
): Promise<string> {
  return `${sessions.cookieName}=${(await sessions.create(session)).value}`
}

async function asking(doorward: TestDoorward) {
  const { hostname, port } = new URL(await doorward.listen())
  return async (path: string, headers: Readonly<Record<string, string>>) => {
    const asked = {
      'x-forwarded-method': 'GET',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'notes.example',
      'x-forwarded-uri': path,
    }
    const question = request({ hostname, port, path: '/verify/forward/', headers: { ...asked, ...headers } })
    question.end()
    const [answer] = (await once(question, 'response')) as [IncomingMessage]
    answer.resume()
    return {
      status: answer.statusCode,
      location: answer.headers.location ?? null,
      user: answer.headers['remote-user'] ?? null,
    }
  }
}
