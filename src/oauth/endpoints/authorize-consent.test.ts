import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { headerOf } from '../../accounts/browser.contract.ts'
import { type Fields, hiddenFields, openAuthorizeDesk, saidIn } from '../authorize.contract.ts'

describe('the consent page', () => {
  it('says who asks for what, and where the answer goes [AZ29 B-AUZ-04]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb({ resources: ['https://api.example/v1'] })
    const page = await desk.ask(browser, web, { scope: 'openid write', resource: 'https://api.example/v1' })
    assert.equal(page.status, 200)
    assert.match(page.body, /<strong id="application"><bdi>an application<\/bdi>/)
    assert.match(page.body, /<bdi>ada<\/bdi>/)
    assert.match(page.body, /Change things<\/h3>\s*<ul[^>]*>\s*<li>Change your data<\/li>/)
    assert.match(page.body, /Look at things<\/h3>\s*<ul[^>]*>\s*<li>Know who you are<\/li>/)
    assert.match(page.body, /until you sign out here, and for 90 days at most/)
    assert.match(page.body, /id="redirect-host">app\.example</)
    assert.match(page.body, /<strong>api\.example<\/strong>/)
    assert.match(page.body, /id="publisher">It was registered by those who run this site\./)
    assert.doesNotMatch(page.body, /id="not-reviewed"/)
    const spa = await desk.addSpa()
    const local = await desk.ask(browser, spa, { redirect_uri: 'http://127.0.0.1:4711/cb' })
    assert.match(local.body, /id="redirect-host"\s*>a program on this computer \(127\.0\.0\.1:4711\)</)
    await desk.close()
  })

  it('lets a person leave out scopes where there is a choice: only what is ticked is granted [B-AUZ-22]', async () => {
    const desk = await openAuthorizeDesk({ scopeChoice: true })
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const claims = JSON.stringify({ userinfo: { email: null, name: null }, id_token: { email: { essential: true } } })
    const fields = { scope: 'openid profile offline_access read write', claims }
    const page = await desk.ask(browser, web, fields)
    const boxes = [...page.body.matchAll(/type="checkbox"[^>]*name="allowed_scope"[^>]*value="([^"]+)"[^>]*checked/gs)]
    assert.deepEqual(
      boxes.map(([, scope]) => scope),
      ['write', 'profile', 'read', 'email', 'offline_access'],
    )
    // What was not asked for cannot be ticked, and `openid` stays.
    const answer = await desk.decide(browser, page, 'allow', { allowed_scope: ['profile', 'read', 'admin'] })
    const tokens = await desk.redeem(web, saidIn(answer).get('code') ?? '')
    assert.equal(tokens.json['scope'], 'openid profile read')
    assert.equal('refresh_token' in tokens.json, false, 'offline_access was left out')
    const grant = await desk.database.read.selectFrom('grants').selectAll().executeTakeFirstOrThrow()
    // OpenID Connect Core 1.0, section 5.5: what is asked for one by one goes with its scope.
    assert.deepEqual((JSON.parse(grant.detail) as { claims: object }).claims, {
      id_token: {},
      userinfo: { name: null },
    })
    assert.equal(saidIn(await desk.ask(browser, web, { scope: 'openid profile read' })).has('code'), true)
    assert.equal((await desk.ask(browser, web, fields)).status, 200, 'they are asked again for the rest')
    const none = await desk.decide(browser, await desk.ask(browser, web, { scope: 'write' }), 'allow', {})
    assert.equal(saidIn(none).get('error'), 'access_denied')
    await desk.close()
  })

  it('is shown each time where administration is given away: an answer from before is not enough', async () => {
    const desk = await openAuthorizeDesk({ scopes: { openid: 'Know who you are', admin: 'Run this site' } })
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    for (const scope of ['openid admin', 'admin']) {
      const answer = await desk.decide(browser, await desk.ask(browser, web, { scope }), 'allow')
      assert.equal(saidIn(answer).has('code'), true)
      assert.equal((await desk.ask(browser, web, { scope })).status, 200, 'they are asked again')
    }
    await desk.decide(browser, await desk.ask(browser, web, { scope: 'openid' }), 'allow')
    assert.equal(saidIn(await desk.ask(browser, web, { scope: 'openid' })).has('code'), true)
    await desk.close()
  })

  it('is there for an application at a host that no policy can name: any https is allowed then', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb({ redirectUris: ['https://my_app.example/cb'] })
    const page = await desk.ask(browser, web, { redirect_uri: 'https://my_app.example/cb' })
    assert.equal(page.status, 200)
    // CSP Level 3, section 2.3.1: host-char = ALPHA / DIGIT / "-".
    assert.match(headerOf(page, 'content-security-policy') ?? '', /form-action 'self' https:;/)
    await desk.close()
  })

  it('grants all that it shows where there is no choice, whatever a form says', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const page = await desk.ask(browser, web, { scope: 'read write' })
    assert.doesNotMatch(page.body, /name="allowed_scope"/)
    const answer = await desk.decide(browser, page, 'allow', { allowed_scope: 'read' })
    assert.equal((await desk.redeem(web, saidIn(answer).get('code') ?? '')).json['scope'], 'read write')
    await desk.close()
  })

  it('shows the pages of an application, and leads to them only where somebody has looked at it [AZ29]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb({
      clientUri: 'https://app.example/',
      policyUri: 'https://app.example/privacy',
      tosUri: `https://app.example/${'t'.repeat(1000)}`,
    })
    // RFC 7591, section 2: "The authorization server SHOULD display this URL to the end-user if it is provided."
    const { body } = await desk.ask(browser, web)
    const links = [
      ...body.matchAll(/<a href="(https:[^"]+)" target="_blank" rel="noopener noreferrer">([^(<]+) \(opens/g),
    ]
    assert.deepEqual(
      links.map(([, href, text]) => [href?.slice(0, 30), text]),
      [
        ['https://app.example/', 'Its home page'],
        ['https://app.example/privacy', 'What it says about privacy'],
        ['https://app.example/tttttttttt', 'Its terms of service'],
      ],
    )
    await desk.database.write(async (unit) => {
      await unit.updateTable('clients').set({ source: 'portal' }).where('identifier', '=', web.id).execute()
    })
    const open = await openAuthorizeDesk({ unreviewedApps: 'everybody' }, desk)
    const unreviewed = (await open.ask(browser, web)).body
    assert.match(unreviewed, /What it says about privacy: <bdi>https:\/\/app\.example\/privacy<\/bdi>/)
    assert.match(unreviewed, /Its terms of service: <bdi>https:\/\/app\.example\/t{80}…<\/bdi>/)
    assert.doesNotMatch(unreviewed, /href="https:\/\/app\.example/)
    await open.close()
    await desk.close()
  })

  it('cuts and escapes what an application calls itself [AZ29]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    for (const [name, shown] of [
      [`<script>alert(1)</script>`, '&lt;script&gt;alert(1)&lt;/script&gt;'],
      ['Bank\u202emoc.live\u202c\u2066x\u2069', 'Bank moc.live x'],
      ['a\r\nb\u2028c\0d', 'a b c d'],
      ['x'.repeat(10_240), `${'x'.repeat(80)}…`],
      ['😀'.repeat(100), `${'😀'.repeat(80)}…`],
      ['\u200b\u200b', 'An application'],
      [`z${'\u0301'.repeat(50)}`, `z${'\u0301'.repeat(3)}`],
    ] as const) {
      await desk.database.write(async (unit) => {
        await unit.updateTable('clients').set({ name, source: 'dynamic' }).where('identifier', '=', web.id).execute()
      })
      const { body } = await desk.ask(browser, web)
      assert.equal(/<bdi>([^<]*)<\/bdi>/.exec(body)?.[1], shown)
      assert.equal(body.split('<script').length, 2)
      assert.match(body, /id="publisher">Nobody here answers for it\./)
      assert.match(body, /id="not-reviewed"/)
    }
    await desk.close()
  })

  it('sends a person who says no back with access_denied, the state and the issuer, and asks them again [AZ19 B-AUZ-05]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    for (const fields of [{}, { decision: null }, { decision: 'maybe' }, { decision: '' }]) {
      const answer = await desk.decide(browser, await desk.ask(browser, web), 'deny', fields)
      assert.equal(answer.status, 303)
      const said = saidIn(answer)
      const got = [said.get('error'), said.get('state'), said.get('iss'), said.get('code')]
      assert.deepEqual(got, ['access_denied', 'af0ifjsldkj', 'https://id.example', null])
    }
    const stateless = await desk.decide(browser, await desk.ask(browser, web, { state: null }), 'deny')
    assert.equal(saidIn(stateless).get('state'), null)
    assert.equal((await desk.ask(browser, web)).status, 200)
    await desk.close()
  })

  it('takes no form that is not its own: of no session, another one, another request, or changed [AZ30 B-AUZ-15 B-AUZ-19]', async () => {
    // RFC 6749, section 10.12: "The authorization server MUST implement CSRF protection for its authorization endpoint".
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const eve = await desk.browserOf(await desk.addPerson('eve'))
    const redirectUris = ['https://app.example/cb', 'https://app.example/two']
    const [web, other] = [await desk.addWeb({ redirectUris }), await desk.addWeb({ redirectUris })]
    const page = await desk.ask(browser, web)
    const eves = hiddenFields(await desk.ask(eve, web))
    const ofAnother = hiddenFields(await desk.ask(browser, web, { state: 'another' }))
    const tampered: readonly Fields[] = [
      { csrfmiddlewaretoken: null },
      { csrfmiddlewaretoken: '' },
      { csrfmiddlewaretoken: 'x' },
      { csrfmiddlewaretoken: eves['csrfmiddlewaretoken'] ?? '' },
      { consent_token: null },
      { consent_token: '' },
      { consent_token: 'x' },
      { consent_token: eves['consent_token'] ?? '' },
      { consent_token: ofAnother['consent_token'] ?? '' },
      { csrfmiddlewaretoken: null, consent_token: null },
      { consent_token: eves['consent_token'] ?? '', csrfmiddlewaretoken: eves['csrfmiddlewaretoken'] ?? '' },
      { scope: 'openid read write' },
      { scope: 'nonsense' },
      { response_type: 'token' },
      { scope: ['openid read', 'write'] },
      { state: 'another' },
      { client_id: other.id },
      { redirect_uri: 'https://app.example/two' },
      { code_challenge: 'x'.repeat(43) },
      { nonce: 'new' },
      { prompt: 'none' },
    ]
    for (const fields of tampered) {
      const answer = await desk.decide(browser, page, 'allow', fields)
      assert.equal(answer.status, 403, JSON.stringify(fields))
      assert.equal(headerOf(answer, 'location'), null)
      assert.match(answer.body, /403 csrf_failed/)
    }
    // What leads elsewhere is found wrong before that.
    const astray = await desk.decide(browser, page, 'allow', { redirect_uri: 'https://evil.example/' })
    assert.deepEqual([astray.status, headerOf(astray, 'location')], [400, null])
    assert.ok(saidIn(await desk.decide(browser, page)).has('code'))
    await desk.close()
  })

  it('takes no form of another site, with the right token too [AZ30]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const page = await desk.ask(browser, await desk.addWeb())
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'https://app.example' },
      { origin: 'null' },
      { origin: 'http://id.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const answer = await desk.decide(browser, page, 'allow', {}, headers)
      assert.equal(answer.status, 403)
      assert.equal(headerOf(answer, 'location'), null)
    }
    await desk.close()
  })

  it('is remembered for a confidential client: it is asked again for more, after a time, and where it is told to [B-AUZ-08 B-AUZ-14 AZ12]', async () => {
    const desk = await openAuthorizeDesk()
    const ada = await desk.addPerson('ada')
    const browser = await desk.browserOf(ada)
    const web = await desk.addWeb({ resources: ['https://api.example/'] })
    const quiet = { prompt: 'none' }
    assert.equal(saidIn(await desk.ask(browser, web, quiet)).get('error'), 'consent_required')
    assert.ok(await desk.codeFor(browser, web))
    for (const fields of [{}, { scope: 'read' }, { scope: 'openid' }, quiet]) {
      assert.ok(saidIn(await desk.ask(browser, web, fields)).has('code'))
    }
    for (const fields of [
      { scope: 'openid read write' },
      { resource: 'https://api.example/' },
      { prompt: 'consent' },
      // What claims ask for one by one is of a scope too.
      { claims: '{"userinfo":{"email":null}}' },
    ]) {
      const page = await desk.ask(browser, web, fields)
      assert.match(page.body, /id="consent"/)
    }
    assert.match(
      (await desk.ask(browser, web, { claims: '{"userinfo":{"email":null}}' })).body,
      /See your e-mail address/,
    )
    assert.equal(saidIn(await desk.ask(browser, web, { ...quiet, scope: 'write' })).get('error'), 'consent_required')
    // What was allowed before still is.
    assert.ok(await desk.codeFor(browser, web, { scope: 'write' }))
    assert.ok(saidIn(await desk.ask(browser, web, { scope: 'openid read write' })).has('code'))
    // Somebody else is asked for themselves, and another client for itself.
    assert.equal((await desk.ask(await desk.browserOf(await desk.addPerson('eve')), web)).status, 200)
    assert.equal((await desk.ask(browser, await desk.addWeb())).status, 200)
    desk.time.now += 90 * 86_400_000
    assert.equal((await desk.ask(await desk.browserOf(ada), web)).status, 200)
    await desk.close()
  })

  it('is remembered where the box for that is ticked, and no more for whoever takes the tick away', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    assert.match((await desk.ask(browser, web)).body, /Remember this answer/)
    for (const remember_consent of [null, '', '0', 'on']) {
      const answer = await desk.decide(browser, await desk.ask(browser, web), 'allow', { remember_consent })
      assert.ok(saidIn(answer).has('code'))
      assert.equal((await desk.ask(browser, web)).status, 200, 'they are asked again')
    }
    // What an application sends is not what the person ticked.
    const sent = await desk.ask(browser, web, { remember_consent: '1' })
    assert.equal('remember_consent' in hiddenFields(sent), false)
    await desk.decide(browser, sent, 'allow', { remember_consent: null })
    assert.equal(saidIn(await desk.ask(browser, web, { prompt: 'none' })).get('error'), 'consent_required')
    await desk.decide(browser, await desk.ask(browser, web), 'allow', { remember_consent: '1' })
    assert.ok(saidIn(await desk.ask(browser, web, { prompt: 'none' })).has('code'))
    const again = await desk.ask(browser, web, { prompt: 'consent' })
    assert.ok(saidIn(await desk.decide(browser, again, 'allow', { remember_consent: null })).has('code'))
    assert.equal((await desk.ask(browser, web)).status, 200)
    assert.equal(saidIn(await desk.ask(browser, web, { prompt: 'none' })).get('error'), 'consent_required')
    // Who says no has answered nothing that was remembered.
    await desk.decide(browser, await desk.ask(browser, web), 'allow')
    await desk.decide(browser, await desk.ask(browser, web, { prompt: 'consent' }), 'deny', { remember_consent: null })
    assert.ok(saidIn(await desk.ask(browser, web)).has('code'))
    await desk.close()
  })

  it('has the box ticked to begin with, but not for what registered itself until an answer is remembered', async () => {
    const desk = await openAuthorizeDesk({ unreviewedApps: 'everybody' })
    const ticked = /<input[^>]*id="remember-consent"[^>]*checked/
    for (const [source, isTicked] of [
      ['manual', true],
      ['portal', true],
      ['dynamic', false],
    ] as const) {
      const browser = await desk.browserOf(await desk.addPerson(source))
      const web = await desk.addWeb()
      await desk.database.write(async (unit) => {
        await unit.updateTable('clients').set({ source }).where('identifier', '=', web.id).execute()
      })
      const first = await desk.ask(browser, web)
      assert.match(first.body, /id="remember-consent"/, source)
      assert.equal(ticked.test(first.body), isTicked, source)
      // What an application sends does not tick it.
      const sent = await desk.ask(browser, web, { remember_consent: '1', prompt: 'consent' })
      assert.equal(ticked.test(sent.body), isTicked, source)
      await desk.decide(browser, first, 'allow', { remember_consent: '1' })
      assert.match((await desk.ask(browser, web, { prompt: 'consent' })).body, ticked, source)
      await desk.decide(browser, await desk.ask(browser, web, { prompt: 'consent' }), 'allow', {
        remember_consent: null,
      })
      assert.equal(ticked.test((await desk.ask(browser, web)).body), isTicked, source)
    }
    await desk.close()
  })

  it('groups what is asked for by what it lets an application do, the most far-reaching first', async () => {
    const scopes = {
      openid: 'Know who you are',
      offline_access: 'Keep access while you are away',
      'notes.read': 'Read your notes',
      'notes:write': 'Change your notes',
      'notes:delete': 'Delete your notes',
      pay: 'Pay with your card',
      admin: 'Run this site',
      toString: 'Say things',
      'read-and-write': 'Read and write',
    }
    const desk = await openAuthorizeDesk({ scopes, scopeRisks: { pay: 'sensitive' } })
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const { body } = await desk.ask(browser, web, { scope: Object.keys(scopes).join(' ') })
    const groups = [...body.matchAll(/<h3[^>]*id="risk-([a-z]+)"[^>]*>[^<]+<\/h3>\s*<ul[^>]*>([^]*?)<\/ul>/g)].map(
      ([, risk, list = '']) => [risk, [...list.matchAll(/<li>([^<]+)<\/li>/g)].map(([, sentence]) => sentence)],
    )
    assert.deepEqual(groups, [
      ['sensitive', ['Delete your notes', 'Pay with your card', 'Run this site']],
      ['changes', ['Change your notes', 'Say things', 'Read and write']],
      ['reads', ['Know who you are', 'Read your notes']],
      ['lasts', ['Keep access while you are away']],
    ])
    assert.match(body, /for 90 days at most \(<time[^>]*>[^<]+<\/time>\), also once you have signed out here/)
    await desk.close()
  })

  it('is shown for a public client each time, whatever was allowed before [AZ27]', async () => {
    // RFC 8252, section 8.6: "authorization servers SHOULD NOT process authorization requests automatically without user consent".
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    for (const metadata of [
      {},
      { redirectUris: ['https://app.example/cb'] },
      { redirectUris: ['com.example.app:/cb'], consent: 'never' },
      { consent: 'never' },
    ] as const) {
      const spa = await desk.addSpa(metadata)
      for (let time = 0; time < 2; time += 1) {
        const page = await desk.ask(browser, spa)
        assert.match(page.body, /id="consent"/)
        assert.match(page.body, /You will be asked again next time/)
        assert.ok(saidIn(await desk.decide(browser, page)).has('code'))
        assert.equal(saidIn(await desk.ask(browser, spa, { prompt: 'none' })).get('error'), 'consent_required')
      }
    }
    assert.deepEqual(await desk.database.read.selectFrom('consents').selectAll().execute(), [])
    await desk.close()
  })

  it('is left out for an application of the house, and shown each time where that is registered [B-AUZ-07]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const own = await desk.addWeb({ consent: 'never' })
    assert.ok(saidIn(await desk.ask(browser, own)).has('code'))
    assert.ok(saidIn(await desk.ask(browser, own, { prompt: 'none' })).has('code'))
    const asked = await desk.ask(browser, own, { prompt: 'consent' })
    assert.match(asked.body, /You are asked since the application wants you to be/)
    assert.doesNotMatch(asked.body, /id="remember-consent"|asked again next time/)
    const page = await desk.addSpa({ consent: 'never', redirectUris: ['https://spa.example/cb'] })
    assert.ok(saidIn(await desk.ask(browser, page)).has('code'))
    const strict = await desk.addWeb({ consent: 'always' })
    assert.ok(await desk.codeFor(browser, strict))
    assert.equal((await desk.ask(browser, strict)).status, 200)
    await desk.close()
  })

  it('is forgotten when its user says so', async () => {
    const desk = await openAuthorizeDesk()
    const ada = await desk.addPerson('ada')
    const browser = await desk.browserOf(ada)
    const web = await desk.addWeb()
    assert.ok(await desk.codeFor(browser, web))
    const { consents, findClient } = desk.server
    const clientKey = (await findClient(web.id))?.key ?? 0n
    const [known] = await consents.list(ada)
    assert.deepEqual([known?.clientKey, known?.scopes], [clientKey, ['openid', 'read']])
    const by = { actor: `user:${ada}` }
    assert.equal(await consents.forget({ userId: ada, clientKey }, by), true)
    assert.equal(await consents.forget({ userId: ada, clientKey }, by), false)
    assert.deepEqual(await consents.list(ada), [])
    assert.deepEqual(await consents.list('nobody'), [])
    assert.equal((await desk.ask(browser, web)).status, 200)
    const events = await desk.database.read.selectFrom('audit_events').select('event').execute()
    assert.ok(events.some(({ event }) => event === 'consent.withdrawn'))
    await desk.close()
  })
})
