import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { type AuthorizeDesk, openAuthorizeDesk, saidIn } from '../authorize.contract.ts'

async function isAlive(desk: AuthorizeDesk, token: unknown): Promise<boolean> {
  try {
    return (await desk.identify({ authorization: `Bearer ${String(token)}` })) !== null
  } catch {
    return false
  }
}

describe('the authorization code grant', () => {
  it('gives an access token, a refresh token and an ID token, as the scopes have it [B-TKE-01 TK02 TK20 RF11]', async () => {
    const desk = await openAuthorizeDesk()
    const ada = await desk.addPerson('ada')
    const browser = await desk.browserOf(ada)
    const web = await desk.addWeb()
    for (const [scope, names] of [
      [
        'openid read offline_access',
        ['access_token', 'token_type', 'expires_in', 'scope', 'refresh_token', 'id_token'],
      ],
      ['openid read', ['access_token', 'token_type', 'expires_in', 'scope', 'id_token']],
      ['read', ['access_token', 'token_type', 'expires_in', 'scope', 'refresh_token']],
    ] as const) {
      const answer = await desk.redeem(web, await desk.codeFor(browser, web, { scope }))
      assert.equal(answer.status, 200)
      assert.deepEqual(Object.keys(answer.json), names)
      assert.deepEqual([answer.json['token_type'], answer.json['scope']], ['Bearer', scope])
      assert.equal(answer.header('cache-control'), 'no-store')
      assert.match(answer.header('content-type') ?? '', /^application\/json/)
      const identity = await desk.identify({ authorization: `Bearer ${String(answer.json['access_token'])}` })
      assert.equal(identity?.principal.id, ada)
    }
    const bare = await desk.addWeb({}, { grantTypes: ['authorization_code'] })
    const { json } = await desk.redeem(bare, await desk.codeFor(browser, bare, { scope: 'openid offline_access' }))
    assert.ok(!('refresh_token' in json))
    await desk.close()
  })

  it('takes a code once: a second use is refused, and ends all that came of the first [TK08 B-TKE-03]', async () => {
    // RFC 6749, section 4.1.2: "the authorization server MUST deny the request and SHOULD revoke (when possible) all tokens".
    const replays: unknown[] = []
    const desk = await openAuthorizeDesk({ onReplayed: (replay) => replays.push(replay) })
    const ada = await desk.addPerson('ada')
    const browser = await desk.browserOf(ada)
    const web = await desk.addWeb()
    const code = await desk.codeFor(browser, web, { scope: 'openid read offline_access' })
    const { json } = await desk.redeem(web, code)
    assert.equal(await isAlive(desk, json['access_token']), true)
    const again = await desk.redeem(web, code)
    assert.deepEqual([again.status, again.json['error']], [400, 'invalid_grant'])
    assert.equal(await isAlive(desk, json['access_token']), false)
    const refreshed = await desk.post('/o/token/', {
      grant_type: 'refresh_token',
      refresh_token: String(json['refresh_token']),
      client_id: web.id,
      client_secret: web.secret ?? '',
    })
    assert.deepEqual([refreshed.status, refreshed.json['error']], [400, 'invalid_grant'])
    assert.deepEqual(replays, [{ clientId: web.id, userId: ada }])
    const ends = await desk.database.read.selectFrom('grants').select('revoked_for').execute()
    assert.deepEqual(ends, [{ revoked_for: 'code_replayed' }])
    await desk.close()
  })

  it('gives nothing for a sign-in that ended in the moment before its code was stored', async () => {
    // OpenID Connect Back-Channel Logout 1.0, section 2.7: what lives as long as a session ends with it.
    const desk = await openAuthorizeDesk()
    const ada = await desk.addPerson('ada')
    const web = await desk.addWeb()
    for (const [scope, status] of [
      ['openid read', 400],
      ['openid read offline_access', 200],
    ] as const) {
      const code = await desk.codeFor(await desk.browserOf(ada), web, { scope })
      // What ends a sign-in ends its grants: this one came a moment later.
      await desk.database.write(async (unit) => {
        await unit.deleteFrom('sessions').execute()
      })
      const { status: answered, json } = await desk.redeem(web, code)
      assert.equal(answered, status)
      if (status === 400) assert.equal(json['error'], 'invalid_grant')
    }
    await desk.close()
  })

  it('takes no code that is over, unknown or malformed [TK10 B-TKE-02]', async () => {
    // RFC 6749, section 4.1.2: "A maximum authorization code lifetime of 10 minutes is RECOMMENDED."
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const young = await desk.codeFor(browser, web)
    desk.time.now += 59_999
    assert.equal((await desk.redeem(web, young)).status, 200)
    const old = await desk.codeFor(browser, web)
    desk.time.now += 60_000
    const token = String((await desk.redeem(web, await desk.codeFor(browser, web))).json['access_token'])
    for (const code of [
      old,
      '',
      'x',
      token,
      `${old}x`,
      old.slice(0, -1),
      `${old.slice(0, -1)}0`,
      'ü',
      '\0',
      'x'.repeat(60_000),
    ]) {
      const answer = await desk.redeem(web, code)
      assert.equal(answer.status, 400)
      const expected = code === '' || code === '\0' ? 'invalid_request' : 'invalid_grant'
      assert.equal(answer.json['error'], expected, code.slice(0, 80))
      assert.ok(!answer.text.includes(code.slice(0, 200)) || code.length < 3)
    }
    await desk.close()
  })

  it('takes no code of another client, for which it stays good [TK11 B-TKE-05]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const [web, other, spa] = [await desk.addWeb(), await desk.addWeb(), await desk.addSpa()]
    const code = await desk.codeFor(browser, web)
    for (const thief of [other, spa]) {
      const answer = await desk.redeem(thief, code, { redirect_uri: web.redirectUri })
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_grant'])
    }
    const unproven = await desk.redeem(web, code, { client_secret: null })
    assert.deepEqual([unproven.status, unproven.json['error']], [401, 'invalid_client'])
    assert.equal((await desk.redeem(web, code)).status, 200)
    await desk.close()
  })

  it('ends with its user, its client, its grant and its sign-out everywhere [B-TKE-10]', async () => {
    const desk = await openAuthorizeDesk()
    const web = await desk.addWeb()
    let names = 0
    const fresh = async (): Promise<{ readonly user: string; readonly code: string }> => {
      names += 1
      const user = await desk.addPerson(`user${names}`)
      return { user, code: await desk.codeFor(await desk.browserOf(user), web) }
    }
    for (const columns of [{ is_active: 0 }, { signed_out_at: desk.time.now }]) {
      const { user, code } = await fresh()
      await desk.database.write(async (unit) => {
        await unit.updateTable('users').set(columns).where('username', '=', `user${names}`).execute()
      })
      assert.equal((await desk.redeem(web, code)).json['error'], 'invalid_grant', user)
    }
    const { user, code } = await fresh()
    const [grant] = await desk.database.read.selectFrom('grants').select('id').orderBy('id', 'desc').execute()
    await desk.server.grants.end(grant?.id ?? 0n, 'revoked', { actor: `user:${user}` })
    assert.equal((await desk.redeem(web, code)).json['error'], 'invalid_grant')
    const { code: last } = await fresh()
    await desk.database.write(async (unit) => {
      await unit.updateTable('clients').set({ is_active: 0 }).where('identifier', '=', web.id).execute()
    })
    assert.equal((await desk.redeem(web, last)).json['error'], 'invalid_client')
    await desk.close()
  })

  it('gives tokens for the resources that were allowed, or some of them, and for no other [TX13]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const resources = ['https://a.example/', 'https://b.example/']
    const web = await desk.addWeb({ resources, accessTokenFormat: 'jwt' })
    const asked = { scope: 'read', resource: resources }
    for (const [resource, aud] of [
      [null, resources],
      ['https://a.example/', 'https://a.example/'],
    ] as const) {
      const { json } = await desk.redeem(web, await desk.codeFor(browser, web, asked), { resource })
      const claims = JSON.parse(
        Buffer.from(String(json['access_token']).split('.')[1] ?? '', 'base64url').toString(),
      ) as {
        readonly aud: unknown
      }
      assert.deepEqual(claims.aud, aud)
    }
    const code = await desk.codeFor(browser, web, asked)
    const answer = await desk.redeem(web, code, { resource: 'https://c.example/' })
    assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_target'])
    await desk.close()
  })

  it('stores no code as it is, and forgets the scopes that were asked for with the code [SE02]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const code = await desk.codeFor(browser, web)
    const rows = await desk.database.read.selectFrom('authorization_codes').selectAll().execute()
    const events = await desk.database.read.selectFrom('audit_events').selectAll().execute()
    const secret = code.split('_')[3] ?? 'none'
    for (const row of [...rows, ...events]) {
      const texts = Object.values(row).map((value) => (typeof value === 'string' ? value : ''))
      assert.ok(!texts.join(' ').includes(secret))
    }
    const { json } = await desk.redeem(web, code, { scope: 'openid read write' })
    assert.equal(json['scope'], 'openid read')
    await desk.close()
  })

  it('is only for clients that are registered for it [TK06 B-TKE-11 AZ03]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const machine = await desk.addWeb({}, { grantTypes: ['client_credentials'] })
    assert.equal(saidIn(await desk.ask(browser, machine)).get('error'), 'unauthorized_client')
    assert.equal((await desk.redeem(machine, 'x')).json['error'], 'unauthorized_client')
    await desk.close()
  })
})

onEachDatabase('a code that fifty trade at once', (stage) => {
  it('gives tokens to one of them at most, and invalid_grant to the rest [B-TKE-04 TK08]', async () => {
    const desk = await openAuthorizeDesk({}, await stage())
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const spa = await desk.addSpa()
    const code = await desk.codeFor(browser, spa, { scope: 'openid read offline_access' })
    const answers = await Promise.all(Array.from({ length: 50 }, async () => desk.redeem(spa, code)))
    const given = answers.filter(({ status }) => status === 200)
    assert.equal(given.length, 1)
    for (const { status, json } of answers.filter((answer) => !given.includes(answer))) {
      assert.deepEqual([status, json['error']], [400, 'invalid_grant'])
    }
    // The forty-nine were replays: nobody can tell who of them was a thief.
    assert.equal(await isAlive(desk, given[0]?.json['access_token']), false)
    await desk.close()
  })

  it('gives nothing where the same is asked for with the wrong proof beside', async () => {
    const desk = await openAuthorizeDesk({}, await stage())
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const spa = await desk.addSpa()
    const code = await desk.codeFor(browser, spa)
    const wrong = { code_verifier: 'x'.repeat(43) }
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => desk.redeem(spa, code, index % 2 === 0 ? wrong : {})),
    )
    assert.ok(answers.filter(({ status }) => status === 200).length <= 1)
    assert.ok(answers.every(({ status }) => status === 200 || status === 400))
    await desk.close()
  })

  it('is another one for each of ten clicks at once, and what they allow is remembered once', async () => {
    const desk = await openAuthorizeDesk({}, await stage())
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    const page = await desk.ask(browser, web)
    const answers = await Promise.all(Array.from({ length: 10 }, async () => desk.decide(browser, page)))
    const codes = new Set(answers.map((answer) => saidIn(answer).get('code')))
    assert.equal(codes.size, 10)
    const consents = await desk.database.read.selectFrom('consents').selectAll().execute()
    assert.deepEqual(
      consents.map(({ scopes }) => scopes),
      ['openid read'],
    )
    await desk.close()
  })
})
