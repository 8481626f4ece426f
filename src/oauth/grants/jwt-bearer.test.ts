import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { generateSigningKey, type SigningKey } from '../../crypto/jwk.ts'
import { signJws } from '../../crypto/jws.ts'
import { formatId } from '../../storage/id.ts'
import type { UserRow } from '../../storage/schema.ts'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { type Answered, openOAuthDesk, type OAuthDesk } from '../oauth-desk.contract.ts'
import type { OAuthServerOptions } from '../server.ts'
import type { TrustedIssuer } from '../trusted-issuer.ts'

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const partner = 'https://partner.example'
const issuer = 'https://id.example'
let key: SigningKey
let desk: OAuthDesk
let client: { readonly id: string; readonly secret: string }
let ada: UserRow

before(async () => {
  key = await generateSigningKey('ES256')
  desk = await openOAuthDesk({ ...trusting(), fetch: published })
  client = await addClient(desk)
  ada = await desk.addUser({
    username: 'ada',
    username_key: 'ada',
    email: 'ada@example.com',
    email_key: 'ada@example.com',
    email_verified: 1,
  })
})

after(async () => desk.close())

describe('the JWT bearer grant (RFC 7523, section 2.1)', () => {
  it('gives a token for the user whom a trusted issuer names, and no refresh token (RFC 7521, section 4.1)', async () => {
    const answer = await ask(assertion())
    assert.equal(answer.status, 200, answer.text)
    const { access_token: token, ...rest } = answer.json
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, scope: 'read write' })
    const identity = await desk.identify({ authorization: `Bearer ${String(token)}` })
    assert.deepEqual([identity?.principal.kind, identity?.principal.name], ['user', 'ada'])
  })

  it('finds the user by id, username or verified e-mail address, as the setting says', async () => {
    for (const [trusted, claims] of [
      [{ subject: 'id' }, { sub: formatId(ada.id) }],
      [{ subject: 'username' }, { sub: ' ADA ' }],
      [{ subject: 'username', claim: 'preferred_username' }, { preferred_username: 'ada' }],
      [{ subject: 'email' }, { email: 'Ada@Example.com' }],
      [{ subject: 'email', claim: 'sub' }, { sub: 'ada@example.com' }],
    ] as const) {
      await withIssuer(trusted, async (at, own) => {
        const answer = await ask(assertion(claims), {}, at, own)
        assert.equal(answer.status, 200, JSON.stringify(trusted))
      })
    }
    await withIssuer({ subject: 'email' }, async (at, own) => {
      for (const claims of [{ email: 'ada@example.com', email_verified: false }, { email: 'bob@example.com' }, {}]) {
        assert.equal((await ask(assertion(claims), {}, at, own)).json['error'], 'invalid_grant')
      }
    })
  })

  it('reads the keys of the issuer where it publishes them', async () => {
    await withIssuer({ jwksUri: `${partner}/jwks.json` }, async (at, own) => {
      assert.equal((await ask(assertion(), {}, at, own)).status, 200)
    })
  })

  it('refuses an issuer that is not trusted, a foreign key, alg none and another algorithm [TX11]', async () => {
    for (const iss of ['https://evil.example', `${partner}/`, undefined, 7]) await refused(assertion({ iss }))
    await refused(assertion({}, await generateSigningKey('ES256')))
    await refused(assertion({}, { ...(await generateSigningKey('ES256')), kid: key.kid }))
    const [, claims] = assertion().split('.')
    await refused(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.AA`)
    await withIssuer({ algorithms: ['PS256'] }, async (at, own) => {
      assert.equal((await ask(assertion(), {}, at, own)).json['error'], 'invalid_grant')
    })
  })

  it('refuses a token of the issuer for another purpose (RFC 8725, section 3.11) [TX11]', async () => {
    for (const typ of ['at+jwt', 'dpop+jwt', 'logout+jwt']) await refused(assertion({}, key, { typ }))
    assert.equal((await ask(assertion({}, key, { typ: 'JWT' }))).status, 200)
  })

  it('refuses another aud than this server [TX11]', async () => {
    for (const aud of [undefined, '', 'https://evil.example', `${issuer}/`, [issuer, 'https://evil.example'], []]) {
      await refused(assertion({ aud }))
    }
  })

  it('refuses an assertion that is over, from the future, or lives too long [TX11]', async () => {
    const now = Math.floor(desk.time.now / 1000)
    for (const claims of [
      { exp: undefined },
      { exp: now },
      { exp: now + 400 },
      { exp: now + 299, iat: now - 100 },
      { nbf: now + 61 },
      { iat: now + 61 },
    ]) {
      await refused(assertion(claims))
    }
    await withIssuer({ maxLifetime: 3600 }, async (at, own) => {
      assert.equal((await ask(assertion({ exp: now + 3600 }), {}, at, own)).status, 200)
    })
  })

  it('takes an assertion once [TX11]', async () => {
    const text = assertion()
    assert.equal((await ask(text)).status, 200)
    await refused(text)
    for (const jti of [undefined, '', 7]) await refused(assertion({ jti }))
  })

  it('answers alike for a user who is unknown, and one who is disabled [TX11]', async () => {
    const bob = await desk.addUser({ username: 'bob', username_key: 'bob', is_active: 0 })
    const answers = [
      await ask(assertion({ sub: bob.username })),
      await ask(assertion({ sub: 'nobody' })),
      await ask('rubbish'),
    ]
    for (const { status, text } of answers) assert.deepEqual([status, text], [400, answers[0]?.text])
  })

  it('refuses rubbish of any kind with the error of the protocol, never a fault', async () => {
    for (const text of ['..', 'a.b.c', 'e30.e30.e30', 'ä', 'a'.repeat(60_000)]) await refused(text)
    assert.equal((await ask('')).json['error'], 'invalid_request')
  })

  it('gives no scopes beyond those of the issuer and the client, and none of OpenID Connect', async () => {
    for (const scope of ['openid', 'admin', 'read openid']) {
      assert.equal((await ask(assertion(), { scope })).json['error'], 'invalid_scope')
    }
    await withIssuer({ scopes: ['read'] }, async (at, own) => {
      assert.equal((await ask(assertion(), {}, at, own)).json['scope'], 'read')
      assert.equal((await ask(assertion(), { scope: 'write' }, at, own)).json['error'], 'invalid_scope')
    })
  })

  it('refuses resources that the client is not registered for (RFC 8707, section 2) [TX12]', async () => {
    for (const resource of ['https://notes.example', 'relative', 'https://id.example/#a']) {
      assert.equal((await ask(assertion(), { resource })).json['error'], 'invalid_target')
    }
  })

  it('is not offered where no issuer is trusted, nor to clients that are not registered for it', async () => {
    const plain = await openOAuthDesk()
    const own = await addClient(plain)
    assert.equal((await ask(assertion(), {}, plain, own)).json['error'], 'unsupported_grant_type')
    await plain.close()
    const other = await desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    assert.equal((await ask(assertion(), {}, desk, other)).json['error'], 'unauthorized_client')
  })
})

onEachDatabase('the JWT bearer grant', (stage) => {
  it('takes one of fifty assertions with the same jti at once [TX11]', async () => {
    const { database, time } = await stage()
    const at = await openOAuthDesk(trusting(), { database, time })
    await at.addUser({ username: 'ada', username_key: 'ada' })
    const own = await addClient(at)
    const text = assertion({ exp: Math.floor(time.now / 1000) + 60 })
    const answers = await Promise.all(Array.from({ length: 50 }, async () => ask(text, {}, at, own)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    for (const { status, json } of answers.filter(({ status }) => status !== 200)) {
      assert.deepEqual([status, json['error']], [400, 'invalid_grant'])
    }
    await at.close()
  })
})

function trusting(issuer: Partial<TrustedIssuer> = {}): Pick<OAuthServerOptions, 'trustedIssuers'> {
  const keys = issuer.jwksUri === undefined ? { jwks: { keys: [key.publicJwk] } } : {}
  return { trustedIssuers: [{ issuer: partner, ...keys, subject: 'username', ...issuer }] }
}

const published: NonNullable<OAuthServerOptions['fetch']> = async () => {
  const body = Buffer.from(JSON.stringify({ keys: [key.publicJwk] }))
  return { status: 200, headers: new Headers(), body }
}

/** A server on the same database, which trusts the issuer in another way. */
async function withIssuer(
  issuer: Partial<TrustedIssuer>,
  test: (at: OAuthDesk, client: { readonly id: string; readonly secret: string }) => Promise<void>,
): Promise<void> {
  const at = await openOAuthDesk(
    { ...trusting(issuer), fetch: published },
    { database: desk.database, time: desk.time },
  )
  await test(at, client)
  await at.close()
}

async function addClient(at: OAuthDesk): Promise<{ readonly id: string; readonly secret: string }> {
  return at.addClient({ grantTypes: [grantType], scopes: ['read', 'write'] })
}

function assertion(
  claims: Readonly<Record<string, unknown>> = {},
  { alg, kid, privateKey }: Pick<SigningKey, 'alg' | 'kid' | 'privateKey'> = key,
  header: Readonly<Record<string, unknown>> = {},
): string {
  const exp = Math.floor(desk.time.now / 1000) + 60
  const said = { iss: partner, sub: 'ada', aud: issuer, exp, jti: randomUUID(), ...claims }
  return signJws({ alg, kid, key: privateKey }, header, said)
}

async function ask(
  text: string,
  fields: Readonly<Record<string, string>> = {},
  at: OAuthDesk = desk,
  { id, secret } = client,
): Promise<Answered> {
  return at.post('/o/token/', {
    grant_type: grantType,
    assertion: text,
    client_id: id,
    client_secret: secret,
    ...fields,
  })
}

async function refused(text: string): Promise<void> {
  const { status, json } = await ask(text)
  assert.deepEqual([status, json['error']], [400, 'invalid_grant'], text.slice(0, 300))
}
