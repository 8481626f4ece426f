import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { countedDatabase } from '../../testing/counted-database.ts'
import { openSqlite } from '../../storage/sqlite.ts'
import { formatId } from '../../storage/id.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import type { IntrospectionMembers } from './introspect.ts'
import { grantTo, grantToNew } from '../granted.contract.ts'
import { openOAuthDesk, type OAuthDesk } from '../oauth-desk.contract.ts'
import { createTokenFormat } from '../../tokens/format.ts'

const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials']
const scopes = ['openid', 'read', 'write', 'introspection']
const path = '/o/introspect/'
const catalogue = { scopes: { openid: 'a', read: 'b', write: 'c', introspection: 'd' } }

describe('the introspection endpoint', () => {
  /** Asks as a client of its own, which is an API. */
  async function api(desk: OAuthDesk, metadata: ClientMetadata) {
    const { id, secret } = await desk.addClient({ grantTypes, scopes, metadata })
    const own = { client_id: id, client_secret: secret }
    return {
      id,
      ask: async (token: string, headers: Readonly<Record<string, string>> = {}) =>
        desk.post(path, { token, ...own }, headers),
    }
  }

  it('tells an API what a token for it may do [B-RVI-08 B-RVI-09 RV11]', async () => {
    const desk = await openOAuthDesk()
    const user = await desk.addUser({ username: 'ada', username_key: 'ada' })
    const client = await desk.addClient({ grantTypes, scopes })
    const { next } = await grantTo(desk, { client, userId: user.id })
    const { access } = await next()
    const { ask } = await api(desk, { introspects: ['*'] })
    const answer = await ask(access)
    assert.equal(answer.status, 200)
    assert.equal(answer.header('cache-control'), 'no-store')
    const now = Math.floor(desk.time.now / 1000)
    const { jti, ...rest } = answer.json
    assert.match(String(jti), /^[0-9A-Za-z]{11}$/)
    assert.deepEqual(rest, {
      active: true,
      token_type: 'Bearer',
      client_id: client.id,
      scope: 'read write',
      iss: 'https://id.example',
      aud: 'https://id.example',
      sub: formatId(user.id),
      username: 'ada',
      auth_time: now,
      iat: now,
      exp: now + 3600,
    })
    await desk.close()
  })

  it('has members of a hook beside its own, which it cannot change, and none of a token that is over [B-RVI-11]', async () => {
    // RFC 7662, section 2.2: "Specific implementations MAY extend this structure with their own service-specific response names".
    const introspectionMembers: IntrospectionMembers = async ({ token, asker }) => ({
      active: false,
      scope: 'admin',
      tenant: `${String(token.active && token['client_id'])} for ${asker.name}`,
    })
    const desk = await openOAuthDesk({ introspectionMembers })
    const { ask } = await api(desk, { introspects: ['*'] })
    const client = await desk.addClient({ grantTypes, scopes })
    const { next, post } = await grantTo(desk, { client })
    const { access } = await next()
    const { json } = await ask(access)
    assert.deepEqual([json['active'], json['scope']], [true, 'read write'])
    assert.match(String(json['tenant']), new RegExp(`^${client.id} for `))
    await post('/o/revoke_token/', { token: access })
    assert.deepEqual((await ask(access)).json, { active: false })
    await desk.close()
  })

  it('tells APIs how and when the person signed in, of tokens of every kind (RFC 9470, section 6.2)', async () => {
    // "acr: REQUIRED. […] auth_time: REQUIRED."
    const desk = await openOAuthDesk()
    const { ask } = await api(desk, { introspects: ['*'] })
    const detail = { by: 'authorization_code', authTime: 1_700_000_000, acr: 'phr', amr: ['hwk'] } as const
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const { next, post } = await grantToNew(desk, { grant: { detail } }, { accessTokenFormat })
      const { access, refresh } = await next()
      const answers = [await ask(access), await post('/o/introspect/', { token: refresh })]
      for (const { json } of answers) assert.deepEqual([json['auth_time'], json['acr']], [1_700_000_000, 'phr'])
    }
    // Nobody signed in for these.
    const client = await desk.addClient({ grantTypes, scopes })
    const fields = { grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret }
    const { json } = await desk.post('/o/token/', { ...fields, scope: 'read' })
    const told = (await ask(String(json['access_token']))).json
    assert.deepEqual(['auth_time' in told, 'acr' in told], [false, false])
    await desk.close()
  })

  it('says the same of a token that is a JWT [RV11]', async () => {
    const desk = await openOAuthDesk()
    const { ask } = await api(desk, { introspects: ['*'] })
    const { id: userId } = await desk.addUser({ username: 'ada', username_key: 'ada' })
    const answers = []
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const { next } = await grantToNew(desk, { userId }, { accessTokenFormat })
      const { jti: _, client_id: __, ...rest } = (await ask((await next()).access)).json
      answers.push(rest)
    }
    assert.deepEqual(answers[0], answers[1])
    assert.equal(answers[1]?.['active'], true)
    await desk.close()
  })

  it('says of a client that acts for itself who it is, and names no user [B-RVI-09]', async () => {
    const desk = await openOAuthDesk()
    const { ask } = await api(desk, { introspects: ['*'] })
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const client = await desk.addClient({ grantTypes, scopes, metadata: { accessTokenFormat } })
      const fields = { grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret }
      const { json } = await desk.post('/o/token/', { ...fields, scope: 'read' })
      const told = (await ask(String(json['access_token']))).json
      assert.deepEqual([told['active'], told['client_id'], told['sub']], [true, client.id, client.id])
      assert.equal('username' in told, false)
    }
    await desk.close()
  })

  it('names the resources that a token is for, and what it is bound to [B-RVI-09 RV11]', async () => {
    const desk = await openOAuthDesk()
    const resources = ['https://a.example/', 'https://b.example/']
    const confirmation = { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' }
    const client = await desk.addClient({ grantTypes, scopes })
    const { grantId } = await grantTo(desk, { client })
    const found = await desk.server.findClient(client.id)
    const user = await desk.addUser()
    const actor = { sub: 'an agent' }
    const made = desk.server.accessTokens.make({
      clientKey: found?.key ?? 0n,
      userId: user.id,
      grantId,
      scopes: ['read'],
      audience: resources,
      confirmation,
      actor,
      now: desk.time.now,
      expiresAt: desk.time.now + 1000,
    })
    await desk.database.append({ access_tokens: made.row })
    const { ask } = await api(desk, { introspects: ['https://b.example/'] })
    const { json } = await ask(made.text)
    assert.deepEqual(
      [json['token_type'], json['aud'], json['cnf'], json['act']],
      ['DPoP', resources, confirmation, actor],
    )
    await desk.close()
  })

  it('tells nothing to a client that the token is not for [B-RVI-13 RV09 RV10]', async () => {
    const desk = await openOAuthDesk()
    const own = await grantToNew(desk)
    const jwts = await grantToNew(desk, {}, { accessTokenFormat: 'jwt' })
    const audience = { resources: ['https://a.example/'] }
    const elsewhere = await grantToNew(desk, { grant: audience })
    const tokens = [await own.next(), await jwts.next(), await elsewhere.next()].map(({ access }) => access)
    const askers = [
      [{}, [false, false, false]],
      [{ introspects: ['*'] }, [true, true, false]],
      [{ introspects: ['https://id.example'] }, [true, true, false]],
      [{ introspects: ['https://a.example/'] }, [false, false, true]],
      [{ introspects: ['https://a.example'] }, [false, false, false]],
    ] as const
    for (const [metadata, wanted] of askers) {
      const { ask } = await api(desk, metadata)
      const answers = await Promise.all(tokens.map(async (token) => ask(token)))
      assert.deepEqual(
        answers.map(({ json }) => json['active']),
        wanted,
      )
      for (const { json, text } of answers) if (json['active'] === false) assert.equal(text, '{"active":false}')
    }
    await desk.close()
  })

  it('tells a client about its own tokens, refresh tokens included, and nobody else about those [B-RVI-13]', async () => {
    const desk = await openOAuthDesk()
    const { post, next } = await grantToNew(desk)
    const { access, refresh } = await next()
    assert.equal((await post(path, { token: access })).json['active'], true)
    const { json } = await post(path, { token: refresh })
    assert.deepEqual([json['active'], json['scope'], json['token_use']], [true, 'read write', 'refresh_token'])
    assert.equal('token_type' in json, false)
    const { ask } = await api(desk, { introspects: ['*'] })
    assert.equal((await ask(refresh)).text, '{"active":false}')
    await next(refresh)
    assert.equal((await post(path, { token: refresh })).text, '{"active":false}')
    await desk.close()
  })

  it('is what tells an API who the user of a pairwise client is, for the client cannot look into its tokens [ID05]', async () => {
    // RFC 9068, section 6: "it now becomes possible for clients […] to directly peek inside the token claims collection".
    const desk = await openOAuthDesk()
    const user = await desk.addUser({ username: 'ada', username_key: 'ada' })
    const { next, post } = await grantToNew(
      desk,
      { userId: user.id },
      { subjectType: 'pairwise', redirectUris: ['https://app.example/cb'], accessTokenFormat: 'jwt' },
    )
    const { access } = await next()
    assert.match(access, /^dw_at_/, 'whatever was registered once')
    const { ask } = await api(desk, { introspects: ['*'] })
    assert.equal((await ask(access)).json['sub'], formatId(user.id))
    const own = await post('/o/introspect/', { token: access })
    assert.match(String(own.json['sub']), /^[\w-]{43}$/)
    // Of one that acts for itself there is nobody to hide.
    const itself = await post('/o/token/', { grant_type: 'client_credentials', scope: 'read' })
    assert.match(String(itself.json['access_token']), /^eyJ/)
    await desk.close()
  })

  it('hides who a user is elsewhere from a client that knows them by a pairwise name', async () => {
    const desk = await openOAuthDesk()
    const user = await desk.addUser()
    const { post, next } = await grantToNew(desk, { userId: user.id }, { subjectType: 'pairwise' })
    const { access, refresh } = await next()
    for (const token of [access, refresh]) {
      const { json } = await post(path, { token })
      assert.equal(json['active'], true)
      assert.notEqual(json['sub'], formatId(user.id))
      assert.equal('username' in json, false)
    }
    await desk.close()
  })

  it('says active:false and nothing more of every token that is no good [B-RVI-10 RV10]', async () => {
    const desk = await openOAuthDesk()
    const { ask } = await api(desk, { introspects: ['*'] })
    for (const metadata of [{}, { accessTokenFormat: 'jwt' } as const]) {
      const [expired, revoked, ended] = [
        await grantToNew(desk, {}, metadata),
        await grantToNew(desk, {}, metadata),
        await grantToNew(desk, {}, metadata),
      ]
      const user = await desk.addUser()
      const disabled = await grantToNew(desk, { userId: user.id }, metadata)
      const over = (await expired.next()).access
      desk.time.now += 3_600_000
      const [one, two, three] = [await revoked.next(), await ended.next(), await disabled.next()]
      await revoked.post('/o/revoke_token/', { token: one.access })
      await desk.server.grants.end(ended.grantId, 'revoked', { actor: 'system' })
      await desk.database.write(async (unit) => {
        await unit.updateTable('users').set({ is_active: 0 }).where('id', '=', user.id).execute()
      })
      for (const token of [over, one.access, two.access, three.access, `${one.access}x`]) {
        assert.equal((await ask(token)).text, '{"active":false}')
      }
    }
    for (const token of ['x', 'é', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.x', 'x'.repeat(20_000)]) {
      assert.equal((await ask(token)).text, '{"active":false}')
    }
    await desk.close()
  })

  it('says active:false of the tokens of a client that was disabled [B-TKE-10 RV10]', async () => {
    const desk = await openOAuthDesk()
    const { ask } = await api(desk, { introspects: ['*'] })
    for (const metadata of [{}, { accessTokenFormat: 'jwt' } as const]) {
      const client = await desk.addClient({ grantTypes, scopes, metadata })
      const { next } = await grantTo(desk, { client })
      const { access } = await next()
      await desk.database.write(async (unit) => {
        await unit.updateTable('clients').set({ is_active: 0 }).where('identifier', '=', client.id).execute()
      })
      assert.equal((await ask(access)).text, '{"active":false}')
    }
    await desk.close()
  })

  it('takes no ID token for an access token', async () => {
    const desk = await openOAuthDesk()
    const { post, refresh, refreshToken } = await grantToNew(desk, { grant: { scopes: ['openid', 'read'] } })
    const { json } = await refresh(refreshToken)
    assert.equal((await post(path, { token: String(json['id_token']) })).text, '{"active":false}')
    await desk.close()
  })

  it('wants a client that proves who it is [B-RVI-07 B-RVI-08 RV09]', async () => {
    const desk = await openOAuthDesk()
    const { post, next } = await grantToNew(desk, { isPublic: true })
    const { access } = await next()
    const { id } = await desk.addClient({ grantTypes, scopes, metadata: { introspects: ['*'] } })
    const strangers = [
      await post(path, { token: access }),
      await desk.post(path, { token: access }),
      await desk.post(path, { token: access, client_id: id }),
      await desk.post(path, { token: access, client_id: id, client_secret: 'wrong' }),
    ]
    for (const { status, json } of strangers) assert.deepEqual([status, json['error']], [401, 'invalid_client'])
    await desk.close()
  })

  it('takes an access token of the scope introspection in place of that, with the same rights [B-RVI-08]', async () => {
    const desk = await openOAuthDesk(catalogue)
    const { next } = await grantToNew(desk)
    const { access } = await next()
    const bearerOf = async (metadata: ClientMetadata, scope: string) => {
      const { id, secret } = await desk.addClient({ grantTypes, scopes, metadata })
      const fields = { grant_type: 'client_credentials', client_id: id, client_secret: secret, scope }
      const { json } = await desk.post('/o/token/', fields)
      return { authorization: `Bearer ${String(json['access_token'])}` }
    }
    const ask = async (headers: Readonly<Record<string, string>>, fields = {}) =>
      desk.post(path, { token: access, ...fields }, headers)
    const allowed = await bearerOf({ introspects: ['*'] }, 'introspection')
    assert.equal((await ask(allowed)).json['active'], true)
    assert.equal((await ask(await bearerOf({}, 'introspection'))).text, '{"active":false}')

    const narrow = await ask(await bearerOf({ introspects: ['*'] }, 'read'))
    assert.deepEqual([narrow.status, narrow.json['error']], [403, 'insufficient_scope'])
    assert.match(narrow.header('www-authenticate') ?? '', /^Bearer .*error="insufficient_scope", scope="introspection"/)
    // A user's token is none of a client that acts for itself, whatever it may do.
    const people = await grantToNew(desk, { grant: { scopes: ['introspection'] } }, { introspects: ['*'] })
    const theirs = { authorization: `Bearer ${(await people.next()).access}` }
    assert.equal((await ask(theirs)).status, 403)

    const unknown = await ask({ authorization: 'Bearer x' })
    assert.deepEqual([unknown.status, unknown.json['error']], [401, 'invalid_token'])
    assert.match(unknown.header('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/)
    const both = await ask(allowed, { client_id: 'x', client_secret: 'y' })
    assert.deepEqual([both.status, both.json['error']], [400, 'invalid_request'])
    await desk.close()
  })

  it('refuses a request without a token, with two, and of another type [B-RVI-10]', async () => {
    const desk = await openOAuthDesk()
    const { post } = await grantToNew(desk)
    const twice = [
      ['token', 'x'],
      ['token', 'x'],
    ] as const
    for (const answer of [
      await post(path, {}),
      await post(path, { token: '' }),
      await post(path, twice),
      await desk.post(path, '{"token":"x"}', { 'content-type': 'application/json' }),
    ]) {
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_request'])
    }
    await desk.close()
  })

  it('reads the database once for the token [B-RVI-12]', async () => {
    const time = { now: Date.UTC(2026, 5, 1) }
    const { database, counts } = countedDatabase(await openSqlite({ path: ':memory:', clock: () => time.now }))
    await database.migrate()
    const desk = await openOAuthDesk({}, { database, time })
    const { next } = await grantToNew(desk)
    const { access } = await next()
    const { ask } = await api(desk, { introspects: ['*'] })
    await ask(access)
    const readsOf = async (token: string): Promise<number> => {
      const before = counts.reads
      await ask(token)
      return counts.reads - before
    }
    // For a text of ours that is no such token, only the client is looked up.
    const other = await readsOf(createTokenFormat().make('ses', 1n).text)
    assert.equal((await readsOf(access)) - other, 1)
    assert.equal((await readsOf('x')) - other, 1, 'what another server may have made is looked for once')
    await desk.close()
    await database.close()
  })

  it('signs its answer on request, for the one who asks, and as nothing that is taken for a token [B-RVI-18]', async () => {
    const desk = await openOAuthDesk()
    const { next } = await grantToNew(desk)
    const { access } = await next()
    for (const [metadata, headers, alg] of [
      [{}, { accept: 'application/token-introspection+jwt' }, 'RS256'],
      [{}, { accept: 'application/json;q=0.5, application/token-introspection+jwt' }, 'RS256'],
      [{ introspectionSignedResponseAlg: 'ES256' }, {}, 'ES256'],
    ] as const) {
      const { ask, id } = await api(desk, { introspects: ['*'], ...metadata })
      for (const [token, active] of [
        [access, true],
        ['x', false],
      ] as const) {
        const answer = await ask(token, headers)
        assert.equal(answer.header('content-type'), 'application/token-introspection+jwt')
        const { payload, protectedHeader } = await jwtVerify(
          answer.text,
          createLocalJWKSet(desk.keys.jwks() as never),
          {
            typ: 'token-introspection+jwt',
            issuer: 'https://id.example',
            audience: id,
            currentDate: new Date(desk.time.now),
          },
        )
        assert.equal(protectedHeader.alg, alg)
        // RFC 9701, section 5: neither sub nor exp, as further defence against its use as an access token.
        assert.deepEqual(Object.keys(payload).toSorted(), ['aud', 'iat', 'iss', 'token_introspection'])
        const told = payload['token_introspection'] as Readonly<Record<string, unknown>>
        assert.equal(told['active'], active)
        if (!active) assert.deepEqual(told, { active: false })
      }
    }
    await desk.close()
  })
})
