import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeJwt } from 'jose'
import { headerOf } from '../../accounts/browser.contract.ts'
import type { Answer } from '../../http/exchange.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import type { OAuthClient } from '../client.ts'
import { type OAuthDesk, openOAuthDesk } from '../oauth-desk.contract.ts'
import {
  ask,
  clientAt,
  jsonOf,
  type SignedIn,
  signInTo,
  type SigningIn,
  userOf,
  verifiedBy,
} from '../openid.contract.ts'
import type { OAuthServerOptions } from '../server.ts'

const path = '/o/userinfo/'
const all = ['openid', 'profile', 'email', 'address', 'phone', 'read']
const form = 'application/x-www-form-urlencoded'

interface Stage {
  readonly desk: OAuthDesk
  readonly client: OAuthClient
  readonly signIn: (more?: Partial<SigningIn>) => Promise<SignedIn>
  readonly get: (token: string) => Promise<Answer>
}

async function stage(metadata: ClientMetadata = {}, options: Partial<OAuthServerOptions> = {}): Promise<Stage> {
  const desk = await openOAuthDesk(options)
  const client = await clientAt(
    desk,
    await desk.addClient({ grantTypes: ['authorization_code'], scopes: all, metadata }),
  )
  const user = await desk.addUser({ username: 'ada', email: 'ada@example.com', email_key: 'ada@example.com' })
  return {
    desk,
    client,
    signIn: async (more = {}) => signInTo(desk, { user, client, scopes: ['openid', 'profile', 'email'], ...more }),
    get: async (token) => ask(desk, 'GET', path, { headers: { authorization: `Bearer ${token}` } }),
  }
}

describe('the UserInfo endpoint', () => {
  it('answers GET and POST with the token in the header, and POST with it in the form [ID06 B-OID-07]', async () => {
    const { desk, signIn, get } = await stage()
    const { accessToken, idToken } = await signIn()
    const authorization = `Bearer ${accessToken}`
    const answers = [
      await get(accessToken),
      await ask(desk, 'POST', path, { headers: { authorization } }),
      await ask(desk, 'POST', path, { headers: { authorization, 'content-type': 'application/json' }, body: '{}' }),
      await ask(desk, 'POST', path, { headers: { 'content-type': form }, body: `access_token=${accessToken}` }),
    ]
    for (const answer of answers) {
      assert.equal(answer.status, 200)
      assert.deepEqual(jsonOf(answer), {
        // OpenID Connect Core 1.0, section 5.3.2: "The sub Claim … MUST be verified to exactly match the sub Claim in the ID Token".
        sub: decodeJwt(idToken).sub,
        name: 'ada',
        preferred_username: 'ada',
        email: 'ada@example.com',
        email_verified: false,
      })
      assert.equal(headerOf(answer, 'cache-control'), 'no-store')
      assert.equal(headerOf(answer, 'access-control-allow-origin'), '*')
    }
    await desk.close()
  })

  it('tells the claims of the scopes that were granted, and no others [ID09 B-OID-08]', async () => {
    const address = { formatted: '1 Main Street' }
    const { desk, signIn, get } = await stage(
      {},
      {
        userClaims: {
          given_name: { scope: 'profile', value: 'Ada' },
          address: { scope: 'address', value: async () => address },
          phone_number: { scope: 'phone', value: ({ name }: { name: string }) => `+1 ${name}` },
          phone_number_verified: { scope: 'phone', value: false },
          nickname: { scope: 'profile', value: () => null },
          team: { scope: null, value: 'engines' },
        },
      },
    )
    const names = async (scopes: readonly string[], detail = {}): Promise<readonly string[]> => {
      const { accessToken } = await signIn({ scopes: ['openid', ...scopes], detail })
      return Object.keys(jsonOf(await get(accessToken))).toSorted()
    }
    assert.deepEqual(await names([]), ['sub'])
    assert.deepEqual(await names(['email']), ['email', 'email_verified', 'sub'])
    assert.deepEqual(await names(['profile']), ['given_name', 'name', 'preferred_username', 'sub'])
    assert.deepEqual(await names(['address']), ['address', 'sub'])
    assert.deepEqual(await names(['phone']), ['phone_number', 'phone_number_verified', 'sub'])
    // What belongs to no scope is told where claims asks for it.
    assert.deepEqual(await names([], { claims: { userinfo: { team: null, given_name: { essential: true } } } }), [
      'given_name',
      'sub',
      'team',
    ])
    await desk.close()
  })

  it('says that an e-mail address is verified where it is, and nothing where there is none [ID09]', async () => {
    const { desk, client, get } = await stage()
    const verified = await desk.addUser({ email: 'bob@example.com', email_key: 'bob@example.com', email_verified: 1 })
    const without = await desk.addUser()
    const about = async (user: typeof verified): Promise<object> =>
      jsonOf(await get((await signInTo(desk, { user, client, scopes: ['openid', 'email'] })).accessToken))
    assert.deepEqual(await about(verified), {
      sub: userOf(verified).id,
      email: 'bob@example.com',
      email_verified: true,
    })
    assert.deepEqual(await about(without), { sub: userOf(without).id })
    await desk.close()
  })

  it('tells a claim that was asked for by value only where it has that value, and none of a scope that is not the client’s [ID10]', async () => {
    const { desk, client, get } = await stage()
    const user = await desk.addUser({ email: 'eve@example.com', email_key: 'eve@example.com' })
    const named = async (userinfo: object, own: OAuthClient = client): Promise<readonly string[]> => {
      const { accessToken } = await signInTo(desk, { user, client: own, detail: { claims: { userinfo } as never } })
      return Object.keys(jsonOf(await get(accessToken))).toSorted()
    }
    assert.deepEqual(await named({ email: { value: 'eve@example.com' } }), ['email', 'sub'])
    assert.deepEqual(await named({ email: { values: ['x', 'eve@example.com'] } }), ['email', 'sub'])
    assert.deepEqual(await named({ email: { value: 'other@example.com' } }), ['sub'])
    assert.deepEqual(await named({ unknown: { essential: true }, constructor: null }), ['sub'])
    const few = await clientAt(desk, await desk.addClient({ grantTypes: ['authorization_code'], scopes: ['openid'] }))
    assert.deepEqual(await named({ email: null }, few), ['sub'])
    await desk.close()
  })

  it('knows users by pairwise names where the ID token does [ID05 ID06]', async () => {
    const metadata = { subjectType: 'pairwise', redirectUris: ['https://app.example/cb'] } as const
    const { desk, signIn, get } = await stage(metadata)
    const { accessToken, idToken } = await signIn()
    const { sub } = jsonOf(await get(accessToken))
    assert.match(String(sub), /^[A-Za-z0-9_-]{43}$/)
    assert.equal(decodeJwt(idToken).sub, sub)
    await desk.close()
  })

  it('signs its answer for a client that has registered for it [ID08]', async () => {
    const { desk, client, signIn, get } = await stage({ userinfoSignedResponseAlg: 'ES256' })
    const answer = await get((await signIn()).accessToken)
    assert.equal(headerOf(answer, 'content-type'), 'application/jwt')
    const { claims, header } = await verifiedBy(desk, answer.body, { audience: client.id })
    assert.equal(header.alg, 'ES256')
    assert.equal(claims['email'], 'ada@example.com')
    assert.equal(claims.iss, 'https://id.example')
    // It is no ID token, and cannot be used as one.
    assert.equal(await desk.server.idTokens.readHint(answer.body), null)
    await desk.close()
  })

  it('asks for a token where there is none, and looks into no query [ID07 B-OID-15]', async () => {
    const { desk, signIn } = await stage()
    const { accessToken } = await signIn()
    for (const answer of [
      await ask(desk, 'GET', path),
      await ask(desk, 'GET', `${path}?access_token=${accessToken}`),
      await ask(desk, 'GET', path, { headers: { authorization: 'Basic eDp5' } }),
      await ask(desk, 'POST', path, { headers: { 'content-type': form }, body: '' }),
    ]) {
      assert.equal(answer.status, 401)
      // RFC 6750, section 3.1: "the resource server SHOULD NOT include an error code or other error information".
      assert.equal(headerOf(answer, 'www-authenticate'), 'Bearer realm="api"')
      assert.equal(headerOf(answer, 'access-control-allow-origin'), '*')
    }
    await desk.close()
  })

  it('refuses tokens that are no good with invalid_token [ID07 B-OID-07]', async () => {
    const { desk, client, signIn, get } = await stage()
    const { accessToken, grantId, idToken } = await signIn()
    const elsewhere = await signIn({ audience: ['https://api.example'] })
    const expired = await signIn()
    const bad = ['', 'x', `${accessToken}x`, idToken, elsewhere.accessToken, 'x'.repeat(50_000)]
    for (const token of bad) {
      const answer = await get(token)
      assert.equal(answer.status, 401)
      assert.match(headerOf(answer, 'www-authenticate') ?? '', /^Bearer realm="api", error="invalid_token"/)
      assert.equal(jsonOf(answer)['error'], 'invalid_token')
    }
    assert.equal((await get(accessToken)).status, 200)
    await desk.server.grants.end(grantId, 'revoked', { actor: 'system' })
    assert.equal((await get(accessToken)).status, 401)
    desk.time.now += 3_600_000
    assert.equal((await get(expired.accessToken)).status, 401)
    const late = await signIn()
    await desk.database.write(async (unit) =>
      unit.updateTable('clients').set({ is_active: 0 }).where('id', '=', client.key).execute(),
    )
    assert.equal((await get(late.accessToken)).status, 401)
    await desk.close()
  })

  it('refuses a token without the scope openid with insufficient_scope [ID07 B-OID-07]', async () => {
    const { desk, signIn, get } = await stage()
    const answer = await get((await signIn({ scopes: ['email', 'read'] })).accessToken)
    assert.equal(answer.status, 403)
    assert.match(headerOf(answer, 'www-authenticate') ?? '', /error="insufficient_scope".*scope="openid"/)
    await desk.close()
  })

  it('takes the token in one way only, and forms that are well formed', async () => {
    const { desk, signIn } = await stage()
    const { accessToken } = await signIn()
    const authorization = `Bearer ${accessToken}`
    const post = async (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
      ask(desk, 'POST', path, { headers: { 'content-type': form, ...headers }, body })
    for (const answer of [
      await post(`access_token=${accessToken}`, { authorization }),
      await post(`access_token=${accessToken}&access_token=${accessToken}`),
      await post('access_token=%ff'),
      await post(Buffer.from([0x61, 0xff])),
      await post('{"access_token":"x"}', { 'content-type': 'application/json' }),
      await post('x=1&'.repeat(200)),
    ]) {
      assert.equal(answer.status, 400)
      assert.equal(jsonOf(answer)['error'], 'invalid_request')
    }
    await desk.close()
  })

  it('lets scripts of all pages ask [B-OID-07]', async () => {
    const { desk } = await stage()
    const answer = await ask(desk, 'OPTIONS', path)
    assert.equal(answer.status, 204)
    assert.equal(headerOf(answer, 'access-control-allow-origin'), '*')
    assert.equal(headerOf(answer, 'access-control-allow-methods'), 'GET, POST')
    assert.match(headerOf(answer, 'access-control-allow-headers') ?? '', /authorization/)
    await desk.close()
  })

  it('lets no application claim to be the protocol', async () => {
    await assert.rejects(openOAuthDesk({ userClaims: { sub: { scope: 'profile', value: 'x' } } }), TypeError)
  })
})
