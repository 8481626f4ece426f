import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AuthenticationFailed, PermissionDenied, RequestRefused, Throttled } from '../core/errors.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { exchange, fakeBrowser, headerOf, host } from './browser.contract.ts'
import { refusal } from './refusal.contract.ts'
import { csrf, json, right, session, signInStage } from './sign-in.contract.ts'

onEachDatabase('createSignIn, for scripts', (stage) => {
  const open = signInStage(stage)

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
})
