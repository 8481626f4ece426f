import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { fakeBrowser, headerOf, hiddenIn, host, setCookies } from './browser.contract.ts'
import { refusal } from './refusal.contract.ts'
import { json, session, signIn, signInStage } from './sign-in.contract.ts'

onEachDatabase('createSignOut', (stage) => {
  const open = signInStage(stage)

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
