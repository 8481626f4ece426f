import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { makeProofKey } from '../../http/dpop.contract.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import { type Granted, grantTo } from '../granted.contract.ts'
import type { Grant } from '../grants.ts'
import { type Answered, openOAuthDesk, type OAuthDesk } from '../oauth-desk.contract.ts'

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const jwtType = 'urn:ietf:params:oauth:token-type:jwt'

interface AddedClient {
  readonly id: string
  readonly secret: string
}

let desk: OAuthDesk
let actor: AddedClient

before(async () => {
  desk = await openOAuthDesk()
  actor = await addActor()
})

after(async () => desk.close())

describe('token exchange (RFC 8693)', () => {
  it('gives a client a token that acts for the user, with which the API sees both [TX02 TX08]', async () => {
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const { subject, userId } = await granted({ accessTokenFormat })
      const own = await addActor({ accessTokenFormat })
      const answer = await ask(subject, {}, own)
      assert.equal(answer.status, 200, answer.text)
      const { access_token: token, ...rest } = answer.json
      assert.deepEqual(rest, {
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'read write',
        issued_token_type: accessTokenType,
      })
      const identity = await desk.identify({ authorization: `Bearer ${String(token)}` })
      assert.deepEqual([identity?.principal.kind, identity?.principal.id], ['user', userId])
      const auth = identity?.auth as { readonly clientId: string; readonly actor: unknown }
      assert.deepEqual([auth.clientId, auth.actor], [own.id, { sub: own.id }])
    }
  })

  it('nests those who acted before: "a chain of delegation can be expressed by nesting one act claim within another" [TX08]', async () => {
    const { subject } = await granted()
    const other = await addActor()
    const first = String((await ask(subject)).json['access_token'])
    const second = String((await ask(first, {}, other)).json['access_token'])
    const identity = await desk.identify({ authorization: `Bearer ${second}` })
    assert.ok(identity !== null)
    assert.deepEqual((identity.auth as { actor: unknown }).actor, { sub: other.id, act: { sub: actor.id } })
    const { json } = await desk.post('/o/introspect/', { ...credentials(other), token: second })
    assert.deepEqual(json['act'], { sub: other.id, act: { sub: actor.id } })
  })

  it('lets only so many act for each other', async () => {
    let { subject } = await granted()
    for (let depth = 0; depth < 8; depth += 1) subject = String((await ask(subject)).json['access_token'])
    assert.equal((await ask(subject)).json['error'], 'invalid_grant')
  })

  it('names the user of an actor token that was issued to the client, and takes no other [TX08]', async () => {
    const { subject } = await granted()
    const theirs = await grantTo(desk, { client: actor })
    const mine = (await theirs.next()).access
    const by = { actor_token: mine, actor_token_type: accessTokenType }
    const answer = await ask(subject, by)
    const identity = await desk.identify({ authorization: `Bearer ${String(answer.json['access_token'])}` })
    assert.ok(identity !== null)
    const { actor: named } = identity.auth as { actor: { sub: string } }
    const actingUser = (await desk.identify({ authorization: `Bearer ${mine}` }))?.principal.id
    assert.equal(named.sub, actingUser)
    const stranger = (await granted()).subject
    for (const wrong of [
      { ...by, actor_token: stranger },
      { ...by, actor_token: 'garbage' },
    ]) {
      assert.equal((await ask(subject, wrong)).json['error'], 'invalid_grant')
    }
    assert.equal((await ask(subject, { actor_token: mine })).json['error'], 'invalid_request')
    assert.equal((await ask(subject, { actor_token_type: accessTokenType })).json['error'], 'invalid_request')
  })

  it('is for clients that are registered for it [TX08]', async () => {
    const { subject } = await granted()
    const rights = { grantTypes: [exchange], scopes: ['read', 'write'] }
    const without = await desk.addClient(rights)
    const open = await desk.addClient({ ...rights, isPublic: true, metadata: { mayExchange: true } })
    const other = await desk.addClient({
      grantTypes: ['client_credentials'],
      scopes: ['read'],
      metadata: { mayExchange: true },
    })
    assert.equal((await ask(subject, {}, without)).json['error'], 'unauthorized_client')
    assert.equal((await ask(subject, {}, other)).json['error'], 'unauthorized_client')
    const fields = { grant_type: exchange, subject_token: subject, subject_token_type: accessTokenType }
    assert.equal((await desk.post('/o/token/', { ...fields, client_id: open.id })).json['error'], 'unauthorized_client')
  })

  it('refuses a request without subject token or its type, and types that it cannot exchange [TX01]', async () => {
    const { subject } = await granted()
    const others = ['refresh_token', 'id_token', 'saml1', 'saml2'].map(
      (type) => `urn:ietf:params:oauth:token-type:${type}`,
    )
    for (const fields of [
      { subject_token: '' },
      { subject_token_type: '' },
      ...[...others, 'access_token', 'garbage'].map((type) => ({ subject_token_type: type })),
      ...others.map((type) => ({ requested_token_type: type })),
      { requested_token_type: jwtType },
    ]) {
      const answer = await ask(subject, fields)
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_request'], JSON.stringify(fields))
    }
  })

  it('says which type it issued, a JWT where the client has such tokens [TX02]', async () => {
    const { subject } = await granted({ accessTokenFormat: 'jwt' })
    const own = await addActor({ accessTokenFormat: 'jwt' })
    const answer = await ask(subject, { subject_token_type: jwtType, requested_token_type: jwtType }, own)
    assert.equal(answer.json['issued_token_type'], jwtType)
  })

  it('issues no JWT to a client with pairwise subjects, and does not say so (RFC 9068, section 6) [TX02]', async () => {
    const { subject } = await granted()
    const own = await addActor({ accessTokenFormat: 'jwt', subjectType: 'pairwise' })
    assert.equal((await ask(subject, { requested_token_type: jwtType }, own)).json['error'], 'invalid_request')
    const answer = await ask(subject, {}, own)
    assert.match(String(answer.json['access_token']), /^dw_at_/)
    assert.notEqual(answer.json['issued_token_type'], jwtType)
  })

  it('refuses a subject token that is no good: garbage, expired, revoked, of nobody, not an access token [TX04]', async () => {
    const { subject, tokens } = await granted()
    const { id, secret } = await desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    const ofClient = await desk.post('/o/token/', {
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: secret,
    })
    const bad = [
      'garbage',
      '..',
      'a'.repeat(9000),
      `${subject}x`,
      tokens.refreshToken,
      String(ofClient.json['access_token']),
    ]
    for (const text of bad) assert.equal((await ask(text)).json['error'], 'invalid_grant', text.slice(0, 20))
    await desk.server.grants.end(tokens.grantId, 'revoked', { actor: 'system' })
    assert.equal((await ask(subject)).json['error'], 'invalid_grant')
  })

  it('refuses a subject token for another audience, and takes one for an API that the client stands for [TX04]', async () => {
    const api = 'https://notes.example'
    const { subject } = await granted({}, { resources: [api] })
    assert.equal((await ask(subject)).json['error'], 'invalid_grant')
    const own = await addActor({ introspects: [api] })
    assert.equal((await ask(subject, {}, own)).status, 200)
  })

  it('refuses audiences and resources beyond those that were granted [TX03]', async () => {
    const [api, next, foreign] = ['https://notes.example', 'https://files.example', 'https://other.example']
    const { subject } = await granted({}, { resources: [api, next] })
    const own = await addActor({ introspects: [api, next], resources: [foreign] })
    for (const fields of [{ resource: next }, { audience: next }]) {
      assert.equal((await ask(subject, fields, own)).status, 200, JSON.stringify(fields))
    }
    for (const fields of [{ resource: foreign }, { audience: foreign }, { audience: 'unknown' }]) {
      assert.equal((await ask(subject, fields, own)).json['error'], 'invalid_target', JSON.stringify(fields))
    }
    for (const resource of ['relative', 'https://notes.example/#a', 'https://a b']) {
      assert.equal((await ask(subject, { resource }, own)).json['error'], 'invalid_target', resource)
    }
  })

  it('leads from the own API to those alone that are registered for the client [TX03]', async () => {
    const { subject } = await granted()
    const own = await addActor({ resources: ['https://notes.example'] })
    const answer = await ask(subject, { resource: 'https://notes.example' }, own)
    assert.equal(answer.status, 200, answer.text)
    // It is for that API then, and for no other.
    const token = String(answer.json['access_token'])
    await assert.rejects(desk.identify({ authorization: `Bearer ${token}` }), { code: 'invalid_token' })
    assert.equal((await ask(subject, { resource: 'https://other.example' }, own)).json['error'], 'invalid_target')
  })

  it('gives no more scopes than the subject token has, nor than the client may use [TX06]', async () => {
    const { subject } = await granted({}, { scopes: ['read'] })
    assert.equal((await ask(subject)).json['scope'], 'read')
    assert.equal((await ask(subject, { scope: 'read' })).json['scope'], 'read')
    for (const scope of ['write', 'read write', 'admin', 'read  write']) {
      assert.equal((await ask(subject, { scope })).json['error'], 'invalid_scope', scope)
    }
    const reader = await addActor({}, ['read'])
    const wide = (await granted()).subject
    assert.equal((await ask(wide, {}, reader)).json['scope'], 'read')
    assert.equal((await ask(wide, { scope: 'write' }, reader)).json['error'], 'invalid_scope')
    const writer = await addActor({}, ['write'])
    assert.equal((await ask(subject, {}, writer)).json['error'], 'invalid_scope')
  })

  it('gives no longer life than the subject token has', async () => {
    const { subject } = await granted()
    desk.time.now += 3_000_000
    const answer = await ask(subject)
    assert.equal(answer.json['expires_in'], 600)
    desk.time.now += 600_000
    assert.equal((await ask(subject)).json['error'], 'invalid_grant')
    await assert.rejects(desk.identify({ authorization: `Bearer ${String(answer.json['access_token'])}` }))
  })

  it('ends with the grant of the subject token, a JWT too', async () => {
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const { subject, tokens } = await granted()
      const own = await addActor({ accessTokenFormat })
      const token = String((await ask(subject, {}, own)).json['access_token'])
      assert.notEqual(await desk.identify({ authorization: `Bearer ${token}` }), null)
      await desk.server.grants.end(tokens.grantId, 'revoked', { actor: 'system' })
      await assert.rejects(desk.identify({ authorization: `Bearer ${token}` }), { code: 'invalid_token' })
    }
  })

  it('makes no free token out of a bound one', async () => {
    const key = await makeProofKey()
    const proof = (): Record<string, string> => {
      return { dpop: key.prove({ htm: 'POST', htu: 'https://id.example/o/token/', now: desk.time.now }) }
    }
    const client = await desk.addClient({ grantTypes: ['refresh_token'], scopes: ['read', 'write'] })
    const { post, refreshToken } = await grantTo(desk, { client })
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken }
    const subject = String((await post('/o/token/', fields, proof())).json['access_token'])
    assert.equal((await ask(subject)).json['error'], 'invalid_grant')
    const answer = await ask(subject, {}, actor, proof())
    assert.deepEqual([answer.status, answer.json['token_type']], [200, 'DPoP'])
  })

  it('is written down with who acts for whom', async () => {
    const { subject, userId } = await granted()
    await ask(subject)
    const query = desk.database.read.selectFrom('audit_events').selectAll().where('event', '=', 'access_token.issued')
    const last = await query.orderBy('id', 'desc').executeTakeFirst()
    assert.equal(last?.actor, `user:${userId}`)
    assert.equal((JSON.parse(last.detail) as { client: string }).client, actor.id)
  })
})

async function addActor(
  metadata: ClientMetadata = {},
  scopes: readonly string[] = ['read', 'write'],
): Promise<AddedClient> {
  return desk.addClient({
    grantTypes: [exchange, 'refresh_token'],
    scopes,
    metadata: { mayExchange: true, ...metadata },
  })
}

/** A user's access token of another client. */
async function granted(
  metadata: ClientMetadata = {},
  grant: Partial<Pick<Grant, 'scopes' | 'resources'>> = {},
): Promise<{ readonly subject: string; readonly userId: string; readonly tokens: Granted }> {
  const { resources } = grant
  const registered = { ...(resources === undefined ? {} : { resources }), ...metadata }
  const client = await desk.addClient({
    grantTypes: ['refresh_token'],
    scopes: ['read', 'write'],
    metadata: registered,
  })
  const tokens = await grantTo(desk, { client, grant })
  const subject = (await tokens.next()).access
  const info = await desk.post('/o/introspect/', { ...credentials(client), token: subject })
  return { subject, userId: String(info.json['sub']), tokens }
}

function credentials({ id, secret }: AddedClient): Record<string, string> {
  return { client_id: id, client_secret: secret }
}

async function ask(
  subject: string,
  fields: Readonly<Record<string, string>> = {},
  client: AddedClient = actor,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const sent = { grant_type: exchange, subject_token: subject, subject_token_type: accessTokenType, ...fields }
  return desk.post('/o/token/', { ...credentials(client), ...sent }, headers)
}
