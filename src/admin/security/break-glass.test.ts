import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TestDoorward } from '../../testing/test-doorward.ts'
import { person, type Seen } from '../../screens/person.contract.ts'
import { adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'

describe('codes for emergencies in the console (A34)', () => {
  it('are made by superusers for themselves, shown once, and ended', async () => {
    await using at = await openConsole()
    assert.equal((await at.staff.get(place)).status, 403)
    const page = await at.root.get(place)
    assert.match(page.text, /You have no codes/)
    const made = await at.root.submit(page, 'make')
    const codes = codesIn(made)
    assert.equal(codes.length, 5)
    assert.match(made.text, /\/accounts\/break-glass\//)
    assert.equal((await at.root.submit(page, 'make')).status, 409)
    const after = await at.root.get(place)
    for (const code of codes) assert.ok(!after.text.includes(code))
    assert.match((await at.root.submit(after, 'remove')).text, /do not work any more/)
    assert.match((await signIn(at.base, 'root', codes[0])).text, /no code of this account/)
  })

  it('sign in for half an hour without the factor that is due, and every page says so, and they cannot say that it is known of', async () => {
    await using at = await openConsole({ settings: { secondFactor: 'staff' } })
    const [code = '', unused = ''] = await makeFor(at.doorward, at.rootUser.id)
    const who = person(at.base)
    const seen = await signIn(at.base, 'root', code, who)
    assert.equal(seen.status, 200)
    assert.match(seen.path, /^\/admin\//)
    assert.match(seen.text, /You are signed in by a code for emergencies, until/)
    assert.match(seen.text, /A code for emergencies was used/)
    const [session] = await at.doorward.instance.sessions.list(at.rootUser.id)
    assert.deepEqual(session?.amr, ['break_glass'])
    assert.equal((session?.expiresAt ?? 0) - (session?.createdAt ?? 0), 1_800_000)
    assert.match((await who.get('/account/devices/')).text, /until/)
    assert.doesNotMatch((await who.get('/account/devices/')).text, /code for emergencies was used/)
    assert.doesNotMatch(seen.text, /I know of it/)
    const forged = await who.submit(await who.get(place), 'remove', { action: 'seen' })
    assert.deepEqual([forged.status, /signed in by a code for emergencies, which is/.test(forged.text)], [403, true])
    await at.doorward.clock.advance('30m')
    assert.match((await who.get('/admin/')).path, /^\/accounts\/login\//)
    assert.match((await signIn(at.base, 'root', code)).text, /no code of this account/)
    await at.doorward.users.create({ username: 'second', isSuperuser: true })
    await at.doorward.instance.users.disable(at.rootUser.id)
    assert.match((await signIn(at.base, 'root', unused)).text, /no code of this account/)
  })

  it('sign in for no longer by a change of the password in between, by page and by JSON', async () => {
    await using at = await openConsole({ settings: { secondFactor: 'staff' } })
    const { sessions } = at.doorward.instance
    const codes = await makeFor(at.doorward, at.rootUser.id)
    const [who, program] = [person(at.base), person(at.base)]
    await signIn(at.base, 'root', codes[0] ?? '', who)
    const [first] = await sessions.list(at.rootUser.id)
    await at.doorward.clock.advance('9m')
    const changed = await who.submit(await who.get('/account/password/'), 'change', {
      current_password: 'correct horse battery',
      new_password: 'a second sentence of words',
      end_sessions: 'on',
    })
    assert.match(changed.text, /Your password is changed/)
    const [second] = await sessions.list(at.rootUser.id)
    assert.notEqual(second?.id, first?.id)
    assert.ok((second?.expiresAt ?? Infinity) <= (first?.expiresAt ?? 0) + 1000)

    await signIn(at.base, 'root', codes[1] ?? '', program)
    const cookie = [...program.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(`${at.base}/accounts/password/change/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie, 'x-csrftoken': program.cookies.get('csrftoken') ?? '' },
      body: JSON.stringify({
        current_password: 'a second sentence of words',
        new_password: 'a third sentence of words',
      }),
    })
    assert.equal(answer.status, 200)
    const [third] = await sessions.list(at.rootUser.id)
    assert.ok((third?.expiresAt ?? Infinity) <= at.doorward.clock.now() + 1_801_000)
  })

  it('are slowed when guessed from one network, which shuts out nobody elsewhere; whoever came in another way says that a use is known of', async () => {
    await using at = await openConsole()
    const [code = ''] = await makeFor(at.doorward, at.rootUser.id)
    const answers: Seen[] = []
    for (let tries = 0; tries < 11; tries += 1) answers.push(await signIn(at.base, 'root', 'wrong'))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [...Array.from({ length: 10 }, () => 400), 429],
    )
    // The right code is refused like a wrong one, and is not used up by it.
    assert.equal((await signIn(at.base, 'root', code)).status, 429)
    await at.doorward.clock.advance('15m')
    assert.equal((await signIn(at.base, 'root', code)).status, 200)
    assert.equal((await signIn(at.base, '', '')).status, 400)
    const told = await at.root.get('/admin/')
    assert.match(told.text, /A code for emergencies was used/)
    const known = await at.root.submit(told, 'seen')
    assert.match(known.text, /It is recorded that you know of it/)
    assert.doesNotMatch(known.text, /code for emergencies was used/)
  })

  it('are tried all the same where nobody can count, and by JSON as well', async () => {
    await using at = await openConsole()
    const [code = '', other = ''] = await makeFor(at.doorward, at.rootUser.id)
    const send = async (body: unknown) =>
      fetch(`${at.base}/accounts/break-glass/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    assert.equal((await send({ username: 'root', code: 'wrong' })).status, 401)
    assert.equal((await send({ username: 'root' })).status, 400)
    assert.equal((await send({ username: 'root', code: 1 })).status, 400)
    const signedIn = await send({ username: 'root', code })
    assert.equal(signedIn.status, 200)
    const { counters } = at.doorward.instance
    const take = counters.take
    Object.assign(counters, { take: async () => Promise.reject(new Error('The counters are gone.')) })
    assert.equal((await send({ username: 'root', code: other })).status, 200)
    Object.assign(counters, { take })
  })
})

describe('/api/admin/break-glass/ [A34]', () => {
  it('makes, counts, shows uses of and ends codes, in person alone', async () => {
    await using stage = await adminStage()
    const { call, callWith, staff, superuser, doorward } = stage
    assert.equal((await call(staff, 'GET', 'break-glass/')).status, 403)
    const key = await doorward.as(superuser, 'apiKey', { scopes: ['admin'] })
    assert.equal((await callWith(key, 'POST', '/api/admin/break-glass/')).status, 403)
    const made = await call(superuser, 'POST', 'break-glass/')
    assert.equal(made.status, 201)
    const [code = ''] = made.json['codes'] as readonly string[]
    assert.equal((await doorward.instance.sessions.list(superuser.id)).length, 1)
    await signIn(stage.base, 'root', code)
    const { json } = await call(superuser, 'GET', 'break-glass/')
    assert.equal(json['left'], 4)
    assert.deepEqual(
      (json['unseen'] as readonly Record<string, unknown>[]).map(({ user, username }) => [user, username]),
      [[superuser.id, 'root']],
    )
    assert.deepEqual((await call(superuser, 'POST', 'break-glass/seen/')).json, { seen: 1 })
    assert.equal((await call(superuser, 'DELETE', 'break-glass/')).status, 204)
    assert.equal((await call(superuser, 'GET', 'break-glass/')).json['left'], 0)
  })
})

const place = '/admin/administrators/break-glass/'

function codesIn({ text }: Seen): readonly string[] {
  return [...text.matchAll(/<li><code>([^<]+)</g)].map(([, code]) => code ?? '')
}

async function makeFor({ instance }: TestDoorward, userId: string): Promise<readonly string[]> {
  const { breakGlassOf } = await import('../../server/break-glass.ts')
  return breakGlassOf(instance).make(userId, {})
}

async function signIn(base: string, username: string, code: string | undefined, who = person(base)): Promise<Seen> {
  const page = await who.get('/accounts/break-glass/')
  return who.submit(page, 'break-glass', { username, code: code ?? '' })
}
