import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Unavailable } from '../core/errors.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { fakeBrowser, headerOf, hiddenIn, host, setCookies } from './browser.contract.ts'
import type { Passwords } from './passwords.ts'
import { csrf, right, sendForm, session, signIn, signInStage } from './sign-in.contract.ts'
import { createSignIn } from './sign-in.ts'

onEachDatabase('createSignIn', (stage) => {
  const open = signInStage(stage)

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
      assert.match(page.body, /You are signed in as <bdi><strong>ada<\/strong>/)
      assert.match(page.body, /<a class="button" href="\/admin\/" id="continue">/)
    })

    it('shows the form to somebody who is signed in, where they are to prove again who they are or to be somebody else', async () => {
      const { login, sessions } = await open()
      const browser = fakeBrowser()
      await signIn(browser, login)
      const before = await sessions.find(browser.cookies.get(session) ?? '')
      const page = await browser.get(login.GET, '/accounts/login/?fresh=1&next=/notes/&login_hint=ada')
      assert.match(page.body, /id="sign-in"/)
      assert.match(page.body, /id="id_username"[^>]* value="ada"/)
      const answer = await sendForm(browser, login, page)
      assert.equal(answer.status, 303)
      const after = await sessions.find(browser.cookies.get(session) ?? '')
      assert.notEqual(after?.auth.id, before?.auth.id)
      assert.equal(after?.auth.signInId, before?.auth.signInId)
    })

    it('says to a browser whose sign-in is over that it is, and to no other (L16)', async () => {
      const { login, sessions, ada } = await open()
      const browser = fakeBrowser()
      assert.doesNotMatch((await browser.get(login.GET, '/accounts/login/')).body, /You were signed out/)
      const { value } = await sessions.create({ userId: ada })
      browser.cookies.set(session, value)
      assert.doesNotMatch((await browser.get(login.GET, '/accounts/login/?fresh=1')).body, /You were signed out/)
      const found = await sessions.find(value)
      await sessions.end(found?.auth.id ?? '', ada, {})
      assert.match((await browser.get(login.GET, '/accounts/login/')).body, /You were signed out[^]*<form/)
    })

    it('lets its form lead on to a trusted origin, where the browser would hold it to its own', async () => {
      const { passwords, sessions, completion, clock } = await open()
      const nextOrigins = ['https://app.example']
      const login = createSignIn({ passwords, sessions, completion, csrf, clock, nextOrigins })
      const formAction = async (next: string): Promise<string | undefined> => {
        const page = await fakeBrowser().get(login.GET, `/accounts/login/?next=${encodeURIComponent(next)}`)
        return /form-action ([^;]*)/.exec(headerOf(page, 'content-security-policy') ?? '')?.[1]
      }
      assert.equal(await formAction('https://app.example/notes/'), "'self' https://app.example")
      assert.equal(await formAction('https://evil.example/'), "'self'")
      assert.equal(await formAction('/notes/'), "'self'")
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
      const { sessions, completion, clock } = await open()
      const verifyFirst = async () => Promise.reject(new Unavailable({ retryAfter: 2 }))
      const answer = await signIn(
        fakeBrowser(),
        createSignIn({ passwords: { verifyFirst }, sessions, completion, csrf, clock }),
      )
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
      const { sessions, completion, passwords, ada, clock, time } = await open()
      const verifyFirst: Passwords['verifyFirst'] = async (...parameters) => {
        const user = await passwords.verifyFirst(...parameters)
        time.now += 1
        await passwords.set(ada, 'another one')
        return user
      }
      const browser = fakeBrowser()
      await signIn(browser, createSignIn({ passwords: { verifyFirst }, sessions, completion, csrf, clock }))
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
})
