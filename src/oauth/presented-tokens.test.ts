import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { jwt } from '../authentication/jwt.ts'
import { createAuth } from '../core/auth.ts'
import { scopesOf } from '../core/identity.ts'
import { importPublicJwk, type Jwk } from '../crypto/jwk.ts'
import { peekJwt } from '../crypto/jwt.ts'
import { keysFrom } from '../crypto/jwt-keys.ts'
import { formatId } from '../storage/id.ts'
import type { UserRow } from '../storage/schema.ts'
import type { ClientMetadata } from './client-metadata.ts'
import { grantTo } from './granted.contract.ts'
import type { Grant } from './grants.ts'
import { openOAuthDesk, type OAuthDesk } from './oauth-desk.contract.ts'

interface Issued {
  readonly token: string
  readonly grantId: bigint
  readonly clientId: string
}

let desk: OAuthDesk
let ada: UserRow

before(async () => {
  desk = await openOAuthDesk()
  ada = await desk.addUser({ username: 'ada', username_key: 'ada', is_staff: 1, permissions: 'notes.add' })
})

after(async () => desk.close())

describe('a JWT access token (RFC 9068)', () => {
  it('has the typ at+jwt and every claim that section 2.2 requires [ID14 B-OID-20]', async () => {
    const { token, clientId } = await issue()
    const { header, payload } = peekJwt(token) ?? {}
    assert.equal(header?.typ, 'at+jwt')
    assert.notEqual(header?.alg, 'none')
    const { jti, iat, exp, ...rest } = payload ?? {}
    assert.deepEqual(rest, {
      iss: 'https://id.example',
      sub: formatId(ada.id),
      aud: 'https://id.example',
      client_id: clientId,
      scope: 'read write',
      fam: rest['fam'],
      auth_time: Math.floor(desk.time.now / 1000),
    })
    assert.equal(typeof jti, 'string')
    assert.equal((exp ?? 0) - (iat ?? 0), 3600)
  })

  it('names the resource that it is for as aud [ID14]', async () => {
    const one = await issue({}, { resources: ['https://notes.example'] })
    assert.equal(peekJwt(one.token)?.payload.aud, 'https://notes.example')
    const two = await issue({}, { resources: ['https://notes.example', 'https://files.example'] })
    assert.deepEqual(peekJwt(two.token)?.payload.aud, ['https://notes.example', 'https://files.example'])
  })
})

describe('createPresentedTokens', () => {
  it('knows both formats by their looks, and nothing else', async () => {
    const { recognises } = desk.server.access
    const [asJwt, opaque] = [(await issue()).token, (await issue({ accessTokenFormat: 'opaque' })).token]
    assert.ok(recognises(asJwt) && recognises(opaque))
    const [header = '', claims = '', signature = ''] = asJwt.split('.')
    const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const text of [
      '',
      'a',
      'eyJ',
      '.',
      '...',
      header,
      `${encoded({ alg: 'EdDSA', typ: 'JWT' })}.${claims}.${signature}`,
      `${encoded({ alg: 'EdDSA' })}.${claims}.${signature}`,
      `${header}.${encoded({ iss: 'https://id.example.evil.example' })}.${signature}`,
      `${header}.${encoded({ iss: 'https://other.example' })}.${signature}`,
      'a'.repeat(100_000),
    ]) {
      assert.ok(!recognises(text), text.slice(0, 60))
    }
  })

  it('finds the same user behind both, with name and rights, via oauth2 [B-RS-01 ID14]', async () => {
    const [asJwt, opaque] = await Promise.all([issue(), issue({ accessTokenFormat: 'opaque' })])
    const identities = await Promise.all([asJwt, opaque].map(async ({ token }) => identify(token)))
    for (const identity of identities) {
      assert.equal(identity?.via, 'oauth2')
      const principal = identity?.principal
      assert.ok(principal?.kind === 'user')
      assert.deepEqual([principal.id, principal.name, principal.isStaff], [formatId(ada.id), 'ada', true])
      assert.deepEqual(principal.permissions, new Set(['notes.add']))
      assert.deepEqual(scopesOf(identity), ['read', 'write'])
    }
    const [first, second] = identities.map((identity) => Object.keys(identity?.auth ?? {}))
    assert.deepEqual(first, second)
  })

  it('tells a client that acts for itself from a user, whatever their ids are', async () => {
    const client = await desk.addClient({
      grantTypes: ['client_credentials'],
      scopes: ['read'],
      metadata: { accessTokenFormat: 'jwt' },
    })
    const fields = { grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret }
    const token = String((await desk.post('/o/token/', fields)).json['access_token'])
    const expected = { kind: 'client', id: client.id, name: 'an application' }
    assert.deepEqual((await identify(token))?.principal, expected)
    assert.deepEqual((await identify(token))?.principal, expected)
    // One that is called like a user is no user.
    const row = await desk.database.read
      .selectFrom('clients')
      .selectAll()
      .where('identifier', '=', client.id)
      .executeTakeFirst()
    assert.ok(row !== undefined)
    const key = desk.database.newId()
    await desk.database.append({ clients: { ...row, id: key, identifier: formatId(ada.id) } })
    const namesake = await desk.post('/o/token/', { ...fields, client_id: formatId(ada.id) })
    assert.equal((await identify(String(namesake.json['access_token'])))?.principal.kind, 'client')
    const { token: theirs } = await issue()
    assert.equal((await identify(theirs))?.principal.kind, 'user')
  })

  it('refuses a token that was changed, is over, or was signed by another [RS02]', async () => {
    const { token } = await issue()
    const [header = '', claims = '', signature = ''] = token.split('.')
    const wider = Buffer.from(claims, 'base64url').toString().replace('read write', 'read write admin')
    await refused(`${header}.${Buffer.from(wider).toString('base64url')}.${signature}`)
    // At its beginning: an EdDSA signature often ends in zeros anyway.
    await refused(`${header}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`)
    await refused(`${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${claims}.AA`)
    assert.notEqual(await identify(token), null)
    desk.time.now += 3_600_000
    await refused(token)
  })

  it('sees at the next request that a grant ended, a client or a user was disabled [B-RS-16]', async () => {
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const by = { actor: 'system' }
      const ended = await issue({ accessTokenFormat })
      const ofClient = await issue({ accessTokenFormat })
      for (const { token } of [ended, ofClient]) assert.notEqual(await identify(token), null)
      await desk.server.grants.end(ended.grantId, 'revoked', by)
      await refused(ended.token)
      await desk.server.clients.disable(ofClient.clientId, { by })
      await refused(ofClient.token)
    }
    const [asJwt, opaque] = [await issue(), await issue({ accessTokenFormat: 'opaque' })]
    for (const { token } of [asJwt, opaque]) assert.notEqual(await identify(token), null)
    await desk.database.write(async (unit) => {
      const expiresAt = desk.time.now + 3_600_000
      await unit.updateTable('users').set({ is_active: 0 }).where('id', '=', ada.id).execute()
      await desk.revocations.revoke(unit, { kind: 'user', subjectId: ada.id, notBefore: desk.time.now + 1, expiresAt })
    })
    for (const { token } of [asJwt, opaque]) await refused(token)
    desk.time.now += 10
    await desk.database.write(async (unit) => {
      await unit.updateTable('users').set({ is_active: 1 }).where('id', '=', ada.id).execute()
    })
  })

  it('takes no token for another API, nor for another part of this one [B-RS-13]', async () => {
    for (const accessTokenFormat of ['opaque', 'jwt'] as const) {
      const elsewhere = await issue({ accessTokenFormat }, { resources: ['https://notes.example'] })
      await refused(elsewhere.token)
      const part = await issue({ accessTokenFormat }, { resources: ['https://id.example/api/notes'] })
      const headers = { authorization: `Bearer ${part.token}` }
      assert.notEqual(await desk.identify(headers, { url: '/api/notes/5' }), null)
      for (const url of ['/api/', '/api/notes2', '/api/notes/../files']) {
        await assert.rejects(desk.identify(headers, { url }), { code: 'invalid_token' })
      }
      const free = await issue({ accessTokenFormat })
      assert.notEqual(await desk.identify({ authorization: `Bearer ${free.token}` }, { url: '/anything' }), null)
    }
  })

  it('reads a JWT once a minute, so that a new name is known soon', async () => {
    const { token } = await issue()
    const name = async (): Promise<unknown> => (await identify(token))?.principal.name
    assert.equal(await name(), 'ada')
    await desk.database.write(async (unit) => {
      await unit.updateTable('users').set({ username: 'lovelace' }).where('id', '=', ada.id).execute()
    })
    assert.equal(await name(), 'ada')
    desk.time.now += 61_000
    assert.equal(await name(), 'lovelace')
  })
})

describe('a JWT access token at an API elsewhere', () => {
  it('is taken by jwt with the published keys: no look-up, the scopes of the token [B-RS-01]', async () => {
    const { token } = await issue({}, { resources: ['https://notes.example'] })
    const { keys } = await published()
    const there = createAuth({
      authenticators: [
        jwt({
          keys: keysFrom(keys.filter(({ alg }) => alg === 'EdDSA').map((jwk) => importPublicJwk(jwk))),
          issuer: 'https://id.example',
          audience: 'https://notes.example',
          clock: () => desk.time.now,
        }),
      ],
    })
    const request = new Request('https://notes.example/', { headers: { authorization: `Bearer ${token}` } })
    const identity = await there.require(request)
    assert.deepEqual([identity.principal.kind, identity.principal.id], ['user', formatId(ada.id)])
    assert.deepEqual(identity.auth.scopes, ['read', 'write'])
    const { token: forAnother } = await issue()
    const wrong = new Request('https://notes.example/', { headers: { authorization: `Bearer ${forAnother}` } })
    await assert.rejects(there.require(wrong), { status: 401 })
  })
})

async function issue(
  metadata: ClientMetadata = {},
  grant: Partial<Pick<Grant, 'scopes' | 'resources'>> = {},
): Promise<Issued> {
  const client = await desk.addClient({
    grantTypes: ['refresh_token'],
    scopes: ['read', 'write'],
    metadata: { accessTokenFormat: 'jwt', resources: grant.resources ?? [], ...metadata },
  })
  const granted = await grantTo(desk, { client, userId: ada.id, grant })
  return { token: (await granted.next()).access, grantId: granted.grantId, clientId: client.id }
}

async function identify(token: string): ReturnType<OAuthDesk['identify']> {
  return desk.identify({ authorization: `Bearer ${token}` })
}

async function refused(token: string): Promise<void> {
  await assert.rejects(identify(token), { status: 401, code: 'invalid_token' })
}

async function published(): Promise<{ readonly keys: readonly Jwk[] }> {
  const route = desk.server.routes.find(({ path }) => path === '/o/jwks.json')
  const request = {
    method: 'GET',
    url: '/',
    headers: { get: () => null },
    address: null,
    body: async () => Buffer.alloc(0),
  }
  const answer = await route?.methods['GET']?.(request)
  return JSON.parse(answer?.body ?? '{}') as { readonly keys: readonly Jwk[] }
}
