import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AuthError } from '../core/errors.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { exchange, fakeBrowser, type FakeBrowser, headerOf, host, setCookies } from './browser.contract.ts'
import { createCompleteSignIn, type SignInStep } from './complete-sign-in.ts'
import { csrf, json, right, session, signIn, type SignInStage, signInStage } from './sign-in.contract.ts'

onEachDatabase('createCompleteSignIn', (stage) => {
  const open = signInStage(stage)

  describe('while a step is due', () => {
    it('leads the form to the page of the step, without a session [B-MFA-10]', async () => {
      const { login, steps, sessions, completion } = await open()
      steps.push(step)
      const browser = fakeBrowser()
      const answer = await signIn(browser, login, { next: '/notes/' })
      assert.equal(answer.status, 303)
      assert.equal(headerOf(answer, 'location'), step.path)
      assert.equal(browser.cookies.has(session), false)
      const value = browser.cookies.get(pendingCookie) ?? ''
      assert.equal(await sessions.find(value), null)
      const pending = await completion.find(asking(browser))
      assert.deepEqual([pending?.user.name, pending?.amr, pending?.next], ['ada', ['pwd'], '/notes/'])
      const set = setCookies(answer).find((one) => one.startsWith(pendingCookie))
      assert.match(set ?? '', /; Path=\/; Max-Age=900; Secure; HttpOnly; SameSite=Lax$/)
    })

    it('tells a script which step is next and for how long, and only there [B-MFA-10]', async () => {
      const { login, steps } = await open()
      steps.push(step)
      const browser = fakeBrowser()
      const refused = (await browser
        .send(login.POST, json({ username: 'ada', password: right }))
        .catch((error: unknown) => error)) as AuthError
      assert.ok(refused instanceof AuthError)
      assert.deepEqual([refused.status, refused.code], [401, 'sign_in_incomplete'])
      assert.deepEqual(refused.body, { next: 'another', ways: ['one'], expiresIn: 900 })
      assert.match(refused.headers?.['set-cookie'] ?? '', /^__Host-signin=dw_pend_/)
      const wrong = await browser
        .send(login.POST, json({ username: 'ada', password: 'x' }))
        .catch((error: unknown) => error)
      assert.deepEqual([(wrong as AuthError).code, (wrong as AuthError).body], ['no_active_account', undefined])
    })

    it('keeps a digest alone, and the row is an audit event [SE02]', async () => {
      const { login, steps, database } = await open()
      steps.push(step)
      const browser = fakeBrowser()
      await signIn(browser, login)
      const row = await database.read.selectFrom('pending_sign_ins').selectAll().executeTakeFirstOrThrow()
      const secret = (browser.cookies.get(pendingCookie) ?? '').split('_').at(-1) ?? ''
      assert.ok(
        !JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).includes(
          secret,
        ),
      )
      const events = await database.read.selectFrom('audit_events').select(['event', 'detail']).execute()
      assert.deepEqual(
        events.filter(({ event }) => event === 'sign_in.pending').map(({ detail }) => JSON.parse(detail) as unknown),
        [{ step: 'another', amr: 'pwd' }],
      )
    })

    it('goes on for the browser that began, once, however many try at once [SE03]', async () => {
      const { login, steps, completion, sessions, database } = await open()
      steps.push(step)
      const browser = fakeBrowser()
      await signIn(browser, login)
      const request = asking(browser)
      const pending = (await completion.find(request)) ?? assert.fail('There is none.')
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, async () => completion.advance(request, pending, ['mfa'])),
      )
      const done = outcomes.filter((one) => one !== null)
      assert.deepEqual(
        done.map(({ kind }) => kind),
        ['signed_in'],
      )
      const [first] = done
      assert.ok(first?.kind === 'signed_in')
      const found = await sessions.find(first.session.value)
      assert.deepEqual(found?.auth.amr, ['pwd', 'mfa'])
      assert.equal((await database.read.selectFrom('sessions').select('id').execute()).length, 1)
      assert.ok(first.headers.some(([, value]) => value.startsWith(`${pendingCookie}=; Path=/; Max-Age=0`)))
      assert.equal(await completion.find(request), null)
    })

    it('goes through the steps in their order, each with a new value', async () => {
      const { login, steps, completion } = await open()
      steps.push(step, {
        ...step,
        name: 'third',
        path: '/accounts/third/',
        due: async ({ amr }) => (amr.includes('x') ? null : {}),
      })
      const browser = fakeBrowser()
      await signIn(browser, login)
      const before = asking(browser)
      const pending = (await completion.find(before)) ?? assert.fail('There is none.')
      const outcome = await browser.send(async (request) => {
        const next = await completion.advance(request, pending, ['mfa'])
        assert.ok(next?.kind === 'step_due')
        assert.deepEqual([next.step, next.path], ['third', '/accounts/third/'])
        return { status: 200, headers: next.headers, body: '' }
      }, {})
      assert.equal(outcome.status, 200)
      assert.equal(await completion.find(before), null)
      const moved = (await completion.find(asking(browser))) ?? assert.fail('There is none.')
      assert.deepEqual([moved.amr, moved.expiresAt], [['pwd', 'mfa'], pending.expiresAt])
      assert.equal((await completion.stepOf(asking(browser), moved))?.step, 'third')
      assert.equal((await completion.advance(asking(browser), moved, ['x']))?.kind, 'signed_in')
    })
  })

  describe('ends a pending sign-in', () => {
    async function pendingOf(here: SignInStage): Promise<FakeBrowser> {
      here.steps.push(step)
      const browser = fakeBrowser()
      await signIn(browser, here.login)
      assert.notEqual(await here.completion.find(asking(browser)), null)
      return browser
    }

    it('after 15 minutes [B-MFA-02]', async () => {
      const here = await open()
      const browser = await pendingOf(here)
      const pending = (await here.completion.find(asking(browser))) ?? assert.fail('There is none.')
      here.time.now += 899_999
      assert.notEqual(await here.completion.find(asking(browser)), null)
      here.time.now += 1
      assert.equal(await here.completion.find(asking(browser)), null)
      assert.equal(await here.completion.advance(asking(browser), pending, ['mfa']), null)
    })

    it('when its user signs out, by page and by JSON [B-SESS-11]', async () => {
      for (const isScript of [false, true]) {
        const here = await open()
        const browser = await pendingOf(here)
        const answer = isScript
          ? await browser.send(here.logout.POST, json({}, { origin: `https://${host}` }))
          : await browser.post(here.logout.POST, {})
        assert.equal(answer.status, isScript ? 200 : 303)
        assert.equal(browser.cookies.has(pendingCookie), false)
        assert.deepEqual(await here.database.read.selectFrom('pending_sign_ins').selectAll().execute(), [])
      }
    })

    it('not for a form of another site', async () => {
      const here = await open()
      const browser = await pendingOf(here)
      const answer = await browser.post(here.logout.POST, {}, { headers: { origin: 'https://evil.example' } })
      assert.equal(answer.status, 403)
      assert.notEqual(await here.completion.find(asking(browser)), null)
    })

    it('when the password is changed, the user signed out everywhere or switched off', async () => {
      const here = await open()
      const browser = await pendingOf(here)
      here.time.now += 1
      await here.passwords.set(here.ada, 'quite another one')
      assert.equal(await here.completion.find(asking(browser)), null)
      const again = fakeBrowser()
      here.time.now += 1
      await signIn(again, here.login, { password: 'quite another one' })
      assert.notEqual(await here.completion.find(asking(again)), null)
      await here.users.disable(here.ada)
      assert.equal(await here.completion.find(asking(again)), null)
    })

    it('when the same browser begins another one', async () => {
      const here = await open()
      const browser = await pendingOf(here)
      const before = asking(browser)
      await signIn(browser, here.login)
      assert.equal(await here.completion.find(before), null)
      assert.notEqual(await here.completion.find(asking(browser)), null)
    })
  })

  it('takes no session, API token or made-up value for a pending sign-in', async () => {
    const { completion, sessions, ada } = await open()
    const format = createTokenFormat()
    const { value } = await sessions.create({ userId: ada })
    for (const cookie of [value, format.make('pend', 1n).text, format.make('pat', 1n).text, 'x', '']) {
      assert.equal(await completion.find(exchange({ headers: { cookie: `${pendingCookie}=${cookie}` } })), null)
    }
  })

  it('needs a store where there are steps', async () => {
    const { sessions } = await open()
    assert.throws(() => createCompleteSignIn({ sessions, csrf, steps: [step] }), /steps need pending/)
  })
})

const pendingCookie = '__Host-signin'

/** Due until more than one factor was shown. */
const step: SignInStep = {
  name: 'another',
  path: '/accounts/another/',
  due: async ({ amr }) => (amr.includes('mfa') ? null : { ways: ['one'] }),
}

/** A request with the cookies that the browser has now. */
function asking({ cookies }: FakeBrowser): ReturnType<typeof exchange> {
  return exchange({ headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } })
}
