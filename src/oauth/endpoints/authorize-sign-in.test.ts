import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FakeBrowser, fakeBrowser, headerOf, hiddenIn } from '../../accounts/browser.contract.ts'
import type { Answer } from '../../http/exchange.ts'
import {
  type AuthorizeDesk,
  goodRequest,
  openAuthorizeDesk,
  password,
  queryOf,
  saidIn,
  unescaped,
} from '../authorize.contract.ts'

/** Signs in at the page that an answer leads to, and goes on to where that leads. */
async function signInAt(desk: AuthorizeDesk, browser: FakeBrowser, answer: Answer, username: string): Promise<Answer> {
  const page = await browser.get(desk.login.GET, headerOf(answer, 'location') ?? '')
  assert.match(page.body, /id="sign-in"/)
  const fields = {
    csrfmiddlewaretoken: hiddenIn(page, 'csrfmiddlewaretoken'),
    next: unescaped(hiddenIn(page, 'next')),
    username,
    password,
  }
  desk.time.now += 5000
  const signedIn = await browser.post(desk.login.POST, fields, { url: '/accounts/login/' })
  assert.equal(signedIn.status, 303)
  return browser.get(desk.authorize.GET, headerOf(signedIn, 'location') ?? '')
}

function isSignIn(answer: Answer): boolean {
  return answer.status === 303 && headerOf(answer, 'location')?.startsWith('/accounts/login/?') === true
}

describe('signing in for an authorization request', () => {
  it('is asked for where nobody is signed in, and leads back to the whole request [B-AUZ-10 AZ22]', async () => {
    const desk = await openAuthorizeDesk()
    await desk.addPerson('ada')
    const web = await desk.addWeb()
    const browser = fakeBrowser()
    const more = { state: 'a&b=ü', nonce: 'n', resource: ['https://a.example', 'https://b.example'], ui_locales: 'fr' }
    const asked = await desk.ask(browser, await desk.addWeb({ resources: more.resource }), more)
    const next = new URLSearchParams(headerOf(asked, 'location')?.split('?')[1]).get('next') ?? ''
    const sent = new URLSearchParams(next.slice(next.indexOf('?')))
    for (const [name, value] of Object.entries(more)) assert.deepEqual(sent.getAll(name), [value].flat())
    const answer = await desk.ask(browser, web, { state: 'a&b=ü' })
    const page = await signInAt(desk, browser, answer, 'ada')
    assert.match(page.body, /id="consent"/)
    assert.equal(saidIn(await desk.decide(browser, page)).get('state'), 'a&b=ü')
    await desk.close()
  })

  it('may not be asked for with prompt=none: the client is told instead [AZ11 B-AUZ-12]', async () => {
    const desk = await openAuthorizeDesk()
    const ada = await desk.addPerson('ada')
    const browser = await desk.browserOf(ada)
    const web = await desk.addWeb()
    desk.time.now += 100_000
    for (const [who, fields] of [
      [fakeBrowser(), {}],
      [browser, { max_age: '99' }],
      [browser, { max_age: '0' }],
      [browser, { id_token_hint: 'nonsense' }],
    ] as const) {
      const answer = await desk.ask(who, web, { prompt: 'none', ...fields })
      assert.equal(answer.status, 303)
      assert.equal(answer.body, '')
      assert.equal(saidIn(answer).get('error'), 'login_required')
    }
    await desk.close()
  })

  it('is asked for again with prompt=login, and the sign-in is newer than the one before [AZ14 B-AUZ-11]', async () => {
    // OpenID Connect Core 1.0, section 3.1.2.1: "The Authorization Server SHOULD prompt the End-User for reauthentication."
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const before = desk.time.now
    desk.time.now += 60_000
    const asked = await desk.ask(browser, web, { prompt: 'login' })
    assert.ok(isSignIn(asked))
    const page = await signInAt(desk, browser, asked, 'ada')
    assert.match(page.body, /id="consent"/)
    const code = saidIn(await desk.decide(browser, page)).get('code') ?? ''
    const claims = claimsOf(String((await desk.redeem(web, code)).json['id_token']))
    assert.equal(claims['auth_time'], Math.floor((before + 65_000) / 1000))
    // The next request with it asks again.
    desk.time.now += 1000
    assert.ok(isSignIn(await desk.ask(browser, web, { prompt: 'login' })))
    await desk.close()
  })

  it('goes on as the same sign-in where the same person proves again who they are', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    await desk.addPerson('eve')
    const web = await desk.addWeb()
    const first = claimsOf(String((await desk.redeem(web, await desk.codeFor(browser, web))).json['id_token']))
    const sids = []
    for (const name of ['ada', 'eve']) {
      desk.time.now += 1000
      const page = await signInAt(desk, browser, await desk.ask(browser, web, { prompt: 'login' }), name)
      const answer = page.status === 200 ? await desk.decide(browser, page) : page
      const { json } = await desk.redeem(web, saidIn(answer).get('code') ?? '')
      sids.push(claimsOf(String(json['id_token']))['sid'])
    }
    assert.equal(sids[0], first['sid'])
    assert.notEqual(sids[1], first['sid'])
    await desk.close()
  })

  it('cannot be skipped by a mark that was made up, moved, or kept from before', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    desk.time.now += 60_000
    const asked = await desk.ask(browser, web, { prompt: 'login', state: 'one' })
    const next = new URLSearchParams(headerOf(asked, 'location')?.split('?')[1]).get('next') ?? ''
    const mark = new URLSearchParams(next.split('?')[1]).get('resume') ?? ''
    assert.match(mark, /^[0-9a-z]+\.[\w-]{43}$/)
    // Before signing in: the session is older than the mark.
    assert.ok(isSignIn(await browser.get(desk.authorize.GET, next)))
    const [time = '', mac = ''] = mark.split('.')
    const earlier = (Number.parseInt(time, 36) - 120_000).toString(36)
    for (const resume of [`${earlier}.${mac}`, `${earlier}.`, '0', 'x.y', '', `${mark}x`, [mark, mark]]) {
      const answer = await desk.ask(browser, web, { prompt: 'login', state: 'one', resume })
      assert.ok(isSignIn(answer) || saidIn(answer).get('error') === 'invalid_request', String(resume))
    }
    const page = await signInAt(desk, browser, asked, 'ada')
    assert.equal(page.status, 200)
    // It is of that request alone …
    assert.ok(isSignIn(await desk.ask(browser, web, { prompt: 'login', state: 'two', resume: mark })))
    // … and for as long as the sign-in is new.
    assert.equal((await browser.get(desk.authorize.GET, next)).status, 200)
    desk.time.now += 601_000
    assert.ok(isSignIn(await browser.get(desk.authorize.GET, next)))
    await desk.close()
  })

  it('is asked for again where it is older than max_age, and not where it is newer [AZ15]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    desk.time.now += 2000
    assert.equal((await desk.ask(browser, web, { max_age: '10000' })).status, 200)
    assert.equal((await desk.ask(browser, web, { max_age: '2' })).status, 200)
    const asked = await desk.ask(browser, web, { max_age: '1' })
    assert.ok(isSignIn(asked))
    const page = await signInAt(desk, browser, asked, 'ada')
    // The page may be read for longer than that.
    desk.time.now += 30_000
    const code = saidIn(await desk.decide(browser, page)).get('code') ?? ''
    const claims = claimsOf(String((await desk.redeem(web, code)).json['id_token']))
    assert.equal(claims['auth_time'], Math.floor((desk.time.now - 30_000) / 1000))
    const strict = await desk.addWeb({ defaultMaxAge: 10 })
    assert.ok(isSignIn(await desk.ask(browser, strict)))
    assert.equal((await desk.ask(browser, strict, { max_age: '100' })).status, 200)
    await desk.close()
  })

  it('shows whose account it is with prompt=select_account, and goes on when they say so', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    await desk.addPerson('eve')
    const web = await desk.addWeb()
    const asked = await desk.ask(browser, web, { prompt: 'select_account' })
    assert.ok(isSignIn(asked))
    const page = await browser.get(desk.login.GET, headerOf(asked, 'location') ?? '')
    assert.match(page.body, /You are signed in as <bdi><strong>ada<\/strong>/)
    const links = [...page.body.matchAll(/<a class="button[^"]*" href="([^"]*)"/g)].map(([, href = '']) =>
      unescaped(href),
    )
    const consent = await browser.get(desk.authorize.GET, links[0] ?? '')
    assert.match(consent.body, /<bdi>ada<\/bdi>/)
    const other = await signInAt(
      desk,
      browser,
      { status: 303, headers: [['location', links[1] ?? '']], body: '' },
      'eve',
    )
    assert.match(other.body, /<bdi>eve<\/bdi>/)
    await desk.close()
  })

  it('has the name in it that the client believes it is [AZ34]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    for (const [who, fields, name] of [
      [fakeBrowser(), { login_hint: 'ada@example.org' }, 'ada@example.org'],
      [fakeBrowser(), { login_hint: '"><b>' }, '&quot;&gt;&lt;b&gt;'],
      [fakeBrowser(), { login_hint: 'x'.repeat(300) }, ''],
      [fakeBrowser(), { login_hint: '\u202eeve' }, ''],
      [browser, { prompt: 'login' }, 'ada'],
    ] as const) {
      const asked = await desk.ask(who, web, fields)
      const page = await who.get(desk.login.GET, headerOf(asked, 'location') ?? '')
      assert.equal(/id="id_username"[^>]* value="([^"]*)"/.exec(page.body)?.[1], name)
    }
    await desk.close()
  })

  it('is for the user whom the ID token in id_token_hint is about, and for nobody else [AZ18 B-AUZ-18]', async () => {
    // OpenID Connect Core 1.0, section 3.1.2.2: "the Authorization Server MUST NOT reply with an ID Token […] for a different user".
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const eves = await desk.browserOf(await desk.addPerson('eve'))
    const web = await desk.addWeb({ consent: 'never' })
    const other = await desk.addWeb({ consent: 'never' })
    const hint = String((await desk.redeem(web, await desk.codeFor(browser, web))).json['id_token'])
    const foreign = String((await desk.redeem(other, await desk.codeFor(browser, other))).json['id_token'])
    const forged = `${hint.slice(0, -8)}AAAAAAAA`

    const quiet = { prompt: 'none' }
    assert.ok(saidIn(await desk.ask(browser, web, { ...quiet, id_token_hint: hint })).has('code'))
    for (const [who, id_token_hint] of [
      [eves, hint],
      [browser, forged],
      [browser, foreign],
      [browser, 'x'.repeat(3000)],
    ] as const) {
      const answer = await desk.ask(who, web, { ...quiet, id_token_hint })
      assert.equal(saidIn(answer).get('error'), 'login_required')
    }
    // Where they can be asked, they may sign in as the one who is meant, and get nothing as somebody else.
    desk.time.now += 1000
    const asked = await desk.ask(eves, web, { id_token_hint: hint })
    assert.ok(isSignIn(asked))
    assert.equal(saidIn(await signInAt(desk, eves, asked, 'eve')).get('error'), 'login_required')
    assert.ok(saidIn(await signInAt(desk, eves, asked, 'ada')).has('code'))
    // The same by claims.
    const claims = JSON.stringify({ id_token: { sub: { value: 'somebody else' } } })
    assert.equal(saidIn(await desk.ask(browser, web, { ...quiet, claims })).get('error'), 'login_required')
    await desk.close()
  })

  it('has to be of the class that is essential [ID10]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb({ consent: 'never' })
    const wanted = (...values: readonly string[]): string =>
      JSON.stringify({ id_token: { acr: { essential: true, values } } })
    const answer = await desk.ask(browser, web, { claims: wanted('phr') })
    assert.equal(saidIn(answer).get('error'), 'unmet_authentication_requirements')
    assert.ok(saidIn(await desk.ask(browser, web, { claims: wanted('phr', 'urn:doorward:acr:sfa') })).has('code'))
    await desk.close()
  })

  it('is asked for by the form of the consent page as well, where the session has ended meanwhile', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const page = await desk.ask(browser, web)
    browser.cookies.delete(desk.sessions.cookieName)
    assert.ok(isSignIn(await desk.decide(browser, page)))
    await desk.close()
  })

  it('cannot lead back to a request that is too long, and says how it can be sent', async () => {
    const desk = await openAuthorizeDesk()
    const answer = await desk.ask(fakeBrowser(), await desk.addWeb(), { state: 's', login_hint: 'x'.repeat(9000) })
    assert.equal(saidIn(answer).get('error'), 'invalid_request')
    assert.match(saidIn(answer).get('error_description') ?? '', /RFC 9126/)
    await desk.close()
  })

  it('stays the own page, whatever the request holds [B-SESS-16]', async () => {
    const desk = await openAuthorizeDesk()
    const web = await desk.addWeb()
    const query = queryOf({ ...goodRequest(web), next: 'https://evil.example/', foo: '//evil.example' })
    const answer = await fakeBrowser().get(desk.authorize.GET, `//evil.example/o/authorize/?${query}`)
    const next = new URLSearchParams(headerOf(answer, 'location')?.split('?')[1]).get('next') ?? ''
    assert.ok(next.startsWith('/o/authorize/?'))
    await desk.close()
  })
})

function claimsOf(jwt: string): Readonly<Record<string, unknown>> {
  const payload = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()
  return JSON.parse(payload) as Readonly<Record<string, unknown>>
}
