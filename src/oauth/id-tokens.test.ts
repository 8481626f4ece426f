import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { createSealer } from '../crypto/seal.ts'
import { clientSecretPurpose } from './id-tokens.ts'
import { type OAuthDesk, openOAuthDesk } from './oauth-desk.contract.ts'
import { OAuthError } from './oauth-error.ts'
import { clientAt, signInTo, userOf, verifiedBy } from './openid.contract.ts'
import type { OAuthClient } from './client.ts'
import type { ClientMetadata } from './client-metadata.ts'

const grantTypes = ['authorization_code']
const scopes = ['openid', 'profile', 'email', 'read']

async function stage(metadata: ClientMetadata = {}): Promise<{ desk: OAuthDesk; client: OAuthClient }> {
  const desk = await openOAuthDesk()
  const client = await clientAt(desk, await desk.addClient({ grantTypes, scopes, metadata }))
  return { desk, client }
}

describe('idTokens.sign', () => {
  it('tells who signed in, to whom, when and how [ID01 ID04 B-OID-03]', async () => {
    const { desk, client } = await stage()
    const user = await desk.addUser({ email: 'ada@example.com', email_key: 'ada@example.com' })
    const { idToken } = await signInTo(desk, {
      user,
      client,
      signInId: '0000tIxTOxc',
      detail: { nonce: 'n-0S6_WzA2Mj&é' },
    })
    const { claims, header } = await verifiedBy(desk, idToken, { audience: client.id })
    const now = desk.time.now / 1000
    const { jti, at_hash: hash, ...rest } = claims
    assert.deepEqual(rest, {
      iss: 'https://id.example',
      sub: userOf(user).id,
      aud: client.id,
      iat: now,
      exp: now + 3600,
      auth_time: now - 5,
      nonce: 'n-0S6_WzA2Mj&é',
      acr: 'urn:doorward:acr:sfa',
      amr: ['pwd'],
      sid: '0000tIxTOxc',
    })
    assert.match(String(jti), /^[0-9A-Za-z]{11}$/)
    assert.equal(typeof hash, 'string')
    assert.deepEqual([header.alg, header.typ], ['RS256', 'JWT'])
    // OpenID Connect Core 1.0, section 2: "If present, it MUST contain the OAuth 2.0 Client ID of this party"; there is one audience only.
    assert.ok(!('azp' in claims))
    assert.match(String(claims.sub), /^[\x20-\x7e]{1,255}$/)
    await desk.close()
  })

  it('says nothing of a sign-in that it does not know of, such as that of an imported user [B-OID-03]', async () => {
    const { desk, client } = await stage()
    const idToken = await desk.server.idTokens.sign({
      client,
      user: userOf(await desk.addUser({ last_login_at: null })),
      grant: { signInId: null, detail: { by: 'device_code' } },
      scopes: ['openid'],
      accessToken: 'x',
    })
    const { claims } = await verifiedBy(desk, idToken)
    for (const name of ['auth_time', 'nonce', 'acr', 'amr', 'sid']) assert.ok(!(name in claims), name)
    await desk.close()
  })

  it('binds what comes with it by the hash of its algorithm [ID02]', async () => {
    const hashes = { RS256: 'sha256', ES256: 'sha256', PS256: 'sha256', EdDSA: 'sha512' }
    for (const [alg, hash] of Object.entries(hashes)) {
      const { desk, client } = await stage({ idTokenSignedResponseAlg: alg })
      const idToken = await desk.server.idTokens.sign({
        client,
        user: userOf(await desk.addUser()),
        grant: { signInId: null, detail: { by: 'implicit' } },
        scopes: ['openid'],
        accessToken: 'an access token',
        code: 'a code',
        state: 'a state',
        nonce: 'once',
      })
      const { claims, header } = await verifiedBy(desk, idToken)
      // Section 3.1.3.6: "the left-most half of the hash of the octets of the ASCII representation of the access_token value".
      const half = (text: string): string => {
        const bytes = createHash(hash).update(text).digest()
        return bytes.subarray(0, bytes.length / 2).toString('base64url')
      }
      assert.equal(header.alg, alg)
      assert.equal(claims['at_hash'], half('an access token'))
      assert.equal(claims['c_hash'], half('a code'))
      assert.equal(claims['s_hash'], half('a state'))
      assert.equal(claims['nonce'], 'once')
      await desk.close()
    }
  })

  it('leaves the nonce out where it is told to, as when it is refreshed', async () => {
    const { desk, client } = await stage()
    const detail = { by: 'authorization_code', nonce: 'once' } as const
    const token = { client, user: userOf(await desk.addUser()), grant: { signInId: null, detail }, scopes: ['openid'] }
    assert.equal(decodeJwt(await desk.server.idTokens.sign(token))['nonce'], 'once')
    assert.ok(!('nonce' in decodeJwt(await desk.server.idTokens.sign({ ...token, nonce: null }))))
    await desk.close()
  })

  it('tells claims of the scopes only where no access token comes with it, and those that claims asks for [ID09 ID10]', async () => {
    const { desk, client } = await stage()
    const user = userOf(await desk.addUser({ username: 'ada', email: 'ada@example.com', email_key: 'ada@example.com' }))
    const grant = { signInId: null, detail: { by: 'implicit' } } as const
    const alone = await desk.server.idTokens.sign({ client, user, grant, scopes: ['openid', 'profile'] })
    assert.equal(decodeJwt(alone)['preferred_username'], 'ada')
    assert.ok(!('email' in decodeJwt(alone)))
    const withToken = await desk.server.idTokens.sign({
      client,
      user,
      grant: { ...grant, detail: { by: 'implicit', claims: { id_token: { email: { essential: true } } } } },
      scopes: ['openid', 'profile'],
      accessToken: 'x',
    })
    assert.ok(!('preferred_username' in decodeJwt(withToken)))
    assert.equal(decodeJwt(withToken)['email'], 'ada@example.com')
    await desk.close()
  })

  it('signs with the secret of a client that wants HS256, and not with one that is not kept or too short [B-OID-05]', async () => {
    const { desk, client } = await stage({ idTokenSignedResponseAlg: 'HS256' })
    const token = {
      user: userOf(await desk.addUser()),
      grant: { signInId: null, detail: { by: 'authorization_code' } } as const,
      scopes: ['openid'],
      accessToken: 'x',
    }
    const secret = 'dw_sec_with_more_than_thirty_two_characters'
    const sealer = createSealer({ secret: 'a secret for tests with 32 characters or more' })
    const sealed = (text: string): OAuthClient => ({
      ...client,
      row: { ...client.row, sealed_secret: sealer.seal(clientSecretPurpose, Buffer.from(text)) },
    })
    const signed = await desk.server.idTokens.sign({ ...token, client: sealed(secret) })
    const options = { issuer: 'https://id.example', audience: client.id, currentDate: new Date(desk.time.now) }
    const { protectedHeader } = await jwtVerify(signed, Buffer.from(secret), options)
    assert.deepEqual(protectedHeader, { alg: 'HS256', typ: 'JWT' })
    for (const poor of [client, sealed('short'), { ...sealed(secret), isConfidential: false }]) {
      await assert.rejects(
        desk.server.idTokens.sign({ ...token, client: poor }),
        (error) => error instanceof OAuthError && error.code === 'unauthorized_client',
      )
    }
    await desk.close()
  })

  it('goes on after a rotation with the new key, and what the old one signed stays good [MD06]', async () => {
    const { desk, client } = await stage()
    const user = await desk.addUser()
    const before = await signInTo(desk, { user, client })
    const old = decodeProtectedHeader(before.idToken).kid
    await desk.keys.rotate({ by: { actor: 'system' } })
    assert.equal(decodeProtectedHeader((await signInTo(desk, { user, client })).idToken).kid, old)
    desk.time.now += 600_000
    const after = await signInTo(desk, { user, client })
    assert.notEqual(decodeProtectedHeader(after.idToken).kid, old)
    for (const { idToken } of [before, after]) await verifiedBy(desk, idToken, { audience: client.id })
    await desk.close()
  })
})

describe('idTokens.readHint', () => {
  it('reads an ID token that this server signed, expired or not [LO03 B-OID-12]', async () => {
    for (const alg of ['RS256', 'ES256', 'EdDSA']) {
      const { desk, client } = await stage({ idTokenSignedResponseAlg: alg })
      const user = await desk.addUser()
      const { idToken } = await signInTo(desk, { user, client, signInId: '0000tIxTOxc' })
      desk.time.now += 86_400_000
      const hint = await desk.server.idTokens.readHint(idToken)
      assert.equal(hint?.client.id, client.id)
      assert.deepEqual([hint?.subject, hint?.sid], [userOf(user).id, '0000tIxTOxc'])
      await desk.close()
    }
  })

  it('reads nothing else: other issuers and keys, other kinds of tokens, removed and disabled clients, garbage [B-OID-09 B-OID-12]', async () => {
    const { desk, client } = await stage()
    const other = await stage()
    const user = await desk.addUser()
    const { idToken, accessToken } = await signInTo(desk, { user, client })
    const { readHint, signFor } = desk.server.idTokens
    const good = decodeJwt(idToken)
    assert.ok((await readHint(await signFor(client, good, { typ: 'JWT' }))) !== null)

    const [head = '', body = '', signature = ''] = idToken.split('.')
    const forged = Buffer.from(JSON.stringify({ ...good, sub: 'somebody' })).toString('base64url')
    for (const bad of [
      await signFor(client, { ...good, iss: 'https://other.example' }, { typ: 'JWT' }),
      await signFor(client, { ...good, aud: 'nobody' }, { typ: 'JWT' }),
      await signFor(client, { ...good, aud: [client.id] }, { typ: 'JWT' }),
      await signFor(client, { ...good, sub: 7 }, { typ: 'JWT' }),
      await signFor(client, { ...good, token_type: 'access' }, { typ: 'JWT' }),
      await signFor(client, good, { typ: 'logout+jwt' }),
      await signFor(client, good, { typ: 'at+jwt' }),
      await signFor(client, good),
      (await signInTo(other.desk, { user: await other.desk.addUser(), client: other.client })).idToken,
      `${head}.${forged}.${signature}`,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${body}.`,
      `${Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')}.${body}.${signature}`,
      accessToken,
      '',
      '..',
      'x'.repeat(100_000),
    ]) {
      assert.equal(await readHint(bad), null)
    }
    const row = desk.database.write.bind(desk.database)
    await row(async (unit) => unit.updateTable('clients').set({ is_active: 0 }).where('id', '=', client.key).execute())
    assert.equal(await readHint(idToken), null)
    await row(async (unit) => unit.deleteFrom('clients').where('id', '=', client.key).execute())
    assert.equal(await readHint(idToken), null)
    await desk.close()
    await other.desk.close()
  })
})
