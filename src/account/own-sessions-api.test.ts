import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Person, person } from '../screens/person.contract.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'

const path = '/api/account/sessions/'

describe('the devices of a person, by JSON', () => {
  it('are listed for themselves alone, this one marked, and nothing in the list signs anybody in', async () => {
    await using at = await open()
    const { call, here, away, doorward, ada } = at
    const { status, json } = await call(here, 'GET')
    assert.equal(status, 200)
    const { sessions } = json as Listed
    assert.deepEqual(
      sessions.map(({ is_this: isThis }) => isThis),
      [false, true],
    )
    assert.deepEqual(
      (await listed(at, away)).map(({ is_this: isThis }) => isThis),
      [true, false],
    )
    assert.deepEqual(Object.keys(sessions[0] ?? {}).toSorted(), [
      'address',
      'amr',
      'created_at',
      'expires_at',
      'id',
      'is_this',
      'last_seen_at',
      'network_kind',
      'user_agent',
    ])
    assert.deepEqual(sessions[0]?.amr, ['pwd'])
    for (const cookie of here.cookies.values()) assert.ok(!JSON.stringify(json).includes(cookie))
    // A program that was let in by a token, a key or a password sees none of them.
    const base = await doorward.listen()
    assert.equal((await fetch(`${base}${path}`)).status, 401)
    for (const via of ['apiKey', 'token', 'jwt'] as const) {
      const answer = await fetch(`${base}${path}`, { headers: await doorward.as(ada, via) })
      assert.equal(answer.status, 403, via)
    }
  })

  it('are signed out one by one, and of somebody else one learns no more than of what is over', async () => {
    await using at = await open()
    const { call, here, away, eve } = at
    const [other] = (await listed(at, here)).filter(({ is_this: isThis }) => !isThis)
    const id = other?.id ?? ''
    const one = `${id}/`
    assert.equal((await call(eve, 'DELETE', one)).status, 404)
    assert.equal((await call(here, 'DELETE', one, { csrf: false })).status, 403)
    assert.equal((await call(here, 'DELETE', one)).status, 204)
    assert.equal((await call(away, 'GET')).status, 401)
    const unknown = [
      one,
      'nonsense/',
      '0/',
      `${'9'.repeat(400)}/`,
      '%00/',
      `${id}x/`,
      encodeURIComponent("' or 1=1 --"),
    ]
    for (const wrong of unknown) assert.equal((await call(here, 'DELETE', wrong)).status, 404, wrong)
    for (const method of ['POST', 'PUT', 'PATCH']) assert.equal((await call(here, method)).status, 405, method)
    // This one too: it is as signing out.
    const [own] = await listed(at, here)
    assert.equal((await call(here, 'DELETE', `${own?.id}/`)).status, 204)
    assert.equal((await call(here, 'GET')).status, 401)
  })

  it('are signed out all at once, but for this one and those of others', async () => {
    await using at = await open()
    const { call, here, away, eve, doorward } = at
    assert.equal((await call(here, 'DELETE')).status, 204)
    assert.equal((await call(away, 'GET')).status, 401)
    assert.equal((await call(here, 'GET')).status, 200)
    assert.equal((await call(eve, 'GET')).status, 200)
    assert.equal((await call(here, 'DELETE')).status, 204)
    const { entries } = await doorward.instance.lists.auditLog.list({ event: 'session.others_ended' })
    assert.deepEqual(
      entries.map(({ detail }) => detail['count']),
      [1],
    )
  })
})

interface Listed {
  readonly sessions: readonly { readonly id: string; readonly is_this: boolean; readonly amr: readonly string[] }[]
}

type Open = Awaited<ReturnType<typeof open>>

async function listed({ call }: Open, one: Person): Promise<Listed['sessions']> {
  return ((await call(one, 'GET')).json as Listed).sessions
}

/** Ada on two devices, and Eve. */
async function open() {
  const doorward = await createTestDoorward()
  const base = await doorward.listen()
  const [ada, eve] = [
    await doorward.users.create({ username: 'ada' }),
    await doorward.users.create({ username: 'eve' }),
  ]
  const signedIn = async ({ username, password }: typeof ada): Promise<Person> => {
    const who = person(base)
    await who.signIn(username, password)
    return who
  }
  const call = async (one: Person, method: string, where = '', { csrf = true } = {}) => {
    const cookie = [...one.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const proof = csrf ? { 'x-csrftoken': one.cookies.get('csrftoken') ?? '' } : {}
    const answer = await fetch(`${base}${path}${where}`, { method, headers: { cookie, ...proof } })
    const text = await answer.text()
    return { status: answer.status, json: text === '' ? null : (JSON.parse(text) as unknown) }
  }
  return {
    doorward,
    ada,
    here: await signedIn(ada),
    away: await signedIn(ada),
    eve: await signedIn(eve),
    call,
    [Symbol.asyncDispose]: async () => doorward[Symbol.asyncDispose](),
  }
}
