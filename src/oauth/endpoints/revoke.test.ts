import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { grantTo, grantToNew } from '../granted.contract.ts'
import { type Answered, openOAuthDesk, type OAuthDesk } from '../oauth-desk.contract.ts'

const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials']
const scopes = ['openid', 'read', 'write']
const path = '/o/revoke_token/'

describe('the revocation endpoint', () => {
  const works = async (desk: OAuthDesk, access: string): Promise<boolean> =>
    (await desk.identify({ authorization: `Bearer ${access}` }).catch(() => null)) !== null

  function isEmpty(answer: Answered): void {
    assert.deepEqual([answer.status, answer.text], [200, ''])
    assert.equal(answer.header('cache-control'), 'no-store')
  }

  it('ends an access token at once, and leaves the grant that it is of [B-RVI-01 RV01 RV04]', async () => {
    const desk = await openOAuthDesk()
    const { post, next } = await grantToNew(desk)
    const { access, refresh } = await next()
    assert.ok(await works(desk, access))
    isEmpty(await post(path, { token: access }))
    assert.equal(await works(desk, access), false)
    assert.deepEqual((await post('/o/introspect/', { token: access })).json, { active: false })
    await next(refresh)
    await desk.close()
  })

  it('ends a refresh token with its whole grant, all access tokens included [B-RVI-02 RV01 RV04]', async () => {
    const desk = await openOAuthDesk()
    const { post, next, refresh: use, refreshToken } = await grantToNew(desk)
    const second = await next()
    const third = await next(second.refresh)
    // RFC 7009, section 2.1; a spent one does it too, for the client gives the grant back.
    isEmpty(await post(path, { token: refreshToken }))
    for (const { access, refresh } of [second, third]) {
      assert.equal(await works(desk, access), false)
      assert.equal((await use(refresh)).json['error'], 'invalid_grant')
    }
    await desk.close()
  })

  it('ends the token of a client that acts for itself', async () => {
    const desk = await openOAuthDesk()
    const { post } = await grantToNew(desk)
    const { json } = await post('/o/token/', { grant_type: 'client_credentials' })
    isEmpty(await post(path, { token: String(json['access_token']) }))
    assert.equal(await works(desk, String(json['access_token'])), false)
    await desk.close()
  })

  it('ends an access token that is a JWT, which is told to those who verify it by themselves [RV01]', async () => {
    const desk = await openOAuthDesk()
    const { post, next } = await grantToNew(desk, {}, { accessTokenFormat: 'jwt' })
    const { access, refresh } = await next()
    assert.match(access, /^eyJ/)
    assert.equal((await post('/o/introspect/', { token: access })).json['active'], true)
    isEmpty(await post(path, { token: access }))
    assert.deepEqual((await post('/o/introspect/', { token: access })).json, { active: false })
    const rows = await desk.database.read.selectFrom('revocations').select(['kind', 'expires_at']).execute()
    assert.deepEqual(rows, [{ kind: 'token', expires_at: desk.time.now + 3_600_000 }])
    await next(refresh)
    await desk.close()
  })

  it('ends the JWTs of a grant with its refresh token [RV04]', async () => {
    const desk = await openOAuthDesk()
    const { post, next } = await grantToNew(desk, {}, { accessTokenFormat: 'jwt' })
    const { access, refresh } = await next()
    isEmpty(await post(path, { token: refresh }))
    assert.deepEqual((await post('/o/introspect/', { token: access })).json, { active: false })
    await desk.close()
  })

  it('finds a token whatever the hint says, and passes over hints that it does not know [B-RVI-03 B-RVI-06 RV07]', async () => {
    const desk = await openOAuthDesk()
    for (const hint of ['refresh_token', 'foo', '', 'x'.repeat(10_000)]) {
      const { post, next } = await grantToNew(desk)
      const { access } = await next()
      isEmpty(await post(path, { token: access, token_type_hint: hint }))
      assert.equal(await works(desk, access), false)
    }
    const { post, next, refresh: use } = await grantToNew(desk)
    const { refresh } = await next()
    isEmpty(await post(path, { token: refresh, token_type_hint: 'access_token' }))
    assert.equal((await use(refresh)).status, 400)
    await desk.close()
  })

  it('leaves the tokens of other clients alone, and says nothing about them [B-RVI-04 RV03]', async () => {
    const desk = await openOAuthDesk()
    const owner = await grantToNew(desk)
    const jwts = await grantToNew(desk, {}, { accessTokenFormat: 'jwt' })
    const stranger = await grantToNew(desk)
    const { access, refresh } = await owner.next()
    const signed = await jwts.next()
    for (const token of [access, refresh, signed.access]) isEmpty(await stranger.post(path, { token }))
    assert.ok(await works(desk, access))
    assert.equal((await jwts.post('/o/introspect/', { token: signed.access })).json['active'], true)
    await owner.next(refresh)
    await desk.close()
  })

  it('answers alike for what it does not know [B-RVI-05 RV02]', async () => {
    const desk = await openOAuthDesk()
    const { post, next } = await grantToNew(desk)
    const { access } = await next()
    for (const token of ['x', `${access}x`, access.slice(0, -1), 'é', 'a.b.c', 'eyJ.eyJ.x', 'x'.repeat(20_000)]) {
      isEmpty(await post(path, { token }))
    }
    assert.ok(await works(desk, access))
    isEmpty(await post(path, { token: access }))
    isEmpty(await post(path, { token: access }))
    await desk.close()
  })

  it('refuses tokens of kinds that nobody revokes this way [B-RVI-06]', async () => {
    const desk = await openOAuthDesk()
    const client = await desk.addClient({ grantTypes, scopes })
    const { post } = await grantTo(desk, { client })
    const { status, json } = await post(path, { token: client.secret })
    // RFC 7009, section 2.2.1.
    assert.deepEqual([status, json['error']], [400, 'unsupported_token_type'])
    await desk.close()
  })

  it('takes a public client’s word for its own tokens, and nobody’s without authentication [B-RVI-05]', async () => {
    const desk = await openOAuthDesk()
    const { post, next } = await grantToNew(desk, { isPublic: true })
    const { access } = await next()
    const confidential = await desk.addClient({ grantTypes, scopes })
    for (const fields of [{}, { client_id: confidential.id }, { client_id: confidential.id, client_secret: 'wrong' }]) {
      const answer = await desk.post(path, { token: access, ...fields })
      assert.deepEqual([answer.status, answer.json['error']], [401, 'invalid_client'])
      assert.match(answer.header('www-authenticate') ?? '', /^Basic /)
    }
    isEmpty(await post(path, { token: access }))
    assert.equal(await works(desk, access), false)
    await desk.close()
  })

  it('refuses a request without a token, with two, and of another type, and wraps no answer in a callback [RV08]', async () => {
    const desk = await openOAuthDesk()
    const { post, next } = await grantToNew(desk)
    const { access } = await next()
    const twice = [
      ['token', access],
      ['token', access],
    ] as const
    for (const answer of [await post(path, {}), await post(path, twice), await desk.post(path, '{}', json)]) {
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_request'])
    }
    isEmpty(await post(path, { token: access, callback: 'steal' }))
    await desk.close()
  })

  it('of fifty at once says what happened once in the audit log', async () => {
    const desk = await openOAuthDesk()
    const { post, next } = await grantToNew(desk)
    const { access, refresh } = await next()
    await Promise.all([access, refresh].flatMap((token) => Array.from({ length: 25 }, () => post(path, { token }))))
    const events = await desk.database.read.selectFrom('audit_events').select('event').execute()
    const ended = events.map(({ event }) => event).filter((event) => event.endsWith('.revoked'))
    assert.deepEqual(ended.toSorted(), ['access_token.revoked', 'grant.revoked'])
    await desk.close()
  })
})

const json = { 'content-type': 'application/json' }
