import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCsrf } from '../../http/csrf.ts'
import { openDesk } from './desk.contract.ts'
import type { Answered, Desk, Sending } from './desk.contract.ts'
import { createTokenCookies } from './token-cookies.ts'

const ann = { username: 'ann', password: 'correct horse' }
const origin = 'https://id.example'

describe('pairs in cookies', () => {
  it('are set HttpOnly, Secure and SameSite, the refresh token for its endpoints only, and not in the body [B-CKJ-01 B-CKJ-02]', async (test) => {
    const { answer, desk } = await open(test)
    const [access = '', refresh = '', csrf = ''] = answer.cookies
    assert.match(access, /^access_token=eyJ[\w.-]+; Path=\/; Max-Age=1800; Secure; HttpOnly; SameSite=Lax$/)
    assert.match(
      refresh,
      /^refresh_token=eyJ[\w.-]+; Path=\/api\/token\/; Max-Age=604800; Secure; HttpOnly; SameSite=Lax$/,
    )
    assert.match(csrf, /^csrftoken=[\w-]+; Path=\/; Secure; SameSite=Lax$/)
    assert.deepEqual(Object.keys(answer.json), ['csrfToken'])
    assert.ok(!answer.text.includes('eyJ'))
    assert.equal(await desk.whoIs(cookieHeaders(answer)), 'ann')
  })

  it('need the CSRF token for what changes something [B-CKJ-05]', async (test) => {
    const { answer, desk } = await open(test)
    const headers = cookieHeaders(answer)
    await assert.rejects(desk.whoIs({ ...headers, origin }, 'POST'), { code: 'csrf_failed' })
    assert.equal(await desk.whoIs({ ...headers, origin, ...csrfHeader(answer) }, 'POST'), 'ann')
  })

  it('are both replaced by a refresh, whose body may be empty, under the same CSRF token [B-CKJ-07 B-CKJ-08]', async (test) => {
    const { answer, desk } = await open(test)
    const next = await byCookie(desk, '/api/token/refresh/', answer)
    assert.equal(next.status, 200)
    assert.notEqual(cookieOf(next, 'refresh_token'), cookieOf(answer, 'refresh_token'))
    assert.notEqual(cookieOf(next, 'access_token'), cookieOf(answer, 'access_token'))
    assert.equal(next.json['csrfToken'], answer.json['csrfToken'])
    assert.equal(await desk.whoIs(cookieHeaders(next)), 'ann')
    assert.equal((await byCookie(desk, '/api/token/refresh/', next)).status, 200)
  })

  it('are not refreshed without the CSRF token, or from another site, and then nothing is spent', async (test) => {
    const { answer, desk } = await open(test)
    const headers = { ...cookieHeaders(answer), origin }
    const foreign = { ...headers, ...csrfHeader(answer), origin: 'https://evil.example' }
    for (const sent of [headers, foreign, { ...headers, 'x-csrftoken': 'x'.repeat(43) }]) {
      const refused = await desk.send('/api/token/refresh/', '', { headers: sent })
      assert.deepEqual([refused.status, refused.json['code']], [403, 'csrf_failed'])
    }
    assert.equal((await byCookie(desk, '/api/token/refresh/', answer)).status, 200)
  })

  it('may be refreshed by a token in the body all the same, and without both it is 401 [B-CKJ-07]', async (test) => {
    const { answer, desk } = await open(test)
    const refreshed = await desk.send('/api/token/refresh/', { refresh: cookieOf(answer, 'refresh_token') })
    assert.deepEqual([refreshed.status, Object.keys(refreshed.json)], [200, ['access', 'refresh']])
    for (const cookie of ['', 'refresh_token=', 'other=1', 'refresh_token=nonsense']) {
      const { status, json } = await desk.send('/api/token/refresh/', '', { headers: { cookie, origin } })
      assert.deepEqual([status, json['code']], [401, 'token_not_valid'])
    }
    assert.equal((await desk.send('/api/token/refresh/', { refresh: '' })).status, 400)
  })

  it('are refused where two refresh tokens come along', async (test) => {
    const { answer, desk } = await open(test)
    const { cookie } = cookieHeaders(answer)
    const headers = { cookie: `${cookie}; refresh_token=other`, origin, ...csrfHeader(answer) }
    const { status, json } = await desk.send('/api/token/refresh/', '', { headers })
    assert.deepEqual([status, json['code']], [400, 'invalid_request'])
  })

  it('are cleared with the attributes that they were set with, and revoked, by signing out [B-CKJ-03]', async (test) => {
    const { answer, desk } = await open(test)
    const out = await byCookie(desk, '/api/token/blacklist/', answer)
    assert.equal(out.status, 200)
    assert.deepEqual(out.cookies, [
      'access_token=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax',
      'refresh_token=; Path=/api/token/; Max-Age=0; Secure; HttpOnly; SameSite=Lax',
    ])
    assert.equal(await desk.whoIs(cookieHeaders(answer)), null)
    assert.equal((await byCookie(desk, '/api/token/refresh/', answer)).status, 401)
    assert.equal((await byCookie(desk, '/api/token/blacklist/', answer)).status, 200)
  })

  it('are cleared too where there is nothing left to revoke, but not by another site [B-CKJ-03]', async (test) => {
    const { answer, desk } = await open(test)
    for (const cookie of ['', 'refresh_token=nonsense']) {
      const out = await desk.send('/api/token/blacklist/', '', { headers: { cookie, origin } })
      assert.deepEqual([out.status, out.cookies.length], [200, 2])
    }
    const refused = await desk.send('/api/token/blacklist/', '', { headers: { ...cookieHeaders(answer), origin } })
    assert.deepEqual([refused.status, refused.cookies.length], [403, 0])
    assert.equal(await desk.whoIs(cookieHeaders(answer)), 'ann')
  })

  it('do not stand in the way of signing in, however stale they are [B-CKJ-06]', async (test) => {
    const { desk } = await open(test)
    const headers = { cookie: 'access_token=nonsense; refresh_token=a; refresh_token=b', origin }
    assert.equal((await desk.send('/api/token/', ann, { headers })).status, 200)
  })

  it('are set for sign-ins of this site only, so that nobody is signed in to the account of another', async (test) => {
    const { desk } = await open(test)
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = new URLSearchParams(ann).toString()
    const refusals: readonly [unknown, Sending['headers']][] = [
      [body, { ...form, origin: 'https://evil.example' }],
      [body, { ...form, 'sec-fetch-site': 'cross-site' }],
      [body, form],
      [ann, { origin: 'https://evil.example' }],
      [ann, { 'sec-fetch-site': 'same-site' }],
    ]
    for (const [sent, headers = {}] of refusals) {
      const { status, json, cookies } = await desk.send('/api/token/', sent, { headers })
      assert.deepEqual([status, json['code'], cookies], [403, 'csrf_failed', []])
    }
    assert.equal((await desk.send('/api/token/', body, { headers: { ...form, origin } })).status, 200)
    assert.equal((await desk.send('/api/token/', ann)).status, 200)
  })

  it('have names and attributes that a browser takes, or the program does not start [B-CKJ-01]', () => {
    const csrf = createCsrf({ key: Buffer.alloc(32, 1) })
    assert.throws(() => createTokenCookies({ csrf, access: 'a b' }), TypeError)
    assert.throws(() => createTokenCookies({ csrf, access: '__Host-a', domain: 'example.com' }), TypeError)
    assert.throws(() => createTokenCookies({ csrf, sameSite: 'None', secure: false }), TypeError)
    assert.throws(() => createTokenCookies({ csrf, access: 'a', refresh: 'a' }), TypeError)
    const cookies = createTokenCookies({
      csrf,
      access: 'at',
      refresh: 'rt',
      domain: 'example.com',
      sameSite: 'Strict',
      refreshPath: '/r/',
    })
    assert.deepEqual(
      cookies
        .clear()
        .headers.filter(([name]) => name === 'set-cookie')
        .map(([, value]) => value),
      [
        'at=; Path=/; Domain=example.com; Max-Age=0; Secure; HttpOnly; SameSite=Strict',
        'rt=; Path=/r/; Domain=example.com; Max-Age=0; Secure; HttpOnly; SameSite=Strict',
      ],
    )
  })
})

async function open(test: { readonly after: (action: () => Promise<void>) => void }): Promise<{
  readonly desk: Desk
  readonly answer: Answered
}> {
  const desk = await openDesk({ inCookies: true })
  test.after(desk.close)
  await desk.users.create(ann)
  const answer = await desk.send('/api/token/', ann, { headers: { origin } })
  assert.equal(answer.status, 200)
  return { desk, answer }
}

async function byCookie(desk: Desk, path: string, answer: Answered): Promise<Answered> {
  return desk.send(path, '', { headers: { ...cookieHeaders(answer), origin, ...csrfHeader(answer) } })
}

function cookieHeaders({ cookies }: Answered): { readonly cookie: string } {
  return { cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') }
}

function cookieOf({ cookies }: Answered, name: string): string {
  return cookies.find((cookie) => cookie.startsWith(`${name}=`))?.split(/[=;]/)[1] ?? ''
}

function csrfHeader({ json }: Answered): { readonly 'x-csrftoken': string } {
  return { 'x-csrftoken': String(json['csrfToken']) }
}
