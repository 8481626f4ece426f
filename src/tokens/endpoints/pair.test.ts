import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { peekJwt } from '../../crypto/jwt.ts'
import { Throttled } from '../../core/errors.ts'
import { openDesk } from './desk.contract.ts'
import type { Answered, Desk } from './desk.contract.ts'

const ann = { username: 'ann', password: ' correct horse  ' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

describe('the pair endpoints', () => {
  let desk: Desk
  before(async () => {
    desk = await openDesk({ sliding: true })
    await desk.users.create({ ...ann, email: 'ann@example.com' })
    await desk.users.create({ username: 'gone', password: 'correct horse', isActive: false })
  })
  after(async () => desk.close())

  const obtain = async (): Promise<{ readonly access: string; readonly refresh: string }> => {
    const { json } = await desk.send('/api/token/', ann)
    return { access: String(json['access']), refresh: String(json['refresh']) }
  }

  it('answer a right name and password with a pair, which no cache keeps [B-JRF-01 B-TOK-13]', async () => {
    const answer = await desk.send('/api/token/', ann)
    assert.equal(answer.status, 200)
    assert.deepEqual(Object.keys(answer.json), ['access', 'refresh'])
    assert.equal(headerOf(answer, 'cache-control'), 'no-store')
    assert.equal(headerOf(answer, 'pragma'), 'no-cache')
    assert.deepEqual(answer.cookies, [])
    assert.equal(await desk.whoIs({ authorization: `Bearer ${String(answer.json['access'])}` }), 'ann')
  })

  it('take an e-mail address as the mission notes have it, and forms', async () => {
    const { password } = ann
    assert.equal((await desk.send('/api/token/', { email: 'ann@example.com', password })).status, 200)
    assert.equal((await desk.send('/api/token/', { username: 'ann@example.com', password })).status, 200)
    const body = new URLSearchParams(ann).toString()
    assert.equal((await desk.send('/api/token/', body, { headers: form })).status, 200)
  })

  it('answer a wrong password, an unknown name and an inactive user alike: 401 with a challenge [B-JRF-02]', async () => {
    const wrong = await desk.send('/api/token/', { ...ann, password: 'correct horse' })
    assert.equal(wrong.status, 401)
    assert.equal(wrong.json['code'], 'no_active_account')
    assert.equal(headerOf(wrong, 'www-authenticate'), 'Bearer realm="api"')
    assert.equal(headerOf(wrong, 'cache-control'), 'no-store')
    for (const username of ['nobody', 'gone', 'ann\u0000', 'x'.repeat(5000)]) {
      const { text, status } = await desk.send('/api/token/', { username, password: 'correct horse' })
      if (username.includes('\0')) assert.equal(status, 400)
      else assert.deepEqual([status, text], [401, wrong.text])
    }
  })

  it('name each field that is missing, blank or no text [B-JRF-02]', async () => {
    const required = ['This field is required.']
    const bad: readonly [string, unknown, Readonly<Record<string, unknown>>][] = [
      ['/api/token/', {}, { username: required, password: required }],
      ['/api/token/', '', { username: required, password: required }],
      ['/api/token/', { username: 'ann' }, { password: required }],
      [
        '/api/token/',
        { username: '', password: ' ' },
        { username: ['This field may not be blank.'], password: ['This field may not be blank.'] },
      ],
      [
        '/api/token/',
        { username: null, password: 5 },
        { username: ['This field may not be null.'], password: ['Not a valid string.'] },
      ],
      [
        '/api/token/',
        { username: ['ann'], password: { a: 1 } },
        { username: ['Not a valid string.'], password: ['Not a valid string.'] },
      ],
      ['/api/token/', { email: 'a@example.com' }, { password: required }],
      ['/api/token/', { ...ann, email: 'ann@example.com' }, { email: ['Send username or email, not both.'] }],
      ['/api/token/', { __proto__: null, constructor: 'x' }, { username: required, password: required }],
      ['/api/token/refresh/', {}, { refresh: required }],
      ['/api/token/refresh/', { refresh: '' }, { refresh: ['This field may not be blank.'] }],
      ['/api/token/refresh/', { refresh: 7 }, { refresh: ['Not a valid string.'] }],
      ['/api/token/verify/', { refresh: 'x' }, { token: required }],
      ['/api/token/blacklist/', { token: 'x' }, { refresh: required }],
      ['/api/token/sliding/', { username: 'ann' }, { password: required }],
      ['/api/token/sliding/refresh/', {}, { token: required }],
    ]
    for (const [path, body, problems] of bad) {
      const { status, json } = await desk.send(path, body)
      const { code, detail, ...fields } = json
      assert.deepEqual([status, code, fields], [400, 'invalid', problems], path)
      assert.equal(typeof detail, 'string')
    }
  })

  it('refuse bodies that cannot be read, of every endpoint alike', async () => {
    const bad: readonly [unknown, Readonly<Record<string, string>>, number, string][] = [
      ['{"username":"ann","username":"bob","password":"x"}', {}, 400, 'invalid_request'],
      ['username=ann&username=bob&password=x', form, 400, 'invalid_request'],
      ['{"username":', {}, 400, 'parse_error'],
      ['[]', {}, 400, 'invalid_request'],
      ['['.repeat(10_000), {}, 400, 'parse_error'],
      ['username=%ff&password=x', form, 400, 'parse_error'],
      [Uint8Array.of(0x7b, 0xff, 0x7d), {}, 400, 'parse_error'],
      ['{}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
      ['<a/>', { 'content-type': 'application/xml' }, 415, 'unsupported_media_type'],
    ]
    for (const path of [
      '/api/token/',
      '/api/token/refresh/',
      '/api/token/verify/',
      '/api/token/blacklist/',
      '/api/token-auth/',
      '/api/token/sliding/',
      '/api/token/sliding/refresh/',
    ]) {
      for (const [body, headers, status, code] of bad) {
        const answer = await desk.send(path, body, { headers })
        assert.deepEqual([answer.status, answer.json['code']], [status, code], `${path} ${String(body).slice(0, 40)}`)
      }
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH']) {
        const answer = await desk.send(path, {}, { method })
        assert.deepEqual([answer.status, headerOf(answer, 'allow')], [405, 'POST, OPTIONS'])
      }
    }
  })

  it('do not look at credentials that come along', async () => {
    const headers = { authorization: 'Bearer nonsense', cookie: 'access_token=nonsense; refresh_token=nonsense' }
    assert.equal((await desk.send('/api/token/', ann, { headers })).status, 200)
  })

  it('trade a refresh token, and give a retry of the same client the same answer [B-JRF-08 B-JRF-19]', async () => {
    const first = await obtain()
    const next = await desk.send('/api/token/refresh/', { refresh: first.refresh })
    assert.equal(next.status, 200)
    assert.deepEqual(Object.keys(next.json), ['access', 'refresh'])
    const again = await desk.send('/api/token/refresh/', { refresh: first.refresh })
    assert.equal(again.text, next.text)
    assert.equal(await desk.whoIs({ authorization: `Bearer ${String(next.json['access'])}` }), 'ann')
  })

  it('tell clients apart by network and user agent: another one ends the family [RF02]', async () => {
    for (const sending of [{ address: '203.0.113.9' }, { headers: { 'user-agent': 'another' } }]) {
      const first = await obtain()
      const next = await desk.send('/api/token/refresh/', { refresh: first.refresh })
      const stolen = await desk.send('/api/token/refresh/', { refresh: first.refresh }, sending)
      assert.deepEqual([stolen.status, stolen.json['code']], [401, 'token_not_valid'])
      assert.notEqual(headerOf(stolen, 'www-authenticate'), null)
      const dead = await desk.send('/api/token/refresh/', { refresh: next.json['refresh'] })
      assert.equal(dead.status, 401)
      await assert.rejects(desk.whoIs({ authorization: `Bearer ${String(next.json['access'])}` }))
    }
  })

  it('take one subscriber of IPv6 for one client, whatever address it has at the moment', async () => {
    const first = await obtain()
    const next = await desk.send('/api/token/refresh/', { refresh: first.refresh }, { address: '2001:db8:1:2::a' })
    const again = await desk.send(
      '/api/token/refresh/',
      { refresh: first.refresh },
      { address: '2001:db8:1:2:ffff::b' },
    )
    assert.equal(again.text, next.text)
  })

  it('refuse what is no refresh token with 401 token_not_valid [B-JRF-06]', async () => {
    const { access } = await obtain()
    for (const refresh of [access, 'nonsense', 'a.b.c', 'x'.repeat(60_000)]) {
      const { status, json } = await desk.send('/api/token/refresh/', { refresh })
      assert.deepEqual([status, json['code']], [401, 'token_not_valid'])
    }
  })

  it('verify tokens of any type with an empty object [B-JRF-12]', async () => {
    const { access, refresh } = await obtain()
    for (const text of [access, refresh]) {
      const { status, json } = await desk.send('/api/token/verify/', { token: text })
      assert.deepEqual([status, json], [200, {}])
    }
    assert.equal((await desk.send('/api/token/verify/', { token: `${access}x` })).status, 401)
  })

  it('sign out: what was handed out is dead at once, and twice is harmless [B-JRF-13 B-JRF-25]', async () => {
    const { access, refresh } = await obtain()
    assert.equal(await desk.whoIs({ authorization: `Bearer ${access}` }), 'ann')
    for (let turn = 0; turn < 2; turn += 1) {
      const { status, json } = await desk.send('/api/token/blacklist/', { refresh })
      assert.deepEqual([status, json], [200, {}])
    }
    await assert.rejects(desk.whoIs({ authorization: `Bearer ${access}` }))
    assert.equal((await desk.send('/api/token/refresh/', { refresh })).status, 401)
    assert.equal((await desk.send('/api/token/verify/', { token: access })).status, 401)
    assert.equal((await desk.send('/api/token/blacklist/', { refresh: access })).status, 401)
  })

  it('slide, where that is switched on [B-JRF-16]', async () => {
    const { json } = await desk.send('/api/token/sliding/', ann)
    assert.deepEqual(Object.keys(json), ['token'])
    assert.equal(await desk.whoIs({ authorization: `Bearer ${String(json['token'])}` }), 'ann')
    desk.time.now += 1000
    const next = await desk.send('/api/token/sliding/refresh/', json)
    const [before, later] = [json, next.json].map(({ token }) => peekJwt(String(token))?.payload.exp ?? 0)
    assert.equal((later ?? 0) - (before ?? 0), 1)
    assert.equal((await desk.send('/api/token/sliding/', { ...ann, password: 'wrong' })).status, 401)
    assert.equal((await desk.send('/api/token/sliding/refresh/', { token: 'x' })).status, 401)
  })

  it('do not let those in who signed out everywhere while their password was looked at', async () => {
    const { id } = (await desk.users.findByLogin('ann')) ?? { id: '' }
    const signingIn = desk.send('/api/token/', ann)
    desk.time.now += 5
    await desk.users.signOutEverywhere(id)
    desk.time.now += 5
    const { status, json } = await signingIn
    assert.deepEqual([status, json['code']], [401, 'no_active_account'])
    assert.equal((await desk.send('/api/token/', ann)).status, 200)
  })

  it('write where a sign-in came from to the audit log', async () => {
    await obtain()
    const events = await desk.database.read
      .selectFrom('audit_events')
      .selectAll()
      .where('event', '=', 'family.created')
      .execute()
    assert.equal(events.at(-1)?.address, '198.51.100.7')
    assert.match(events.at(-1)?.actor ?? '', /^user:/)
  })
})

describe('the pair endpoints under attack', () => {
  it('pass on that too many passwords were wrong', async (test) => {
    const guard = {
      attempt: async () => {
        throw new Throttled(7.2, 'too_many_attempts')
      },
    }
    const desk = await openDesk({ guard })
    test.after(desk.close)
    for (const path of ['/api/token/', '/api/token-auth/']) {
      const answer = await desk.send(path, ann)
      assert.deepEqual(
        [answer.status, answer.json['code'], headerOf(answer, 'retry-after')],
        [429, 'too_many_attempts', '8'],
      )
    }
  })
})

function headerOf({ headers }: Answered, name: string): string | null {
  return headers.find(([one]) => one === name)?.[1] ?? null
}
