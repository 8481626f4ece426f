import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { AuthenticationFailed, PermissionDenied, RequestRefused, Throttled, Unavailable } from '../core/errors.ts'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { createCsrf } from '../http/csrf.ts'
import type { Answer } from '../http/exchange.ts'
import { createGuessingGuard } from '../throttling/guessing.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import {
  exchange,
  type FakeBrowser,
  fakeBrowser,
  headerOf,
  hiddenIn,
  host,
  type Sending,
  setCookies,
} from './browser.contract.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { refusal } from './refusal.contract.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { createSignIn, type SignIn } from './sign-in.ts'
import { createSignOut, type SignOut } from './sign-out.ts'
import { createUsers, type Users } from './users.ts'

const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })
const csrf = createCsrf({ key: randomBytes(32) })
const right = 'kfwzqpxmvj'
const session = '__Host-sessionid'

onEachDatabase('signing in and out', (stage) => {
  const opened: { readonly close: () => Promise<void> }[] = []
  after(async () => {
    await Promise.all(opened.map(async (store) => store.close()))
  })

  async function open(): Promise<Opened> {
    const here = await stage()
    const { database, clock } = here
    const sessions = createSessions({ database, format: createTokenFormat(), csrf, clock })
    const passwords = createPasswords({ database, clock, hasher, guard: createGuessingGuard({ clock }) })
    opened.push(sessions, passwords)
    const users = createUsers({ database, clock, hasher })
    const { id } = await users.create({ username: 'ada', email: 'ada@example.org', password: right, isStaff: true })
    const login = createSignIn({ passwords, sessions, csrf, clock, home: '/home/' })
    return { ...here, users, sessions, passwords, login, logout: createSignOut({ sessions, csrf, clock }), ada: id }
  }

  describe('GET /accounts/login/', () => {
    it('shows the form, with the token of its cookie, and no session [B-SESS-07 HT01]', async () => {
      const { login } = await open()
      const browser = fakeBrowser()
      const page = await browser.get(login.GET, '/accounts/login/?next=/admin/')
      assert.equal(page.status, 200)
      assert.equal(headerOf(page, 'content-type'), 'text/html; charset=utf-8')
      assert.match(headerOf(page, 'content-security-policy') ?? '', /default-src 'none'/)
      assert.equal(headerOf(page, 'cache-control'), 'no-store')
      assert.equal(hiddenIn(page, 'csrfmiddlewaretoken'), browser.cookies.get('csrftoken'))
      assert.equal(hiddenIn(page, 'next'), '/admin/')
      assert.deepEqual([...browser.cookies.keys()], ['csrftoken'])
      assert.match(setCookies(page)[0] ?? '', /; Secure; SameSite=Lax$/)
    })

    it('keeps a token that the browser has, so that forms in two tabs are both good, and replaces one that is not ours', async () => {
      const { login } = await open()
      const browser = fakeBrowser()
      const first = await browser.get(login.GET)
      const second = await browser.get(login.GET)
      assert.equal(hiddenIn(first, 'csrfmiddlewaretoken'), hiddenIn(second, 'csrfmiddlewaretoken'))
      browser.cookies.set('csrftoken', 'planted.AAAA')
      assert.notEqual(hiddenIn(await browser.get(login.GET), 'csrfmiddlewaretoken'), 'planted.AAAA')
    })

    it('tells somebody who is signed in that they are, and sends nobody round in a circle', async () => {
      const { login } = await open()
      const browser = fakeBrowser()
      await signIn(browser, login)
      const page = await browser.get(login.GET, '/accounts/login/?next=/admin/')
      assert.equal(page.status, 200)
      assert.match(page.body, /You are signed in as <strong>ada<\/strong>/)
      assert.match(page.body, /<a class="button" href="\/admin\/" id="continue">/)
    })

    it('leads to no other site, whatever next says [B-SESS-16]', async () => {
      const { login } = await open()
      for (const next of [
        'https://evil.example/',
        '//evil.example',
        '/\\evil.example',
        'javascript:alert(1)',
        '/%2f/evil.example',
        ' /x',
        '/a&next=/b',
      ]) {
        const page = await fakeBrowser().get(
          login.GET,
          `/accounts/login/?next=${encodeURIComponent(next).replaceAll('%26', '&').replaceAll('%3D', '=')}`,
        )
        assert.doesNotMatch(page.body, /evil|javascript:/)
        assert.equal(hiddenIn(page, 'next'), '')
      }
    })
  })

  describe('POST /accounts/login/, a form', () => {
    it('signs in by username or e-mail address: 303 to next, and both cookies [SE01 B-SESS-19]', async () => {
      const { login, sessions, ada } = await open()
      for (const username of ['ada', 'ADA@example.org']) {
        const browser = fakeBrowser()
        const answer = await signIn(browser, login, { username, next: '/admin/?q=1#x' })
        assert.equal(answer.status, 303)
        assert.equal(headerOf(answer, 'location'), '/admin/?q=1#x')
        assert.equal(headerOf(answer, 'cache-control'), 'no-store')
        const [given = '', token = ''] = setCookies(answer)
        assert.match(
          given,
          /^__Host-sessionid=dw_ses_[0-9A-Za-z_]+; Path=\/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax$/,
        )
        assert.match(token, /^csrftoken=[\w-]+; Path=\/; Secure; SameSite=Lax$/)
        const found = await sessions.find(browser.cookies.get(session) ?? '')
        assert.equal(found?.principal.id, ada)
        assert.equal(browser.cookies.get('csrftoken'), csrf.tokenFor(found.auth.id))
      }
    })

    it('goes home where there is no next, or one that leads elsewhere [B-SESS-16]', async () => {
      const { login } = await open()
      for (const next of [
        '',
        'https://evil.example/',
        '//evil.example',
        '/\\evil.example',
        'javascript:alert(1)',
        'x'.repeat(10_000),
      ]) {
        assert.equal(headerOf(await signIn(fakeBrowser(), login, { next }), 'location'), '/home/')
      }
    })

    it('needs the token of its page, which has to be ours and in the cookie too [B-SESS-07 SE10]', async () => {
      const { login } = await open()
      const fields = { username: 'ada', password: right }
      const tokens: readonly (readonly [field: string | null, cookie: string | null])[] = [
        [null, null],
        [csrf.anonymousToken(), null],
        [null, csrf.anonymousToken()],
        [csrf.anonymousToken(), csrf.anonymousToken()],
        ['x', 'x'],
        [csrf.tokenFor('x'), csrf.tokenFor('x')],
      ]
      for (const [field, cookie] of tokens) {
        const browser = fakeBrowser()
        if (cookie !== null) browser.cookies.set('csrftoken', cookie)
        const answer = await browser.post(
          login.POST,
          field === null ? fields : { ...fields, csrfmiddlewaretoken: field },
        )
        assert.equal(answer.status, 403)
        assert.match(answer.body, /csrf_failed/)
        assert.match(answer.body, /the-request-id/)
        assert.equal(browser.cookies.get(session), undefined)
      }
    })

    it('refuses a form of another site, and one whose browser hides where it comes from [SE11 B-SESS-17]', async () => {
      const { login } = await open()
      for (const headers of [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { origin: `http://${host}` },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ]) {
        const browser = fakeBrowser()
        const answer = await signIn(browser, login, {}, { headers })
        assert.equal(answer.status, 403)
        assert.equal(browser.cookies.get(session), undefined)
      }
    })

    it('shows the form again with 400 for a wrong password, an unknown and a disabled user, alike to the byte [PW07 B-ACC-05 B-BASIC-08]', async () => {
      const { login, users } = await open()
      await users.create({ username: 'off', password: right, isActive: false })
      const answers = []
      for (const [username, password] of [
        ['ada', 'wrong'],
        ['bob', right],
        ['off', right],
      ] as const) {
        const browser = fakeBrowser()
        const answer = await signIn(browser, login, { username, password })
        assert.equal(browser.cookies.get(session), undefined)
        const token = browser.cookies.get('csrftoken') ?? ''
        const blank = (text: string) => text.replaceAll(token, 'token').replace(`value="${username}"`, 'value=""')
        answers.push([answer.status, blank(answer.body), JSON.stringify(answer.headers).replace(token, 'token')])
        assert.match(answer.body, new RegExp(`value="${username}"`))
      }
      assert.equal(answers[0]?.[0], 400)
      for (const answer of answers) assert.deepEqual(answer, answers[0])
    })

    it('never gives back what was typed as password, and no markup that was typed as name', async () => {
      const { login } = await open()
      const answer = await signIn(fakeBrowser(), login, {
        username: '"><script>alert(1)</script>',
        password: 'geheimnis',
      })
      assert.equal(answer.status, 400)
      assert.ok(!answer.body.includes('geheimnis'))
      assert.ok(!answer.body.includes('<script>alert'))
    })

    it('says what is missing', async () => {
      const { login } = await open()
      const missing = [
        [{ username: '' }, /Enter your username/],
        [{ password: '' }, /Enter your password/],
        [{ username: ' ', password: '' }, /Enter your username[^]*Enter your password/],
      ] as const
      for (const [fields, text] of missing) {
        const answer = await signIn(fakeBrowser(), login, fields)
        assert.equal(answer.status, 400)
        assert.match(answer.body, text)
      }
    })

    it('answers 429 with a page and Retry-After once too many were wrong, the right one too [B-BASIC-11]', async () => {
      const { login } = await open()
      const browser = fakeBrowser()
      for (let n = 0; n < 10; n += 1)
        assert.equal((await signIn(browser, login, { password: `wrong ${n}` })).status, 400)
      const answer = await signIn(browser, login)
      assert.equal(answer.status, 429)
      assert.equal(headerOf(answer, 'retry-after'), '90')
      assert.match(answer.body, /Wait\s+<strong>90 seconds<\/strong>/)
      assert.equal(browser.cookies.get(session), undefined)
    })

    it('refuses what is no form of ours, without 5xx: other types, doubled fields, broken and huge ones [SE12 PW01]', async () => {
      const { login } = await open()
      const token = csrf.anonymousToken()
      const good = new URLSearchParams({ csrfmiddlewaretoken: token, username: 'ada', password: right }).toString()
      const bad: readonly (readonly [status: number, body: string | Uint8Array, type: string])[] = [
        [415, good, 'text/plain'],
        [415, JSON.stringify({ username: 'ada', password: right }), 'text/plain'],
        [415, good, ''],
        [400, `${good}&password=x`, 'application/x-www-form-urlencoded'],
        [400, `${good}&username=x`, 'application/x-www-form-urlencoded'],
        [400, 'username=%', 'application/x-www-form-urlencoded'],
        [400, Buffer.from([0x75, 0x3d, 0xff]), 'application/x-www-form-urlencoded'],
        [400, 'username=a%00', 'application/x-www-form-urlencoded'],
        [403, '', 'application/x-www-form-urlencoded'],
        [400, `${good.replace(right, '')}${'x'.repeat(5000)}`, 'application/x-www-form-urlencoded'],
      ]
      for (const [status, body, type] of bad) {
        const browser = fakeBrowser()
        browser.cookies.set('csrftoken', token)
        const answer = await browser.post(login.POST, {}, { body, headers: { 'content-type': type } })
        assert.equal(answer.status, status, `${type} ${String(body).slice(0, 40)}`)
        assert.equal(headerOf(answer, 'content-type'), 'text/html; charset=utf-8')
        assert.equal(browser.cookies.get(session), undefined)
      }
    })

    it('answers 503 with a page where the machine has too many passwords to check', async () => {
      const { sessions, clock } = await open()
      const verify = async () => Promise.reject(new Unavailable({ retryAfter: 2 }))
      const answer = await signIn(fakeBrowser(), createSignIn({ passwords: { verify }, sessions, csrf, clock }))
      assert.equal(answer.status, 503)
      assert.equal(headerOf(answer, 'retry-after'), '2')
      assert.match(answer.body, /Not available at the moment/)
    })

    it('gives a new session each time: one planted before is not taken over, and the browser’s own one before ends [SE03 B-SESS-09]', async () => {
      const { login, sessions, users } = await open()
      const eve = await users.create({ username: 'eve', password: right })
      const planted = await sessions.create({ userId: eve.id })
      const invented = createTokenFormat().make('ses', 1n).text
      for (const value of [planted.value, invented, 'x']) {
        const browser = fakeBrowser()
        const page = await browser.get(login.GET)
        browser.cookies.set(session, value)
        await sendForm(browser, login, page)
        assert.notEqual(browser.cookies.get(session), value)
        assert.equal((await sessions.find(browser.cookies.get(session) ?? ''))?.principal.name, 'ada')
        assert.equal(await sessions.find(value), null)
      }
      const browser = fakeBrowser()
      const page = await browser.get(login.GET)
      await sendForm(browser, login, page)
      const first = browser.cookies.get(session) ?? ''
      browser.cookies.set('csrftoken', hiddenIn(page, 'csrfmiddlewaretoken'))
      await sendForm(browser, login, page)
      assert.notEqual(browser.cookies.get(session), first)
      assert.equal(await sessions.find(first), null)
      assert.notEqual(await sessions.find(browser.cookies.get(session) ?? ''), null)
    })

    it('gives no session that outlives a change of the password which came in between [SE06]', async () => {
      const { sessions, passwords, ada, clock, time } = await open()
      const verify: Passwords['verify'] = async (...parameters) => {
        const user = await passwords.verify(...parameters)
        time.now += 1
        await passwords.set(ada, 'another one')
        return user
      }
      const browser = fakeBrowser()
      await signIn(browser, createSignIn({ passwords: { verify }, sessions, csrf, clock }))
      assert.equal(await sessions.find(browser.cookies.get(session) ?? ''), null)
    })

    it('remembers where from and with what, for the list of devices', async () => {
      const { login, sessions, ada } = await open()
      await signIn(fakeBrowser('192.0.2.1'), login, {}, { headers: { 'user-agent': 'Browser/1.0' } })
      const [device] = await sessions.list(ada)
      assert.equal(device?.address, '192.0.2.1')
      assert.equal(device.userAgent, 'Browser/1.0')
      assert.deepEqual(device.amr, ['pwd'])
    })
  })

  describe('POST /accounts/login/, JSON', () => {
    it('answers the user and the CSRF token, and sets both cookies', async () => {
      const { login, sessions, ada } = await open()
      for (const body of [
        { username: 'ada', password: right },
        { email: 'ada@example.org', password: right },
      ]) {
        const browser = fakeBrowser()
        const answer = await browser.send(login.POST, json(body))
        assert.equal(answer.status, 200)
        assert.equal(headerOf(answer, 'content-type'), 'application/json; charset=utf-8')
        assert.equal(headerOf(answer, 'cache-control'), 'no-store')
        const found = await sessions.find(browser.cookies.get(session) ?? '')
        assert.equal(found?.principal.id, ada)
        assert.deepEqual(JSON.parse(answer.body), {
          user: { id: ada, name: 'ada', email: 'ada@example.org', isStaff: true, isSuperuser: false },
          csrfToken: csrf.tokenFor(found.auth.id),
        })
        assert.equal(browser.cookies.get('csrftoken'), csrf.tokenFor(found.auth.id))
      }
    })

    it('refuses a wrong password, an unknown and a disabled user with the same 401 [PW07 B-BASIC-08 B-BASIC-09]', async () => {
      const { login, users } = await open()
      await users.create({ username: 'off', password: right, isActive: false })
      for (const [username, password] of [
        ['ada', 'wrong'],
        ['bob', right],
        ['off', right],
      ] as const) {
        const error = await refusal(login.POST(exchange(json({ username, password }))))
        assert.ok(error instanceof AuthenticationFailed)
        assert.equal(error.code, 'no_active_account')
        assert.equal(error.message, 'No active account was found with these credentials.')
      }
    })

    it('names what is missing or no text', async () => {
      const { login } = await open()
      const bad: readonly (readonly [body: unknown, fields: readonly string[]])[] = [
        [{}, ['username', 'password']],
        [{ username: 'ada' }, ['password']],
        [{ email: 'ada@example.org' }, ['password']],
        [{ password: right }, ['username']],
        [{ username: 7, password: right }, ['username']],
        [{ username: ['ada'], password: { $ne: '' } }, ['username', 'password']],
        [{ username: '', password: null }, ['username', 'password']],
      ]
      for (const [body, fields] of bad) {
        const error = await refusal(login.POST(exchange(json(body))))
        assert.equal(error.status, 400)
        assert.deepEqual(Object.keys(error.body ?? {}), fields)
      }
    })

    it('refuses bodies that are no JSON object, and passwords of a megabyte, with 400 [PW01]', async () => {
      const { login } = await open()
      for (const body of [
        '{',
        '[]',
        '"x"',
        '{"username":"ada","username":"bob","password":"x"}',
        '{"username":"a\\u0000","password":"x"}',
      ]) {
        assert.equal((await refusal(login.POST(exchange({ ...json({}), body })))).status, 400)
      }
      const huge = json({ username: 'ada', password: 'x'.repeat(2 ** 20) })
      assert.ok((await refusal(login.POST(exchange(huge)))) instanceof RequestRefused)
    })

    it('refuses what a page of another site sends, and needs no token: across sites JSON needs leave [SE12 SE11]', async () => {
      const { login } = await open()
      const body = { username: 'ada', password: right }
      for (const headers of [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
      ]) {
        const error = await refusal(login.POST(exchange(json(body, headers))))
        assert.ok(error instanceof PermissionDenied)
        assert.equal(error.code, 'csrf_failed')
      }
      const own = { origin: `https://${host}`, 'sec-fetch-site': 'same-origin' }
      assert.equal((await login.POST(exchange(json(body, own)))).status, 200)
    })

    it('throws 429 once too many were wrong', async () => {
      const { login } = await open()
      for (let n = 0; n < 10; n += 1)
        await refusal(login.POST(exchange(json({ username: 'ada', password: `wrong ${n}` }))))
      const error = await refusal(login.POST(exchange(json({ username: 'ada', password: right }))))
      assert.ok(error instanceof Throttled)
    })
  })

  describe('GET /accounts/logout/', () => {
    it('asks, and signs nobody out [B-SESS-14]', async () => {
      const { login, logout, sessions } = await open()
      const browser = fakeBrowser()
      await signIn(browser, login)
      const page = await browser.get(logout.GET, '/accounts/logout/?next=/bye/')
      assert.equal(page.status, 200)
      assert.match(page.body, /Sign out\?/)
      assert.equal(hiddenIn(page, 'next'), '/bye/')
      assert.equal(hiddenIn(page, 'csrfmiddlewaretoken'), browser.cookies.get('csrftoken'))
      assert.notEqual(await sessions.find(browser.cookies.get(session) ?? ''), null)
    })

    it('says so where nobody is signed in', async () => {
      const { logout } = await open()
      const browser = fakeBrowser()
      browser.cookies.set(session, 'x')
      const page = await browser.get(logout.GET)
      assert.equal(page.status, 200)
      assert.match(page.body, /You are signed out/)
      assert.deepEqual(setCookies(page), [])
    })
  })

  describe('POST /accounts/logout/', () => {
    it('ends the session on the server and takes the cookies away: the old one is nobody’s on every node [SE04 LO09]', async () => {
      const { login, logout, sessions } = await open()
      const browser = fakeBrowser()
      await signIn(browser, login)
      const old = browser.cookies.get(session) ?? ''
      const page = await browser.get(logout.GET)
      const answer = await browser.post(logout.POST, { csrfmiddlewaretoken: hiddenIn(page, 'csrfmiddlewaretoken') })
      assert.equal(answer.status, 303)
      assert.equal(headerOf(answer, 'location'), '/accounts/logout/')
      assert.deepEqual(setCookies(answer), [
        '__Host-sessionid=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax',
        'csrftoken=; Path=/; Max-Age=0; Secure; SameSite=Lax',
      ])
      assert.equal(browser.cookies.size, 0)
      assert.equal(await sessions.find(old), null)
    })

    it('leads to next where that is on this site [B-SESS-16]', async () => {
      const { login, logout } = await open()
      for (const [next, location] of [
        ['/bye/', '/bye/'],
        ['https://evil.example/', '/accounts/logout/'],
      ] as const) {
        const browser = fakeBrowser()
        await signIn(browser, login)
        const csrfmiddlewaretoken = browser.cookies.get('csrftoken') ?? ''
        assert.equal(headerOf(await browser.post(logout.POST, { csrfmiddlewaretoken, next }), 'location'), location)
      }
    })

    it('needs the token of this session, and refuses other sites [SE10 SE11 B-SESS-01]', async () => {
      const { login, logout, sessions } = await open()
      const other = fakeBrowser()
      await signIn(other, login)
      const browser = fakeBrowser()
      await signIn(browser, login)
      const token = browser.cookies.get('csrftoken') ?? ''
      const attempts: readonly (readonly [fields: Record<string, string>, headers: Record<string, string>])[] = [
        [{}, {}],
        [{ csrfmiddlewaretoken: 'x' }, {}],
        [{ csrfmiddlewaretoken: other.cookies.get('csrftoken') ?? '' }, {}],
        [{ csrfmiddlewaretoken: token }, { origin: 'https://evil.example' }],
        [{ csrfmiddlewaretoken: token }, { origin: 'null' }],
        [{ csrfmiddlewaretoken: token }, { 'sec-fetch-site': 'cross-site' }],
      ]
      for (const [fields, headers] of attempts) {
        const answer = await browser.post(logout.POST, fields, { headers })
        assert.equal(answer.status, 403)
        assert.match(answer.body, /csrf_failed/)
        assert.notEqual(await sessions.find(browser.cookies.get(session) ?? ''), null)
      }
    })

    it('takes no cookie away for a form that came without one: another site cannot sign people out', async () => {
      const { logout } = await open()
      const answer = await fakeBrowser().post(
        logout.POST,
        {},
        { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } },
      )
      assert.equal(answer.status, 303)
      assert.deepEqual(setCookies(answer), [])
      const browser = fakeBrowser()
      browser.cookies.set(session, 'stale')
      assert.equal((await browser.post(logout.POST, {}, { headers: { origin: 'https://evil.example' } })).status, 403)
      assert.equal((await browser.post(logout.POST, {})).status, 303)
      assert.equal(browser.cookies.has(session), false)
    })

    it('answers a script with {}, twice too', async () => {
      const { login, logout, sessions } = await open()
      for (const sending of [json({}), { method: 'POST', headers: { accept: 'application/json' } }]) {
        const browser = fakeBrowser()
        await signIn(browser, login)
        const old = browser.cookies.get(session) ?? ''
        const headers = {
          ...sending.headers,
          origin: `https://${host}`,
          'x-csrftoken': browser.cookies.get('csrftoken') ?? '',
        }
        for (let turn = 0; turn < 2; turn += 1) {
          const answer = await browser.send(logout.POST, { ...sending, headers })
          assert.deepEqual([answer.status, answer.body], [200, '{}'])
        }
        assert.equal(browser.cookies.size, 0)
        assert.equal(await sessions.find(old), null)
      }
    })

    it('refuses a script without the token of the session [SE10]', async () => {
      const { login, logout } = await open()
      const browser = fakeBrowser()
      await signIn(browser, login)
      const error = await refusal(browser.send(logout.POST, json({}, { origin: `https://${host}` })))
      assert.equal(error.code, 'csrf_failed')
    })
  })
})

interface Opened extends Stage {
  readonly users: Users
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly login: SignIn
  readonly logout: SignOut
  readonly ada: string
}

/** Opens the page and sends its form. */
async function signIn(
  browser: FakeBrowser,
  login: SignIn,
  fields: Readonly<Record<string, string>> = {},
  sending: Sending = {},
): Promise<Answer> {
  return sendForm(browser, login, await browser.get(login.GET), fields, sending)
}

async function sendForm(
  browser: FakeBrowser,
  login: SignIn,
  page: Answer,
  fields: Readonly<Record<string, string>> = {},
  sending: Sending = {},
): Promise<Answer> {
  const csrfmiddlewaretoken = hiddenIn(page, 'csrfmiddlewaretoken')
  return browser.post(login.POST, { csrfmiddlewaretoken, username: 'ada', password: right, ...fields }, sending)
}

function json(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Sending & { headers: Record<string, string> } {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
}
