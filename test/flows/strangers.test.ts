import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { jsonAnswer } from '../../src/http/exchange.ts'
import { createTestDoorward, type TestDoorward } from '../../src/testing/test-doorward.ts'

let door: TestDoorward
let url: string

before(async () => {
  door = await createTestDoorward()
  url = await door.listen({
    routes: (auth) => [
      {
        path: '/notes/',
        guard: async (request) => auth.require(request),
        methods: { GET: async () => jsonAnswer({ notes: '/notes/1/' }) },
      },
    ],
  })
})
after(async () => door.close())

describe('a stranger', () => {
  it('is refused before anything is read, whether it is there or not [B-PERM-10]', async () => {
    const ada = await door.users.create()
    await door.queries.reset()
    const places = ['users/', `users/${ada.id}/`, 'users/nobody/', 'keys/', 'audit/', 'clients/none/']
    for (const place of places) {
      const { status } = await fetch(`${url}/api/admin/${place}`)
      assert.deepEqual([place, status, door.queries.reads, door.queries.writes], [place, 401, 0, 0])
    }
    const changed = await fetch(`${url}/api/admin/users/${ada.id}/`, { method: 'DELETE' })
    assert.deepEqual([changed.status, door.queries.reads, door.queries.writes], [401, 0, 0])
  })

  it('leaves no session behind, whatever they look at [B-SESS-13]', async () => {
    for (const path of ['/accounts/login/', '/account/', '/admin/', '/api/whoami/', '/api/admin/users/', '/notes/']) {
      const { headers } = await fetch(`${url}${path}`, { redirect: 'manual', headers: { 'user-agent': 'Phone/1.0' } })
      assert.deepEqual(
        headers.getSetCookie().filter((cookie) => cookie.startsWith(door.instance.sessions.cookieName)),
        [],
        path,
      )
    }
    assert.deepEqual(await door.instance.database.read.selectFrom('sessions').select('id').execute(), [])
  })

  it('is whoever shows a session that is gone: 401, as without one [B-SESS-15]', async () => {
    const { sessions } = door.instance
    const { value, id } = await sessions.create({ userId: (await door.users.create()).id })
    const shown = async () => fetch(`${url}/notes/`, { headers: { cookie: `${sessions.cookieName}=${value}` } })
    assert.equal((await shown()).status, 200)
    await sessions.end(id)
    const [gone, without] = [await shown(), await fetch(`${url}/notes/`)]
    assert.deepEqual([gone.status, await gone.text()], [401, await without.text()])
  })

  it('is asked who they are by a route that names no rule, and anybody who is known comes in without a right [B-PERM-12]', async () => {
    assert.equal((await fetch(`${url}/notes/`)).status, 401)
    const headers = await door.as(await door.users.create(), 'token')
    assert.equal((await fetch(`${url}/notes/`, { headers })).status, 200)
  })
})

describe('somebody who may', () => {
  it('is answered 404 for what is not there [B-PERM-09]', async () => {
    const headers = await door.as(await door.users.create({ isStaff: true, isSuperuser: true }), 'token')
    for (const place of ['users/nobody/', 'keys/nothing/', 'clients/none/']) {
      assert.equal((await fetch(`${url}/api/admin/${place}`, { headers })).status, 404, place)
    }
  })
})
