import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fakeBrowser, headerOf } from '../../accounts/browser.contract.ts'
import { openAuthorizeDesk, saidIn } from '../authorize.contract.ts'
import { matchesRedirectUri } from './redirect-uri.ts'

/** Nobody has registered these, where `https://app.example/cb`, `http://127.0.0.1/cb` and `com.example.app:/cb` are. */
const foreign = [
  'https://app.example/cb/',
  'https://app.example/cb?',
  'https://app.example/cb?a=b',
  'https://app.example/cb#',
  'https://app.example/cb#x',
  'https://app.example/cb%23',
  'https://app.example/cb%3F',
  'https://app.example/CB',
  'https://app.example/cb;x=1',
  'https://app.example/cb%2f',
  'https://app.example/%63b',
  'https://app.example/./cb',
  'https://app.example/x/../cb',
  'https://app.example/%2e%2e/cb',
  'https://app.example//cb',
  'https://app.example\\/cb',
  'https://app.example/cb\\',
  'https://app.example/cb/../evil',
  'https://app.example/cb/..%2fevil',
  'https://app.example/',
  'https://app.example',
  'https://app.example/c',
  'https://app.example/cbx',
  'https://APP.example/cb',
  'HTTPS://app.example/cb',
  'https://app.example:443/cb',
  'https://app.example:8443/cb',
  'https://app.example:/cb',
  'https://app.example./cb',
  'https://www.app.example/cb',
  'https://evil.app.example/cb',
  'https://app.example.evil.example/cb',
  'https://evil.example/app.example/cb',
  'https://evil.example?https://app.example/cb',
  'https://evil.example#https://app.example/cb',
  'https://evil.example\\.app.example/cb',
  'https://evil.example\\@app.example/cb',
  'https://app.example@evil.example/cb',
  'https://app.example:x@evil.example/cb',
  'https://user@app.example/cb',
  'https://user:pass@app.example/cb',
  'https://@app.example/cb',
  'https://xn--pp-uia.example/cb',
  'https://аpp.example/cb',
  'https://app。example/cb',
  'http://app.example/cb',
  'ftp://app.example/cb',
  'ws://app.example/cb',
  '//app.example/cb',
  '/cb',
  'app.example/cb',
  ' https://app.example/cb',
  'https://app.example/cb ',
  'https://app.example/cb%00',
  'https://app.example/c b',
  'https:/app.example/cb',
  'https:app.example/cb',
  'https:///app.example/cb',
  'javascript:alert(1)',
  'javascript://app.example/cb',
  'data:text/html,x',
  'vbscript:x',
  'file:///cb',
  'http://127.0.0.1/cb/',
  'http://127.0.0.1/cb?x',
  'http://127.0.0.1:/cb',
  'http://127.0.0.1:99999/cb',
  'http://127.0.0.1:0/cb',
  'http://127.0.0.1:080/cb',
  'http://127.0.0.1:80x/cb',
  'http://127.0.0.1:8080@evil.example/cb',
  'http://127.0.0.1.evil.example/cb',
  'http://127.0.0.2/cb',
  'http://127.1/cb',
  'http://2130706433/cb',
  'http://0x7f000001/cb',
  'http://[::1]/cb',
  'http://[::ffff:127.0.0.1]/cb',
  'http://[::1/cb',
  'http://localhost/cb',
  'http://localhost.evil.example/cb',
  'https://127.0.0.1/cb',
  'com.example.app://cb',
  'com.example.app:///cb',
  'com.example.app:cb',
  'com.example.app:/cb/',
  'com.example.app:/cb#',
  'com.example.other:/cb',
  'https://*.example/cb',
  '<script>alert(1)</script>',
  'x'.repeat(5000),
]

describe('the redirect URI of an authorization request', () => {
  it('is held against what is registered letter for letter: everything else ends on a page that leads nowhere [AZ01 RU01 RU05 RU13 AZ38 B-AUZ-02 B-AUZ-17 B-URI-01 B-URI-02 B-URI-03 B-URI-04 B-URI-05 B-URI-06 B-URI-08 B-URI-09 B-URI-10 B-URI-16 B-URI-22]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const redirectUris = ['https://app.example/cb', 'http://127.0.0.1/cb', 'com.example.app:/cb']
    const web = await desk.addWeb({ redirectUris })
    for (const redirect_uri of foreign) {
      for (const fields of [{ redirect_uri }, { redirect_uri, prompt: 'none', response_type: 'nonsense' }]) {
        const answer = await desk.ask(browser, web, fields)
        assert.equal(answer.status, 400, redirect_uri)
        assert.equal(headerOf(answer, 'location'), null)
        assert.equal(headerOf(answer, 'set-cookie'), null)
        // RFC 9700, section 4.11.2: nothing to click that leads there, nor what would have been right.
        assert.doesNotMatch(answer.body, /<a class="button"|http-equiv|<form|app\.example|127\.0\.0\.1/)
      }
    }
    for (const redirect_uri of redirectUris) {
      assert.equal((await desk.ask(browser, web, { redirect_uri })).status, 200)
    }
    await desk.close()
  })

  it('may have any port on this machine, which a program cannot know before, and nothing else may differ [RU02 B-URI-07]', async () => {
    // RFC 8252, section 7.3: "The authorization server MUST allow any port to be specified at the time of the request".
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const spa = await desk.addSpa({ redirectUris: ['http://127.0.0.1/cb?a=b', 'http://[::1]:4000/cb'] })
    for (const [redirect_uri, status] of [
      ['http://127.0.0.1:1/cb?a=b', 200],
      ['http://127.0.0.1:65535/cb?a=b', 200],
      ['http://127.0.0.1/cb?a=b', 200],
      ['http://[::1]/cb', 200],
      ['http://[::1]:4001/cb', 200],
      ['http://127.0.0.1:4001/cb', 400],
      ['http://127.0.0.1:4001/cb?a=c', 400],
      ['http://[::1]:4001/cb?a=b', 400],
    ] as const) {
      assert.equal((await desk.ask(browser, spa, { redirect_uri })).status, status, redirect_uri)
    }
    const page = await desk.ask(browser, spa, { redirect_uri: 'http://127.0.0.1:51004/cb?a=b' })
    const location = headerOf(await desk.decide(browser, page), 'location') ?? ''
    assert.match(location, /^http:\/\/127\.0\.0\.1:51004\/cb\?a=b&code=/)
    await desk.close()
  })

  it('may be left out where one is registered, but not with OpenID, nor where there is more than one, or none [RU06 B-AUZ-03]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const one = await desk.addWeb({ redirectUris: ['https://app.example/cb'] })
    const two = await desk.addWeb()
    const none = await desk.addWeb({ redirectUris: [] })
    const left = { redirect_uri: null, scope: 'read' }
    const page = await desk.ask(browser, one, left)
    assert.equal(page.status, 200)
    assert.match(headerOf(await desk.decide(browser, page), 'location') ?? '', /^https:\/\/app\.example\/cb\?code=/)
    // OpenID Connect Core 1.0, section 3.1.2.1: "REQUIRED".
    for (const [client, fields] of [
      [one, { ...left, scope: 'openid' }],
      [two, left],
      [none, left],
      [none, {}],
    ] as const) {
      const answer = await desk.ask(browser, client, fields)
      assert.deepEqual([answer.status, headerOf(answer, 'location')], [400, null])
    }
    await desk.close()
  })

  it('keeps a query of its own, takes long ones, and goes where the scheme of an application leads [B-AUZ-09 B-URI-09 B-URI-18]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const long = `https://app.example/${'x'.repeat(600)}`
    const redirectUris = ['https://app.example/cb?a=b&c', 'com.example.app:/cb', long]
    const client = await desk.addSpa({ redirectUris })
    for (const [redirect_uri, start] of [
      [redirectUris[0] ?? '', 'https://app.example/cb?a=b&c&code='],
      [redirectUris[1] ?? '', 'com.example.app:/cb?code='],
      [long, `${long}?code=`],
    ] as const) {
      const answer = await desk.decide(browser, await desk.ask(browser, client, { redirect_uri }))
      assert.ok(headerOf(answer, 'location')?.startsWith(start))
    }
    await desk.close()
  })

  it('is not followed where it is registered and still not safe [AZ38 B-URI-16]', async () => {
    const desk = await openAuthorizeDesk()
    const redirectUris = [
      'http://app.example/cb',
      'javascript:alert(1)',
      'https://app.example/cb#x',
      'http://localhost/cb',
    ]
    const client = await desk.addWeb({ redirectUris })
    const answers = []
    for (const redirect_uri of redirectUris) {
      answers.push((await desk.ask(fakeBrowser(), client, { redirect_uri, prompt: 'none' })).status)
    }
    // That the name of this machine may be registered is a setting of the server; its port has to be the registered one.
    assert.deepEqual(answers, [400, 400, 400, 303])
    const other = await desk.ask(fakeBrowser(), client, { redirect_uri: 'http://localhost:1/cb', prompt: 'none' })
    assert.equal(other.status, 400)
    await desk.close()
  })

  it('has to be the same where the code is traded, or left out as OAuth 2.1 has it [RU08 B-URI-15]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    for (const [redirect_uri, status] of [
      ['https://app.example/other?a=b', 400],
      ['https://app.example/cb/', 400],
      ['https://app.example/cb', 200],
      [null, 200],
    ] as const) {
      const answer = await desk.redeem(web, await desk.codeFor(browser, web), { redirect_uri })
      assert.equal(answer.status, status)
      if (status === 400) {
        assert.equal(answer.json['error'], 'invalid_grant')
        assert.doesNotMatch(answer.text, /app\.example/)
      }
    }
    await desk.close()
  })

  it('has to be named where the code is traded if nothing else proves who asked for it', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb({ pkceOptional: true })
    const bare = { code_challenge: null, code_challenge_method: null, nonce: 'n' }
    const code = await desk.codeFor(browser, web, bare)
    assert.equal((await desk.redeem(web, code, { redirect_uri: null, code_verifier: null })).status, 400)
    const again = await desk.codeFor(browser, web, bare)
    assert.equal((await desk.redeem(web, again, { code_verifier: null })).status, 200)
    await desk.close()
  })

  it('is in the log where it was wrong, cut short and without control characters [B-URI-21]', async () => {
    const refused: unknown[] = []
    const desk = await openAuthorizeDesk({ onRequestRefused: (one) => refused.push(one) })
    const web = await desk.addWeb()
    await desk.ask(fakeBrowser(), web, { redirect_uri: `https://evil.example/\r\n\u202e${'x'.repeat(500)}` })
    assert.deepEqual(refused, [
      {
        code: 'invalid_request',
        reason: 'The redirect_uri is not registered for this application.',
        requestId: 'the-request-id',
        clientId: web.id,
        redirectUri: `https://evil.example/???${'x'.repeat(176)}`,
      },
    ])
    await desk.close()
  })

  it('says nothing of a request that is wrong otherwise to anybody but that address [B-AUZ-12]', async () => {
    const desk = await openAuthorizeDesk()
    const web = await desk.addWeb()
    const good = await desk.ask(fakeBrowser(), web, { prompt: 'none' })
    assert.equal(saidIn(good).get('error'), 'login_required')
    const bad = await desk.ask(fakeBrowser(), web, { prompt: 'none', redirect_uri: 'https://evil.example/' })
    assert.deepEqual([bad.status, headerOf(bad, 'location')], [400, null])
    await desk.close()
  })
})

describe('matchesRedirectUri', () => {
  it('holds localhost to its port, unless it is of a document, which cannot know that [B-URI-07 B-URI-08]', () => {
    const registered = 'http://localhost/cb'
    for (const [sent, isMatch] of [
      ['http://localhost:8090/cb', true],
      ['http://localhost:8090/other', false],
      ['http://localhost:8090/cb?x=1', false],
      ['http://127.0.0.1:8090/cb', false],
      ['http://localhost.evil.example/cb', false],
      ['http://localhost:8090@evil.example/cb', false],
      ['https://localhost:8090/cb', false],
    ] as const) {
      assert.equal(matchesRedirectUri(registered, sent), false, sent)
      assert.equal(matchesRedirectUri(registered, sent, { anyLocalhostPort: true }), isMatch, sent)
    }
  })

  it('lets a wildcard stand for one label of the host, where one could be registered [B-URI-13 B-URI-14]', () => {
    const star = 'https://*.example.com/cb'
    for (const [registered, sent, isMatch] of [
      [star, 'https://a.example.com/cb', true],
      [star, 'https://a.b.example.com/cb', false],
      [star, 'https://example.com/cb', false],
      [star, 'https://.example.com/cb', false],
      [star, 'https://evil-example.com/cb', false],
      [star, 'https://aXexample.com/cb', false],
      [star, 'https://evil.com/.example.com/cb', false],
      [star, 'https://evil.com#.example.com/cb', false],
      [star, 'https://a@b.example.com/cb', false],
      [star, 'http://a.example.com/cb', false],
      [star, 'https://a.example.com/cb/', false],
      ['https://*-p.example.com/cb', 'https://x-p.example.com/cb', true],
      ['https://*-p.example.com/cb', 'https://x.example.com/cb', false],
      ['https://a.*.com/cb', 'https://a.b.com/cb', false],
    ] as const) {
      assert.equal(matchesRedirectUri(registered, sent), isMatch, `${registered} ${sent}`)
    }
  })
})
