import assert from 'node:assert/strict'
import { it } from 'node:test'
import { makeProofKey, type ProofKey } from '../../http/dpop.contract.ts'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { grantTo, grantToNew } from '../granted.contract.ts'
import { type Answered, openOAuthDesk, type OAuthDesk } from '../oauth-desk.contract.ts'
import type { OAuthServerOptions } from '../server.ts'

const grantTypes = ['authorization_code', 'refresh_token']
const scopes = ['openid', 'offline_access', 'read', 'write']
const refused = {
  error: 'invalid_grant',
  error_description: 'The refresh token is not valid any more, or is for another client.',
}

onEachDatabase('a refresh token', (stage) => {
  async function open(options: Partial<OAuthServerOptions> = {}): Promise<OAuthDesk> {
    return openOAuthDesk(options, await stage())
  }

  const works = async (desk: OAuthDesk, access: string): Promise<boolean> =>
    (await desk.identify({ authorization: `Bearer ${access}` }).catch(() => null)) !== null

  it('gives the next one and an access token, and is spent [B-RFT-01 RF01]', async () => {
    const desk = await open()
    const { refresh, refreshToken, next } = await grantToNew(desk, { isPublic: true })
    const first = await refresh(refreshToken)
    assert.equal(first.status, 200)
    assert.equal(first.header('cache-control'), 'no-store')
    const { access_token: access, refresh_token: second, ...rest } = first.json
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, scope: 'read write' })
    assert.ok(await works(desk, String(access)))
    assert.notEqual(second, refreshToken)
    await next(String(second))
    const again = await refresh(refreshToken)
    assert.equal(again.status, 400)
    assert.deepEqual(again.json, refused)
    await desk.close()
  })

  it('gives no more than the client may still ask for, whatever was granted before', async () => {
    const resources = ['https://a.example/', 'https://b.example/']
    const desk = await open()
    const metadata = { resources, redirectUris: ['https://app.example/cb'] }
    const scopes = ['openid', 'read', 'write']
    const client = await desk.addClient({ grantTypes, scopes, metadata })
    const { refresh, next, refreshToken } = await grantTo(desk, { client, grant: { resources } })
    const by = { by: { actor: 'system' } }
    await desk.server.clients.update(client.id, { scopes: ['read'], resources: resources.slice(1) }, by)
    assert.deepEqual((await refresh(refreshToken, { scope: 'read write' })).json['error'], 'invalid_scope')
    assert.deepEqual((await refresh(refreshToken, { resource: resources[0] ?? '' })).json['error'], 'invalid_target')
    const narrower = await refresh(refreshToken)
    assert.equal(narrower.json['scope'], 'read')
    const token = await desk.server.accessTokens.find(String(narrower.json['access_token']))
    assert.deepEqual(token?.audience, resources.slice(1))
    // It is what the client may do that is looked at, not what it has got: given back, it is there again.
    await desk.server.clients.update(client.id, { scopes }, by)
    const second = await next(String(narrower.json['refresh_token']))
    assert.equal((await desk.server.accessTokens.find(second.access))?.scopes.join(' '), 'read write')
    for (const taken of [{ scopes: ['openid'] }, { scopes, resources: [] }]) {
      await desk.server.clients.update(client.id, taken, by)
      assert.deepEqual((await refresh(second.refresh)).json, refused)
    }
    await desk.close()
  })

  it('is kept by a client that authenticates, where it is registered so, and lives on from each use [B-RFT-09 B-JRF-24]', async () => {
    // OAuth 2.1, section 4.3.1: for public clients they "MUST be sender-constrained or one-time use".
    const desk = await open()
    const { refresh, refreshToken, post } = await grantToNew(desk, {}, { rotateRefreshTokens: false })
    const once = await refresh(refreshToken)
    assert.equal('refresh_token' in once.json, false)
    const many = await Promise.all(Array.from({ length: 50 }, async () => refresh(refreshToken)))
    assert.deepEqual([...new Set(many.map(({ status }) => status))], [200])
    assert.equal(new Set(many.map(({ json }) => json['access_token'])).size, 50)
    assert.deepEqual((await refresh(refreshToken, { scope: 'admin' })).json['error'], 'invalid_scope')
    for (let day = 0; day < 89; day += 1) {
      desk.time.now += 86_400_000
      if (day % 6 === 0) assert.equal((await refresh(refreshToken)).status, 200)
    }
    // No longer than its grant, and not when it lies about.
    desk.time.now += 86_400_000
    assert.deepEqual((await refresh(refreshToken)).json, refused)
    const idle = await grantToNew(desk, {}, { rotateRefreshTokens: false })
    desk.time.now += 604_800_000
    assert.deepEqual((await idle.refresh(idle.refreshToken)).json, refused)
    const revoked = await grantToNew(desk, {}, { rotateRefreshTokens: false })
    await revoked.post('/o/revoke_token/', { token: revoked.refreshToken })
    assert.deepEqual((await revoked.refresh(revoked.refreshToken)).json, refused)
    assert.equal((await post('/o/introspect/', { token: refreshToken })).json['active'], false)
    await desk.close()
  })

  it('of a public client is kept only where it is bound to a key [B-RFT-09]', async () => {
    const desk = await open()
    const spa = await grantToNew(desk, { isPublic: true }, { rotateRefreshTokens: false })
    const first = await spa.refresh(spa.refreshToken)
    assert.equal(typeof first.json['refresh_token'], 'string', 'whatever was registered once')
    await spa.next(String(first.json['refresh_token']))
    assert.deepEqual((await spa.refresh(spa.refreshToken)).json, refused)
    await desk.close()
  })

  it('used again after its successor was ends the whole grant, the newest tokens included [B-RFT-05 B-RFT-06 RF02]', async () => {
    const reuses: unknown[] = []
    const desk = await open({ onReused: (reuse) => reuses.push(reuse) })
    const { refresh, refreshToken, next, grantId } = await grantToNew(desk)
    const second = await next()
    const third = await next(second.refresh)
    assert.ok(await works(desk, third.access))
    assert.equal((await refresh(refreshToken)).status, 400)
    assert.deepEqual((await refresh(third.refresh)).json, refused)
    for (const { access } of [second, third]) assert.equal(await works(desk, access), false)
    const grant = await desk.database.read.selectFrom('grants').selectAll().where('id', '=', grantId).executeTakeFirst()
    assert.equal(grant?.revoked_for, 'reused')
    assert.equal(reuses.length, 1)
    await desk.close()
  })

  it('used again at once by the same client gets the identical answer, and nobody loses anything [B-RFT-04]', async () => {
    const desk = await open()
    const { refresh, refreshToken, next } = await grantToNew(desk)
    const first = await refresh(refreshToken)
    desk.time.now += 9_999
    assert.equal((await refresh(refreshToken)).text, first.text)
    await next(String(first.json['refresh_token']))
    await desk.close()
  })

  // What it was given stands in the row of its successor, which nothing takes away while it lives.
  it('used again at once when the row of its successor is gone is refused like one that was used before [B-RFT-10]', async () => {
    const desk = await open()
    const { refresh, refreshToken, grantId } = await grantToNew(desk)
    const first = await refresh(refreshToken)
    await desk.database.write(async (unit) => {
      await unit.deleteFrom('grant_tokens').where('grant_id', '=', grantId).where('spent_at', 'is', null).execute()
    })
    const second = await refresh(refreshToken)
    assert.deepEqual([second.status, second.json], [400, refused])
    assert.deepEqual((await refresh(String(first.json['refresh_token']))).json, refused)
    await desk.close()
  })

  it('keeps one answer of a grant, that which the newest token was given in, however often it is refreshed', async () => {
    const desk = await open()
    const { refreshToken, next, grantId } = await grantToNew(desk)
    let text = refreshToken
    for (let index = 0; index < 4; index += 1) text = (await next(text)).refresh
    const rows = await desk.database.read
      .selectFrom('grant_tokens')
      .select(['spent_at', 'answer'])
      .where('grant_id', '=', grantId)
      .orderBy('id')
      .execute()
    assert.deepEqual(
      rows.map(({ spent_at: spentAt, answer }) => [spentAt !== null, answer !== null]),
      [
        [true, false],
        [true, false],
        [true, false],
        [true, false],
        [false, true],
      ],
    )
    await desk.close()
  })

  it('used again when the window is over ends the grant, whether or not its successor was used [B-RFT-04 RF02]', async () => {
    const desk = await open()
    const { refresh, refreshToken, next } = await grantToNew(desk)
    const second = await next()
    desk.time.now += 10_000
    assert.deepEqual((await refresh(refreshToken)).json, refused)
    assert.deepEqual((await refresh(second.refresh)).json, refused)
    await desk.close()
  })

  it('has no window where there is to be none, and never one of more than ten seconds', async () => {
    for (const [refreshGrace, later] of [
      [0, 0],
      [600, 10_000],
    ] as const) {
      const desk = await open({ refreshGrace })
      const { refresh, refreshToken, next } = await grantToNew(desk)
      await next()
      desk.time.now += later
      assert.deepEqual((await refresh(refreshToken)).json, refused)
      await desk.close()
    }
  })

  it('used at once for something else, or from elsewhere by a client that proves nothing, is no retry', async () => {
    const desk = await open()
    const secretive = await grantToNew(desk)
    await secretive.next()
    assert.deepEqual((await secretive.refresh(secretive.refreshToken, { scope: 'read' })).json, refused)
    const open_ = await grantToNew(desk, { isPublic: true })
    const { refresh } = await open_.next()
    const fields = { grant_type: 'refresh_token', refresh_token: open_.refreshToken }
    assert.deepEqual((await open_.post('/o/token/', fields, { 'user-agent': 'another' })).json, refused)
    assert.equal((await open_.refresh(refresh)).status, 400)
    await desk.close()
  })

  it('used fifty times at once has one successor, and every answer is the same [B-RFT-14]', async () => {
    const desk = await open()
    const { refresh, refreshToken, next, grantId } = await grantToNew(desk)
    const answers = await Promise.all(Array.from({ length: 50 }, async () => refresh(refreshToken)))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
    const rows = desk.database.read.selectFrom('grant_tokens').selectAll().where('grant_id', '=', grantId)
    assert.equal((await rows.execute()).length, 2)
    await next(String(answers[0]?.json['refresh_token']))
    await desk.close()
  })

  it('used at once on two nodes has one successor [B-RFT-14]', async () => {
    const place = await stage()
    const [here, there] = [
      await openOAuthDesk({}, place),
      await openOAuthDesk({}, { ...place, database: place.second }),
    ]
    const client = await here.addClient({ grantTypes, scopes })
    const { refresh, refreshToken, next, grantId } = await grantTo(here, { client })
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: client.id }
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        index % 2 === 0 ? refresh(refreshToken) : there.post('/o/token/', { ...fields, client_secret: client.secret }),
      ),
    )
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
    const rows = here.database.read.selectFrom('grant_tokens').selectAll().where('grant_id', '=', grantId)
    assert.equal((await rows.execute()).length, 2)
    await next(String(answers[0]?.json['refresh_token']))
    await Promise.all([here.close(), there.close()])
  })

  it('used fifty times at once without a window works once, and the grant is over [B-RFT-14 RF02]', async () => {
    const desk = await open({ refreshGrace: 0 })
    const { refresh, refreshToken } = await grantToNew(desk)
    const answers = await Promise.all(Array.from({ length: 50 }, async () => refresh(refreshToken)))
    const given = answers.filter(({ status }) => status === 200)
    assert.equal(given.length, 1)
    for (const answer of answers) if (answer.status !== 200) assert.deepEqual(answer.json, refused)
    assert.deepEqual((await refresh(String(given[0]?.json['refresh_token']))).json, refused)
    await desk.close()
  })

  it('gives narrower access where that is asked for, and keeps what was granted [B-RFT-03 RF07]', async () => {
    const desk = await open()
    const { refresh, refreshToken } = await grantToNew(desk)
    const narrow = await refresh(refreshToken, { scope: 'read' })
    assert.equal(narrow.json['scope'], 'read')
    const identity = await desk.identify({ authorization: `Bearer ${String(narrow.json['access_token'])}` })
    assert.deepEqual(identity?.auth, { ...(identity?.auth as object), scopes: ['read'] })
    const whole = await refresh(String(narrow.json['refresh_token']))
    assert.equal(whole.json['scope'], 'read write')
    await desk.close()
  })

  it('gives no more than was granted, and is still good after that was asked for [B-RFT-03 RF07]', async () => {
    const desk = await open()
    const { refresh, refreshToken, next } = await grantToNew(desk, { grant: { scopes: ['read'] } })
    for (const scope of ['read write', 'openid', 'admin', 'read\twrite']) {
      const { status, json } = await refresh(refreshToken, { scope })
      assert.deepEqual([status, json['error']], [400, 'invalid_scope'])
    }
    await next()
    await desk.close()
  })

  it('gives access to the resources that were granted, and to no others [B-RFT-17]', async () => {
    const desk = await open()
    const resources = ['https://a.example/', 'https://b.example/']
    const { refresh, refreshToken } = await grantToNew(desk, { grant: { resources } })
    const beyond = await refresh(refreshToken, { resource: 'https://c.example/' })
    assert.deepEqual([beyond.status, beyond.json['error']], [400, 'invalid_target'])
    const narrow = await refresh(refreshToken, { resource: 'https://a.example/' })
    const whole = await refresh(String(narrow.json['refresh_token']))
    for (const [answer, audience] of [
      [narrow, resources.slice(0, 1)],
      [whole, resources],
    ] as const) {
      const token = await desk.server.accessTokens.find(String(answer.json['access_token']))
      assert.deepEqual(token?.audience, audience)
    }
    await desk.close()
  })

  it('of another client is refused, and stays good for its owner [B-RFT-11 RF06]', async () => {
    const desk = await open()
    const owner = await grantToNew(desk)
    const stranger = await grantToNew(desk, { isPublic: true })
    assert.deepEqual((await stranger.refresh(owner.refreshToken)).json, refused)
    await owner.next()
    // Spent or not: nobody else can end the grant with it.
    const again = await grantToNew(desk)
    const { refresh } = await again.next()
    assert.deepEqual((await stranger.refresh(again.refreshToken)).json, refused)
    await again.next(refresh)
    await desk.close()
  })

  it('with a wrong secret is the client’s mistake, and is not spent [RF06]', async () => {
    const desk = await open()
    const client = await desk.addClient({ grantTypes, scopes })
    const { refreshToken, next } = await grantTo(desk, { client })
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: client.id }
    for (const shown of [{}, { client_secret: 'wrong' }]) {
      const answer = await desk.post('/o/token/', { ...fields, ...shown })
      assert.deepEqual([answer.status, answer.json['error']], [401, 'invalid_client'])
    }
    await next()
    await desk.close()
  })

  it('of another sign-in of the same user is not touched [B-RFT-02]', async () => {
    const desk = await open()
    const client = await desk.addClient({ grantTypes, scopes })
    const { id: userId } = await desk.addUser()
    const [one, other] = [await grantTo(desk, { client, userId }), await grantTo(desk, { client, userId })]
    const { refresh } = await one.next()
    await one.next(refresh)
    await one.refresh(one.refreshToken)
    await other.next()
    await desk.close()
  })

  it('that is bound to a key works with that key alone, and without it nobody can spend it [RF10]', async () => {
    const desk = await open()
    const [own, other] = [await makeProofKey(), await makeProofKey()]
    const { refreshToken, post } = await grantToNew(desk, { isPublic: true, confirmation: { jkt: own.jkt } })
    const use = async (text: string, key: ProofKey | null): Promise<Answered> => {
      const proof = key?.prove({ htm: 'POST', htu: 'https://id.example/o/token/', now: desk.time.now })
      const fields = { grant_type: 'refresh_token', refresh_token: text }
      return post('/o/token/', fields, proof === undefined ? {} : { dpop: proof })
    }
    for (const key of [null, other]) assert.deepEqual((await use(refreshToken, key)).json, refused)
    const { status, json } = await use(refreshToken, own)
    assert.deepEqual([status, json['token_type']], [200, 'DPoP'])
    assert.equal((await use(refreshToken, own)).text, JSON.stringify(json))
    for (const key of [null, other]) assert.deepEqual((await use(refreshToken, key)).json, refused)
    for (const key of [null, other]) assert.deepEqual((await use(String(json['refresh_token']), key)).json, refused)
    assert.equal((await use(String(json['refresh_token']), own)).status, 200)
    await desk.close()
  })

  it('comes with a new ID token where openid was granted, without the nonce of the sign-in [B-RFT-16 RF09]', async () => {
    const desk = await open()
    const { refresh, refreshToken } = await grantToNew(desk, {
      grant: { scopes: ['openid', 'offline_access', 'read'] },
    })
    const { json } = await refresh(refreshToken)
    const [, payload = ''] = String(json['id_token']).split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    assert.equal(claims['nonce'], undefined)
    assert.equal(claims['auth_time'], Math.floor(desk.time.now / 1000))
    const narrow = await refresh(String(json['refresh_token']), { scope: 'read' })
    assert.equal('id_token' in narrow.json, false)
    await desk.close()
  })

  it('that is none, of another kind, cut off, doubled, or left out is a specified error [B-RFT-13 TK04]', async () => {
    const desk = await open()
    const { refresh, refreshToken, next, post } = await grantToNew(desk)
    const { access } = await next()
    for (const text of ['x', 'é'.repeat(300), 'dw_rt_', refreshToken.slice(0, -1), access, 'x'.repeat(10_000)]) {
      const { status, json } = await refresh(text)
      assert.deepEqual([status, json], [400, refused])
    }
    const doubled = [
      ['grant_type', 'refresh_token'],
      ['refresh_token', refreshToken],
      ['refresh_token', refreshToken],
    ] as const
    for (const fields of [doubled, doubled.slice(0, 1)]) {
      const { status, json } = await post('/o/token/', fields)
      assert.deepEqual([status, json['error']], [400, 'invalid_request'])
    }
    await desk.close()
  })

  it('of a client that may not refresh any more is refused', async () => {
    const desk = await open()
    const client = await desk.addClient({ grantTypes: ['authorization_code'], scopes })
    const { refresh, refreshToken } = await grantTo(desk, { client })
    assert.deepEqual((await refresh(refreshToken)).json['error'], 'unauthorized_client')
    await desk.close()
  })

  it('leaves what happened in the audit log, and no token with it', async () => {
    const desk = await open()
    const { next, refresh, refreshToken } = await grantToNew(desk)
    const second = await next()
    await next(second.refresh)
    await refresh(refreshToken)
    const events = await desk.database.read.selectFrom('audit_events').select(['event', 'detail']).execute()
    const ours = events.filter(({ event }) => event.startsWith('grant.'))
    assert.deepEqual(
      ours.map(({ event }) => event),
      ['grant.refreshed', 'grant.refreshed', 'grant.revoked'],
    )
    assert.match(
      ours[0]?.detail ?? '',
      /"scopes":"read write".*"access":"access_token:\w{11}","spent":"\w{11}","next":"\w{11}"/,
    )
    assert.ok(!ours.some(({ detail }) => /dw_[ar]t_/.test(detail)))
    await desk.close()
  })
})
