import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fakeBrowser, headerOf } from '../../accounts/browser.contract.ts'
import type { Answer } from '../../http/exchange.ts'
import { goodRequest, openAuthorizeDesk, queryOf, saidIn, unescaped } from '../authorize.contract.ts'

const issuer = 'https://id.example'

describe('an authorization request of an application that nobody here has looked at', () => {
  it('leads nobody away by being wrong: the person is told where it would, and decides (RFC 9700, section 4.11.2)', async () => {
    // "The authorization server MUST always authenticate the user first and, with the exception of the silent authentication
    // use case, prompt the user for credentials when needed, before redirecting the user."
    const refused: unknown[] = []
    const desk = await openAuthorizeDesk({
      onRequestRefused: ({ code, redirectUri }) => refused.push([code, redirectUri]),
    })
    const ada = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const local = await desk.addSpa()
    const known = await desk.browserOf(await desk.addPerson('bob'))
    await desk.decide(known, await desk.ask(known, web), 'allow')
    const wrong = { scope: 'made-up' }
    assert.equal((await desk.ask(fakeBrowser(), web, wrong)).status, 303, 'one that is known')
    for (const source of ['dynamic', 'document'] as const) {
      await desk.database.write(async (unit) => {
        await unit.updateTable('clients').set({ source }).execute()
      })
      for (const fields of [
        wrong,
        { ...wrong, response_mode: 'form_post' },
        { response_type: 'token' },
        { prompt: 'x' },
      ]) {
        const page = await desk.ask(fakeBrowser(), web, fields)
        assert.deepEqual([page.status, headerOf(page, 'location')], [400, null])
        assert.match(page.body, /<a class="button" href="https:\/\/app\.example\/cb[?#]error=[^"]+iss=[^"]+"/)
        assert.match(page.body, /Go on to app\.example/)
        assert.doesNotMatch(page.body, /<script(?! src)|http-equiv/)
      }
      // One's own machine is no place to be led astray to, and a quiet request shows nobody anything.
      assert.equal((await desk.ask(fakeBrowser(), local, wrong)).status, 303)
      const quiet = { prompt: 'none', scope: 'openid write' }
      assert.equal(saidIn(await desk.ask(known, web, quiet)).get('error'), 'consent_required')
      // Whoever is signed in, and never allowed it anything, would be led away by a link in a mail.
      const astray = await desk.ask(ada, web, quiet)
      assert.deepEqual([astray.status, headerOf(astray, 'location')], [400, null])
      assert.match(astray.body, /Go on to app\.example/)
      const url = `/o/authorize/?${queryOf({ ...goodRequest(web), ...quiet })}`
      const framed = await fakeBrowser().send(desk.authorize.GET, { url, headers: { 'sec-fetch-dest': 'iframe' } })
      assert.equal(saidIn(framed).get('error'), 'login_required')
      // As a link in a mail it is a way from here to a place of theirs.
      assert.equal((await desk.ask(fakeBrowser(), web, quiet)).status, 400)
      // Whoever has seen the page knows where their answer goes.
      const denied = await desk.decide(ada, await desk.ask(ada, web), 'deny')
      assert.equal(saidIn(denied).get('error'), 'access_denied')
      const forged = await desk.decide(fakeBrowser(), await desk.ask(ada, web), 'deny', wrong)
      assert.notEqual(headerOf(forged, 'location')?.startsWith('https://app.example'), true)
    }
    assert.deepEqual(refused[0], ['invalid_scope', 'https://app.example/cb'])
    await desk.close()
  })
})

describe('the authorization endpoint', () => {
  it('leads through consent to a code, with the state and the issuer [B-AUZ-04 B-AUZ-05 AZ20 B-AUZ-21 AZ22 AZ26]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const answer = await desk.decide(browser, await desk.ask(browser, web))
    // RFC 9700, section 4.12: "the authorization server SHOULD use HTTP status code 303".
    assert.equal(answer.status, 303)
    assert.equal(answer.body, '')
    assert.equal(headerOf(answer, 'cache-control'), 'no-store')
    const url = new URL(headerOf(answer, 'location') ?? '')
    assert.equal(url.origin + url.pathname, 'https://app.example/cb')
    assert.deepEqual([...url.searchParams.keys()], ['code', 'state', 'iss'])
    assert.equal(url.searchParams.get('state'), 'af0ifjsldkj')
    assert.equal(url.searchParams.get('iss'), issuer)
    const tokens = await desk.redeem(web, url.searchParams.get('code') ?? '')
    assert.equal(tokens.status, 200)
    await desk.close()
  })

  it('tells the person, and nobody else, where the client is not known [AZ01 B-AUZ-01 B-AUZ-12 B-AUZ-23]', async () => {
    const desk = await openAuthorizeDesk()
    const web = await desk.addWeb()
    const off = await desk.addWeb()
    await desk.database.write(async (unit) => {
      await unit.updateTable('clients').set({ is_active: 0 }).where('identifier', '=', off.id).execute()
    })
    for (const client_id of [
      null,
      '',
      'nobody',
      off.id,
      `${web.id}x`,
      'x'.repeat(5000),
      '\0',
      "' or 1=1",
      [web.id, web.id],
    ]) {
      for (const prompt of [null, 'none']) {
        const answer = await desk.ask(fakeBrowser(), web, { client_id, prompt })
        assert.equal(answer.status, 400)
        assert.equal(headerOf(answer, 'location'), null)
        assert.equal(headerOf(answer, 'set-cookie'), null)
        assert.match(answer.body, /id="error-code"/)
      }
    }
    await desk.close()
  })

  it('sends everything else that is wrong back, with the code, the state and the issuer [AZ02 AZ03 AZ10 AZ20 B-AUZ-06 B-AUZ-13 B-AUZ-16 B-AUZ-17 B-AUZ-20]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb({ defaultScopes: ['read'] })
    const long = 'x'.repeat(5000)
    for (const [fields, error] of [
      [{ response_type: null }, 'invalid_request'],
      [{ response_type: '' }, 'invalid_request'],
      [{ response_type: 'foo' }, 'unsupported_response_type'],
      [{ response_type: 'code code' }, 'unsupported_response_type'],
      [{ response_type: 'none' }, 'unsupported_response_type'],
      [{ response_type: long }, 'unsupported_response_type'],
      [{ scope: 'admin' }, 'invalid_scope'],
      [{ scope: 'read  write' }, 'invalid_scope'],
      [{ scope: 'rëad' }, 'invalid_scope'],
      [{ scope: `read ${long}` }, 'invalid_scope'],
      [{ prompt: 'none login' }, 'invalid_request'],
      [{ prompt: 'maybe' }, 'invalid_request'],
      [{ max_age: '-1' }, 'invalid_request'],
      [{ max_age: '1.5' }, 'invalid_request'],
      [{ max_age: '9'.repeat(400) }, 'invalid_request'],
      [{ claims: '{' }, 'invalid_request'],
      [{ claims: '[]' }, 'invalid_request'],
      [{ claims: long }, 'invalid_request'],
      [{ nonce: long }, 'invalid_request'],
      [{ dpop_jkt: 'x' }, 'invalid_request'],
      [{ response_mode: 'web_message' }, 'invalid_request'],
      [{ registration: '{}' }, 'registration_not_supported'],
      [{ resource: 'https://api.example' }, 'invalid_target'],
      [{ resource: 'nonsense' }, 'invalid_target'],
      [{ scope: ['read', 'write'] }, 'invalid_request'],
      [{ nonce: ['', 'n'] }, 'invalid_request'],
      [{ foo: ['a', 'b'] }, 'invalid_request'],
      [{ nonce: 'a\r\nb' }, 'invalid_request'],
    ] as const) {
      const answer = await desk.ask(browser, web, fields)
      assert.equal(answer.status, 303, JSON.stringify(fields).slice(0, 200))
      assert.ok(headerOf(answer, 'location')?.startsWith('https://app.example/cb?error='))
      const said = saidIn(answer)
      assert.deepEqual([said.get('error'), said.get('state'), said.get('iss')], [error, 'af0ifjsldkj', issuer])
      // RFC 6749, section 4.1.2.1: the characters that may stand in it.
      assert.match(said.get('error_description') ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
      assert.equal(headerOf(answer, 'cache-control'), 'no-store')
    }
    await desk.close()
  })

  it('gives no code to whoever asks for headers alone', async () => {
    const desk = await openAuthorizeDesk()
    const head = desk.server.routes.find(({ path }) => path === '/o/authorize/')?.methods['HEAD']
    await assert.rejects(async () => head?.({} as never), { status: 405, headers: { allow: 'GET, POST, OPTIONS' } })
    await desk.close()
  })

  it('takes a parameter without a value as left out, and does not give back a state that was not there [AZ08]', async () => {
    // RFC 6749, section 3.1: "Parameters sent without a value MUST be treated as if they were omitted from the request."
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const lean = await desk.addWeb()
    const missing = await desk.ask(browser, lean, { scope: '', state: '' })
    assert.deepEqual([...saidIn(missing).keys()], ['error', 'error_description', 'iss'])
    assert.equal(saidIn(missing).get('error'), 'invalid_scope')
    const web = await desk.addWeb({ defaultScopes: ['read'] })
    const empty = {
      scope: '',
      state: '',
      nonce: '',
      prompt: '',
      max_age: '',
      claims: '',
      display: '',
      response_mode: '',
    }
    const answer = await desk.decide(browser, await desk.ask(browser, web, empty))
    assert.deepEqual([...saidIn(answer).keys()], ['code', 'iss'])
    const tokens = await desk.redeem(web, saidIn(answer).get('code') ?? '')
    assert.equal(tokens.json['scope'], 'read')
    await desk.close()
  })

  it('gives a state back as it came, whatever is in it, and not to another request [AZ09 B-AUZ-25]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const states = ['ü€😀'.repeat(220), `a b+c%20d&e=f#g"h'i<j>k;l\\m\u202e`, '%00%0d%0a', 'x'.repeat(2048)]
    const pages = await Promise.all(states.map(async (state) => desk.ask(browser, web, { state })))
    for (const [index, page] of pages.toReversed().entries()) {
      const location = headerOf(await desk.decide(browser, page), 'location') ?? ''
      const state = states.at(-1 - index)
      assert.equal(new URL(location).searchParams.get('state'), state)
      // Those who decode it as a component of a URI find the same.
      assert.equal(decodeURIComponent(/[?&]state=([^&]*)/.exec(location)?.[1] ?? ''), state)
      assert.match(location, /^[\x21-\x7e]+$/)
    }
    const refused = await desk.ask(browser, web, { state: states[0] ?? '', scope: 'admin' })
    assert.equal(saidIn(refused).get('state'), states[0])
    await desk.close()
  })

  it('takes the request as a form, and answers it like a GET [AZ07 B-AUZ-19]', async () => {
    // OpenID Connect Core 1.0, section 3.1.2.1: "MUST support the use of the HTTP GET and POST methods".
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const query = queryOf({ ...goodRequest(web), state: 'ü &' })
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://app.example' }
    // A form of another site comes without the cookie (SameSite).
    const answer = await fakeBrowser().send(desk.authorize.POST, { method: 'POST', body: query, headers: form })
    assert.equal(answer.status, 303)
    const location = headerOf(answer, 'location') ?? ''
    assert.ok(location.startsWith('/o/authorize/?'))
    assert.equal((await browser.get(desk.authorize.GET, location)).status, 200)
    assert.equal(new URLSearchParams(location.slice(14)).get('state'), 'ü &')
    await desk.close()
  })

  it('refuses other bodies, broken ones and huge ones, with a page and never by a fault of its own [AZ07]', async () => {
    const desk = await openAuthorizeDesk()
    const web = await desk.addWeb()
    const query = queryOf(goodRequest(web))
    const form = 'application/x-www-form-urlencoded'
    for (const [type, body, status] of [
      ['application/json', JSON.stringify(goodRequest(web)), 415],
      ['text/plain', query, 415],
      ['multipart/form-data; boundary=x', query, 415],
      [`${form}; charset=utf-16`, query, 415],
      [form, `${query}&a=%ff`, 400],
      [form, `${query}&a=%`, 400],
      [form, Buffer.from([0xff, 0xfe]), 400],
      [form, `${query}&a=%00`, 400],
      [form, '', 400],
      [form, '&&==&', 400],
      [form, `${query}&${'a=b&'.repeat(200)}`, 400],
      [form, `${query}&x=${'y'.repeat(60_000)}`, 400],
    ] as const) {
      const answer = await fakeBrowser().send(desk.authorize.POST, {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      })
      assert.equal(answer.status, status, type)
      assert.match(answer.body, /id="error-code"/)
      assert.equal(headerOf(answer, 'location'), null)
    }
    for (const url of [
      '/o/authorize/',
      '/o/authorize/?',
      '/o/authorize/?%',
      `/o/authorize/?${query}&a=%ff`,
      '/o/authorize/?=a',
    ]) {
      const answer = await fakeBrowser().get(desk.authorize.GET, url)
      assert.equal(answer.status, 400)
      assert.match(answer.body, /id="error-code"/)
    }
    await desk.close()
  })

  it('takes hints that it has no use for [AZ34 B-AUZ-24]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    for (const fields of [
      { ui_locales: 'fr-CA fr en', claims_locales: 'de' },
      { ui_locales: '\u202exx '.repeat(100) },
      { display: 'popup' },
      { display: 'page' },
      { display: 'touch' },
      { display: 'wap' },
      { acr_values: 'urn:mace:incommon:iap:silver 0' },
      { login_hint: 'ada' },
      {
        claims:
          '{"userinfo":{"given_name":{"essential":true},"nickname":null},"id_token":{"auth_time":{"essential":true}}}',
      },
      { foo: 'bar', __proto__: 'x', constructor: 'y' },
    ]) {
      assert.equal((await desk.ask(browser, web, fields)).status, 200, JSON.stringify(fields))
    }
    await desk.close()
  })

  it('keeps its pages from being framed, kept or talked about, and loads nothing from elsewhere [AZ23 AZ24 AZ26]', async () => {
    const desk = await openAuthorizeDesk()
    const ada = await desk.addPerson('ada')
    const web = await desk.addWeb()
    const consent = await desk.ask(await desk.browserOf(ada), web)
    const signIn = await fakeBrowser().get(
      desk.login.GET,
      headerOf(await desk.ask(fakeBrowser(), web), 'location') ?? '',
    )
    const error = await desk.ask(fakeBrowser(), web, { client_id: 'nobody' })
    const formPost = await desk.ask(fakeBrowser(), web, { prompt: 'none', response_mode: 'form_post' })
    for (const page of [consent, signIn, error, formPost]) {
      assert.match(headerOf(page, 'content-security-policy') ?? '', /frame-ancestors 'none'/)
      assert.equal(headerOf(page, 'x-frame-options'), 'DENY')
      assert.equal(headerOf(page, 'cache-control'), 'no-store')
      assert.equal(headerOf(page, 'referrer-policy'), 'same-origin')
      for (const [, loaded = ''] of page.body.matchAll(/<(?:script|img|link|iframe)[^>]+(?:src|href)="([^"]*)"/g)) {
        assert.match(loaded, /^\/static\//)
      }
    }
    await desk.close()
  })

  it('lets a form lead where the client is, and nowhere else', async () => {
    const desk = await openAuthorizeDesk()
    const ada = await desk.addPerson('ada')
    const web = await desk.addWeb({
      redirectUris: ['https://app.example/cb', 'http://127.0.0.1:9999/cb', 'com.example.app:/cb', 'http://[::1]/cb'],
      clientUri: 'https://www.app.example/',
    })
    const targets =
      "form-action 'self' https://app.example http://127.0.0.1:* com.example.app: http: https://www.app.example;"
    const consent = await desk.ask(await desk.browserOf(ada), web)
    assert.ok(headerOf(consent, 'content-security-policy')?.includes(targets))
    const signIn = await fakeBrowser().get(
      desk.login.GET,
      headerOf(await desk.ask(fakeBrowser(), web), 'location') ?? '',
    )
    assert.ok(headerOf(signIn, 'content-security-policy')?.includes(targets))
    for (const next of ['/', '/o/authorize/', '/o/authorize/?client_id=nobody', `/other/?client_id=${web.id}`]) {
      const page = await fakeBrowser().get(desk.login.GET, `/accounts/login/?${queryOf({ next })}`)
      assert.ok(headerOf(page, 'content-security-policy')?.includes("form-action 'self';"))
    }
    await desk.close()
  })

  it('answers with a form where that is asked for, which has a button for those without scripts [AZ36 AZ20]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const state = `"><script>alert(1)</script>`
    const answers = [
      await desk.decide(browser, await desk.ask(browser, web, { response_mode: 'form_post', state })),
      await desk.ask(browser, web, { response_mode: 'form_post', state, scope: 'admin' }),
    ]
    for (const answer of answers) {
      assert.equal(answer.status, 200)
      assert.equal(headerOf(answer, 'location'), null)
      assert.match(answer.body, /<form method="post" action="https:\/\/app\.example\/cb" id="form-post" data-submits>/)
      assert.match(answer.body, /<button class="button" type="submit" id="form-post-submit">Continue<\/button>/)
      assert.doesNotMatch(answer.body, /<script>|onload=/)
      assert.match(headerOf(answer, 'content-security-policy') ?? '', /form-action 'self' https:\/\/app\.example;/)
    }
    const [code, refusal] = answers.map(formFields)
    assert.deepEqual(Object.keys(code ?? {}), ['code', 'state', 'iss'])
    assert.deepEqual(Object.keys(refusal ?? {}), ['error', 'error_description', 'state', 'iss'])
    assert.deepEqual([code?.['state'], code?.['iss']], [state, issuer])
    assert.equal((await desk.redeem(web, code?.['code'] ?? '')).status, 200)
    await desk.close()
  })

  it('answers in a fragment where that is asked for, and in no mode that the client is not registered for [AZ36]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const page = await desk.ask(browser, web, { response_mode: 'fragment' })
    assert.match(headerOf(await desk.decide(browser, page), 'location') ?? '', /^https:\/\/app\.example\/cb#code=/)
    const narrow = await desk.addWeb({ responseModes: ['query'] })
    for (const response_mode of ['fragment', 'form_post', 'web_message', 'query.jwt', 'jwt']) {
      const answer = await desk.ask(browser, narrow, { response_mode })
      assert.match(headerOf(answer, 'location') ?? '', /^https:\/\/app\.example\/cb\?error=invalid_request&/)
    }
    await desk.close()
  })

  it('has no token for an answer, unless that is switched on [AZ04 B-AUZ-06]', async () => {
    // RFC 9700, section 2.1.2: "clients SHOULD NOT use the implicit grant (response type token)".
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const responseTypes = ['code', 'token', 'id_token', 'id_token token', 'code id_token', 'code token']
    const web = await desk.addWeb({ responseTypes }, { grantTypes: ['authorization_code', 'implicit'] })
    for (const response_type of [
      'token',
      'id_token',
      'id_token token',
      'token id_token',
      'code id_token',
      'code token',
    ]) {
      const answer = await desk.ask(browser, web, { response_type, nonce: 'n' })
      const location = headerOf(answer, 'location') ?? ''
      assert.match(location, /^https:\/\/app\.example\/cb#error=unsupported_response_type&/)
      assert.doesNotMatch(location, /access_token|id_token=/)
    }
    await desk.close()
  })
})

function formFields({ body }: Answer): Readonly<Record<string, string>> {
  const fields = [...body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, unescaped(value)]))
}
