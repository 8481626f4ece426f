import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { exportPublicJwk, generateSigningKey, type SigningAlgorithm, type SigningKey } from '../../crypto/jwk.ts'
import { signJws } from '../../crypto/jws.ts'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import { type Answered, openOAuthDesk, type OAuthDesk } from '../oauth-desk.contract.ts'
import { assertionType } from './private-key-jwt.ts'

const issuer = 'https://id.example'
let desk: OAuthDesk
let key: SigningKey
let id: string

before(async () => {
  desk = await openOAuthDesk()
  key = await generateSigningKey('ES256')
  id = await addClient(desk, { jwks: { keys: [key.publicJwk] } })
})

after(async () => desk.close())

describe('privateKeyJwt', () => {
  it('takes an assertion that the key of the client has signed (RFC 7523, section 3) [B-TKE-18]', async () => {
    const answer = await post(assertion())
    assert.equal(answer.status, 200, answer.text)
    const identity = await desk.identify({ authorization: `Bearer ${String(answer.json['access_token'])}` })
    assert.equal(identity?.principal.id, id)
    // RFC 6749, section 2.3.1: it may be named beside.
    assert.equal((await post(assertion(), { client_id: id })).status, 200)
  })

  it('finds the key by kid, and without one where it is the only one for the alg [B-TKE-18]', async () => {
    const others = await Promise.all([generateSigningKey('ES256'), generateSigningKey('PS256')])
    const client = await addClient(desk, { jwks: { keys: [key, ...others].map(({ publicJwk }) => publicJwk) } })
    for (const one of [key, ...others]) {
      assert.equal((await post(assertion({ iss: client, sub: client }, { key: one }))).status, 200, one.alg)
    }
    const unnamed = await addClient(desk, { jwks: { keys: others.map(({ publicJwk }) => publicJwk) } })
    const { kid: _kid, ...ps256 } = others[1]
    assert.equal((await post(assertion({ iss: unnamed, sub: unnamed }, { key: ps256 }))).status, 200)
  })

  it('takes every kind of key pair [B-TKE-18]', async () => {
    for (const alg of ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const satisfies SigningAlgorithm[]) {
      const own = await generateSigningKey(alg)
      const client = await addClient(desk, { jwks: { keys: [own.publicJwk] } })
      assert.equal((await post(assertion({ iss: client, sub: client }, { key: own }))).status, 200, alg)
    }
  })

  it('refuses an assertion whose iss or sub is not the client_id (RFC 7523, section 3, items 1 and 2) [CA03 B-TKE-19]', async () => {
    for (const claims of [{ iss: undefined }, { iss: 'https://id.example' }, { iss: 7 }, { iss: '' }])
      await refused(claims)
    for (const claims of [{ sub: undefined }, { sub: 'somebody' }, { sub: [id] }, { sub: '' }]) await refused(claims)
  })

  it('refuses every aud but the issuer as one text: what is for others too may come from them [CA04 B-TKE-19 B-TKE-23]', async () => {
    const audiences = [
      undefined,
      '',
      `${issuer}/`,
      `${issuer}/o/token/`,
      'https://evil.example',
      [issuer, 'https://evil.example'],
      ['https://evil.example'],
      [],
      { issuer },
    ]
    for (const aud of audiences) await refused({ aud })
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
    const answer = await post(assertion({ aud: 'https://evil.example' }), {}, headers)
    assert.equal(answer.json['error'], 'invalid_client')
  })

  it('takes the address of the endpoint as aud where a setting names it [CA04]', async () => {
    const lenient = await openOAuthDesk({ endpointAudiences: [`${issuer}/o/token/`] })
    const client = await addClient(lenient, { jwks: { keys: [key.publicJwk] } })
    const claims = { iss: client, sub: client, aud: `${issuer}/o/token/` }
    assert.equal((await post(assertion(claims, {}, lenient), {}, {}, lenient)).status, 200)
    await lenient.close()
  })

  it('refuses an assertion without exp, one that is over, and one that lives longer than five minutes [CA05 B-TKE-19]', async () => {
    const now = seconds()
    for (const exp of [undefined, null, String(now + 60), now, now - 1, now + 331, now * 1000]) await refused({ exp })
    await refused({ iat: now - 100, exp: now + 250 })
    assert.equal((await post(assertion({ exp: now + 300 }))).status, 200)
  })

  it('takes nbf and iat that are 8 s ahead, and refuses those that are more than a minute ahead [CA05 B-TKE-19]', async () => {
    const now = seconds()
    for (const name of ['nbf', 'iat']) {
      assert.equal((await post(assertion({ [name]: now + 8 }))).status, 200)
      for (const time of [now + 61, '1', null]) await refused({ [name]: time })
    }
  })

  it('refuses an assertion without jti, and one whose jti was used [CA06 B-TKE-19 B-TKE-20]', async () => {
    for (const jti of [undefined, '', 7, 'a'.repeat(257)]) await refused({ jti })
    const jti = randomUUID()
    assert.equal((await post(assertion({ jti }))).status, 200)
    await refused({ jti })
    await refused({ jti, exp: seconds() + 200 })
    const other = await addClient(desk, { jwks: { keys: [key.publicJwk] } })
    assert.equal((await post(assertion({ iss: other, sub: other, jti }))).status, 200)
  })

  it('uses no jti up for an assertion that is no good otherwise', async () => {
    const jti = randomUUID()
    await refused({ jti, aud: 'https://evil.example' })
    assert.equal((await post(assertion({ jti }))).status, 200)
  })

  it('refuses alg none and secrets, the public key and the client_id as such included [CA08 B-TKE-19]', async () => {
    const claims = { iss: id, sub: id, aud: issuer, exp: seconds() + 60, jti: randomUUID() }
    const encoded = (header: object): string =>
      [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    await isRefused(post(`${encoded({ alg: 'none' })}.`))
    await isRefused(post(`${encoded({ alg: 'none' })}.AA`))
    const pem = key.publicKey.export({ format: 'pem', type: 'spki' })
    for (const secret of [id, pem, JSON.stringify(key.publicJwk), '']) {
      const input = encoded({ alg: 'HS256', kid: key.kid })
      const signature = createHmac('sha256', secret).update(input).digest('base64url')
      await isRefused(post(`${input}.${signature}`))
    }
  })

  it('refuses another algorithm than the registered one, though the key would serve it [CA08]', async () => {
    const own = await generateSigningKey('PS256')
    const { alg: _alg, ...jwk } = own.publicJwk
    const client = await addClient(desk, { jwks: { keys: [jwk] }, tokenEndpointAuthSigningAlg: 'PS256' })
    const claims = { iss: client, sub: client }
    await isRefused(post(assertion(claims, { key: { ...own, alg: 'RS256' } })))
    assert.equal((await post(assertion(claims, { key: own }))).status, 200)
  })

  it('refuses an assertion that another client has signed, or a key that it brings along [CA09]', async () => {
    const other = await generateSigningKey('ES256')
    await addClient(desk, { jwks: { keys: [other.publicJwk] } })
    await isRefused(post(assertion({}, { key: other })))
    await isRefused(post(assertion({}, { key: { ...other, kid: key.kid } })))
    await isRefused(post(assertion({}, { key: other, header: { jwk: exportPublicJwk(other.publicKey, 'ES256') } })))
  })

  it('refuses two ways at once, and falls back to none of them (RFC 6749, section 2.3) [CA01 B-TKE-20]', async () => {
    const basic = { authorization: `Basic ${Buffer.from(`${id}:secret`).toString('base64')}` }
    for (const answer of [
      await post(assertion(), { client_id: id, client_secret: 'secret' }),
      await post(assertion(), {}, basic),
      await post('rubbish', {}, basic),
    ]) {
      assert.ok(['invalid_request', 'invalid_client'].includes(String(answer.json['error'])), answer.text)
    }
    const { secret, id: withSecret } = await desk.addClient({ grantTypes: ['client_credentials'], scopes: ['read'] })
    const both = { client_id: withSecret, client_secret: secret }
    assert.notEqual((await post('rubbish', both)).status, 200)
  })

  it('refuses the secret of a client that is registered for assertions, and the reverse [CA02 B-TKE-20]', async () => {
    const jwks = { keys: [key.publicJwk] }
    const made = await desk.addClient({ ...rights, authMethod: 'private_key_jwt', metadata: { jwks } })
    const fields = { grant_type: 'client_credentials', client_id: made.id }
    const bySecret = await desk.post('/o/token/', { ...fields, client_secret: made.secret })
    const byNothing = await desk.post('/o/token/', fields)
    for (const answer of [bySecret, byNothing]) assert.equal(answer.json['error'], 'invalid_client')
    const other = await desk.addClient({ ...rights, metadata: { jwks } })
    await isRefused(post(assertion({ iss: other.id, sub: other.id })))
  })

  it('refuses an assertion for another client_id than the one beside it, and answers for nobody alike', async () => {
    const other = await addClient(desk, { jwks: { keys: [key.publicJwk] } })
    const answers = [
      await post(assertion(), { client_id: other }),
      await post(assertion({ iss: 'nobody', sub: 'nobody' })),
      await post(assertion({}, { key: await generateSigningKey('ES256') })),
    ]
    for (const { status, text } of answers) assert.deepEqual([status, text], [401, answers[0]?.text])
  })

  it('refuses rubbish of any size with the error of the protocol, never a fault', async () => {
    for (const text of ['a', '..', 'a.b.c', 'e30.e30.e30', 'ä', 'a'.repeat(60_000), `${assertion()}.x`]) {
      await isRefused(post(text))
    }
    const wrongType = await post(assertion(), {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
    })
    const noType = await post(assertion(), { client_assertion_type: '' })
    const noAssertion = await post('')
    for (const answer of [wrongType, noType, noAssertion]) assert.equal(answer.json['error'], 'invalid_request')
    const twice = await desk.post(
      '/o/token/',
      `grant_type=client_credentials&client_assertion=a&client_assertion=b&client_assertion_type=${assertionType}`,
    )
    assert.equal(twice.json['error'], 'invalid_request')
  })
})

onEachDatabase('privateKeyJwt', (stage) => {
  it('takes one of fifty assertions with the same jti at once, on two nodes and after a restart [CA06]', async () => {
    const { database, second, time } = await stage()
    const nodes = [
      await openOAuthDesk({}, { database, time }),
      await openOAuthDesk({}, { database: second, time }),
    ] as const
    const client = await addClient(nodes[0], { jwks: { keys: [key.publicJwk] } })
    const text = assertion({ iss: client, sub: client, jti: 'the same' }, {}, nodes[0])
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => post(text, {}, {}, nodes[(index % 2) as 0 | 1])),
    )
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    for (const { status, json } of answers.filter(({ status }) => status !== 200)) {
      assert.deepEqual([status, json['error']], [401, 'invalid_client'])
    }
    for (const node of nodes) await node.close()
    const restarted = await openOAuthDesk({}, { database, time })
    assert.equal((await post(text, {}, {}, restarted)).status, 401)
    await restarted.close()
  })
})

const rights = { grantTypes: ['client_credentials'], scopes: ['read'] }

async function addClient(at: OAuthDesk, metadata: ClientMetadata): Promise<string> {
  return (await at.addClient({ ...rights, authMethod: 'private_key_jwt', metadata })).id
}

function seconds(at: OAuthDesk = desk): number {
  return Math.floor(at.time.now / 1000)
}

interface Signing {
  readonly key?: Pick<SigningKey, 'alg' | 'privateKey'> & { readonly kid?: string }
  readonly header?: Readonly<Record<string, unknown>>
}

function assertion(
  claims: Readonly<Record<string, unknown>> = {},
  signing: Signing = {},
  at: OAuthDesk = desk,
): string {
  const { key: { alg, privateKey, kid } = key, header = {} } = signing
  const own = kid === undefined ? { alg, key: privateKey } : { alg, kid, key: privateKey }
  const said = { iss: id, sub: id, aud: issuer, exp: seconds(at) + 60, iat: seconds(at), jti: randomUUID(), ...claims }
  return signJws(own, header, said)
}

async function post(
  text: string,
  fields: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
  at: OAuthDesk = desk,
): Promise<Answered> {
  const sent = {
    grant_type: 'client_credentials',
    client_assertion: text,
    client_assertion_type: assertionType,
    ...fields,
  }
  return at.post('/o/token/', sent, headers)
}

async function refused(claims: Readonly<Record<string, unknown>>): Promise<void> {
  await isRefused(post(assertion(claims)), JSON.stringify(claims))
}

async function isRefused(answered: Promise<Answered>, what?: string): Promise<void> {
  const { status, json } = await answered
  assert.deepEqual([status, json['error']], [401, 'invalid_client'], what)
}
