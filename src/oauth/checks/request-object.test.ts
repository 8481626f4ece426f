import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { generateSigningKey, type SigningKey } from '../../crypto/jwk.ts'
import { signJws } from '../../crypto/jws.ts'
import { createClientKeys } from '../client-keys.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import type { OAuthClient } from '../client.ts'
import { createReadRequestObject } from './request-object.ts'

const issuer = 'https://id.example'
const now = Date.UTC(2026, 5, 1)
const seconds = now / 1000
const [own, second, foreign, rsa] = (await Promise.all(
  (['ES256', 'EdDSA', 'ES256', 'RS256'] as const).map(async (alg) => generateSigningKey(alg)),
)) as [SigningKey, SigningKey, SigningKey, SigningKey]
const read = createReadRequestObject({ clientKeys: createClientKeys(), issuer, clock: () => now })

const good = {
  iss: 's6BhdRkqt3',
  aud: issuer,
  exp: seconds + 60,
  nbf: seconds,
  client_id: 's6BhdRkqt3',
  response_type: 'code',
  redirect_uri: 'https://client.example.org/cb',
  scope: 'openid',
  state: 'af0ifjsldkj',
}

describe('createReadRequestObject', () => {
  it('gives the parameters in the object, numbers and objects as texts, lists where they may come several times', async () => {
    const claims = { userinfo: { given_name: { essential: true } } }
    const resource = ['https://a.example/', 'https://b.example/']
    // RFC 9101, section 4: "Parameter names and string values are included as JSON strings."
    const parameters = await read(
      client(),
      signed({ ...good, max_age: 86_400, claims, resource, unknown: { a: [true] } }),
    )
    assert.deepEqual(
      ['client_id', 'response_type', 'redirect_uri', 'scope', 'state', 'max_age', 'nonce'].map((name) =>
        parameters.get(name),
      ),
      ['s6BhdRkqt3', 'code', 'https://client.example.org/cb', 'openid', 'af0ifjsldkj', '86400', null],
    )
    assert.deepEqual(JSON.parse(parameters.get('claims') ?? ''), claims)
    assert.deepEqual(parameters.all('resource'), resource)
    for (const name of ['iss', 'exp', 'aud', 'unknown']) assert.equal(parameters.get(name), null)
  })

  it('takes a registered key of any of ours, and the type of RFC 9101 or none', async () => {
    for (const key of [own, second, rsa])
      assert.equal((await read(client(), signed(good, { key }))).get('state'), good.state)
    for (const typ of ['oauth-authz-req+jwt', 'application/oauth-authz-req+jwt', 'OAuth-Authz-Req+JWT', 'JWT'])
      await read(client(), signed(good, { header: { typ } }))
    for (const aud of [[issuer], ['https://other.example', issuer]]) await read(client(), signed({ ...good, aud }))
    // Clocks differ a little.
    await read(client(), signed({ ...good, nbf: seconds + 8, iat: seconds + 8 }))
  })

  const refused: Readonly<Record<string, () => string>> = {
    'no signature (alg none)': () => `${encoded({ alg: 'none' })}.${encoded(good)}.`,
    'alg none with something as signature': () => `${encoded({ alg: 'none' })}.${encoded(good)}.AAAA`,
    'a MAC keyed with the public key': () => {
      const input = `${encoded({ alg: 'HS256', kid: own.kid })}.${encoded(good)}`
      const secret = own.publicKey.export({ format: 'pem', type: 'spki' })
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
    },
    'a key of somebody else': () => signed(good, { key: foreign }),
    'a key of somebody else under the name of ours': () => signed(good, { key: { ...foreign, kid: own.kid } }),
    'a key that the header brings along': () => signed(good, { key: foreign, header: { jwk: foreign.publicJwk } }),
    'a changed payload': () => {
      const [head, , signature] = signed(good).split('.')
      return `${head}.${encoded({ ...good, scope: 'admin' })}.${signature}`
    },
    'an extension that is not understood': () => {
      const input = `${encoded({ alg: 'ES256', crit: ['x'], x: 1 })}.${encoded(good)}`
      return `${input}.${'A'.repeat(86)}`
    },
    'no exp': () => signed(without('exp')),
    'exp in the past': () => signed({ ...good, exp: seconds - 1 }),
    'exp that is now': () => signed({ ...good, exp: seconds }),
    'exp as a text': () => signed({ ...good, exp: String(seconds + 60) }),
    'exp a day ahead': () => signed({ ...good, exp: seconds + 86_400 }),
    'nbf ahead': () => signed({ ...good, nbf: seconds + 60 }),
    'iat ahead': () => signed({ ...good, iat: seconds + 60 }),
    'no iss': () => signed(without('iss')),
    'iss that is not the client': () => signed({ ...good, iss: 'another' }),
    'no aud': () => signed(without('aud')),
    'aud for another server': () => signed({ ...good, aud: 'https://other.example' }),
    'aud for the endpoint': () => signed({ ...good, aud: `${issuer}/o/authorize/` }),
    'no client_id': () => signed(without('client_id')),
    'another client_id': () => signed({ ...good, client_id: 'another' }),
    'sub that is the client': () => signed({ ...good, sub: good.iss }),
    'the type of another JWT': () => signed(good, { header: { typ: 'at+jwt' } }),
    'the type of a DPoP proof': () => signed(good, { header: { typ: 'dpop+jwt' } }),
    'a parameter of the wrong type': () => signed({ ...good, state: true }),
    'a parameter that is null': () => signed({ ...good, state: null }),
    'a list of lists': () => signed({ ...good, resource: [['https://a.example/']] }),
    'a member twice': () => signed(Buffer.from(JSON.stringify(good).replace('{', '{"scope":"admin",'))),
    'a payload that is no object': () => signed(Buffer.from('[1]')),
    'a payload that is no JSON': () => signed(Buffer.from('x')),
    'a payload that is no UTF-8': () => signed(Buffer.from([0x7b, 0xff, 0x7d])),
    'nothing like a JWT': () => 'x',
    'five parts, as a JWE has': () => 'a.b.c.d.e',
    'a huge one': () => signed({ ...good, state: 'x'.repeat(20_000) }),
  }
  for (const [what, jwt] of Object.entries(refused)) {
    it(`refuses ${what} [PR10 PR11]`, async () => {
      await assert.rejects(read(client(), jwt()), { code: 'invalid_request_object', status: 400 })
    })
  }

  it('takes an object for an hour after nbf at most, which clients that sign every request have to say [PR11]', async () => {
    // FAPI 2.0 Message Signing, section 5.3.1: "shall require the request object to contain an nbf claim that is no longer
    // than 60 minutes in the past; shall require […] an exp claim that has a lifetime of no longer than 60 minutes after nbf".
    const signs = client({ requireSignedRequestObject: true })
    await read(client(), signed(without('nbf')))
    await assert.rejects(read(signs, signed(without('nbf'))), { code: 'invalid_request_object' })
    await read(signs, signed({ ...good, nbf: seconds - 3599, exp: seconds + 1 }))
    for (const one of [client(), signs]) {
      const wrong = [
        { nbf: seconds - 3600, exp: seconds + 1 },
        { nbf: seconds - 3599, exp: seconds + 2 },
      ]
      for (const times of wrong) {
        await assert.rejects(read(one, signed({ ...good, ...times })), { code: 'invalid_request_object' })
      }
    }
  })

  it('refuses an object that names another: request and request_uri must not stand in it [PR02]', async () => {
    for (const name of ['request', 'request_uri']) {
      await assert.rejects(read(client(), signed({ ...good, [name]: 'x' })), { code: 'invalid_request' })
    }
  })

  it('refuses another algorithm than the one that is registered [PR11]', async () => {
    const registered = client({ requestObjectSigningAlg: 'EdDSA' })
    await read(registered, signed(good, { key: second }))
    await assert.rejects(read(registered, signed(good)), { code: 'invalid_request_object' })
    // RS256 where PS256 is registered, with a key that does either.
    const { alg: _, ...unnamed } = rsa.publicJwk
    const pss = client({ requestObjectSigningAlg: 'PS256', jwks: { keys: [unnamed] } })
    await assert.rejects(read(pss, signed(good, { key: rsa })), { code: 'invalid_request_object' })
  })

  it('refuses everything of a client without keys, and says nothing of what was sent', async () => {
    const none: ClientMetadata = {}
    await assert.rejects(
      read({ ...client(), metadata: none }, signed({ ...good, state: 'hunter2' })),
      (error: Error) => {
        assert.ok(!error.message.includes('hunter2'))
        return true
      },
    )
  })
})

function client(metadata: ClientMetadata = {}): OAuthClient {
  const keys = [own, second, rsa].map(({ publicJwk }) => publicJwk)
  return { id: good.client_id, metadata: { jwks: { keys }, ...metadata } } as unknown as OAuthClient
}

function signed(
  claims: object,
  { key = own, header = {} }: { key?: Pick<SigningKey, 'alg' | 'kid' | 'privateKey'>; header?: object } = {},
): string {
  const { alg, kid, privateKey } = key
  return signJws({ alg, kid, key: privateKey }, { ...header }, claims)
}

function without(name: keyof typeof good): object {
  return Object.fromEntries(Object.entries(good).filter(([other]) => other !== name))
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
