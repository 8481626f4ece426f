import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { beforeEach, describe, it } from 'node:test'
import { SignJWT, UnsecuredJWT } from 'jose'
import { openSite, providerAt, type Site, visitor, whoIs } from './social.contract.ts'
import { type Issuing, signed, type StandIn, standInKey, startStandIn } from './stand-in.contract.ts'

/** What a liar puts into the place of an honest ID token. */
type Lie = (issuing: Issuing, standIn: StandIn) => Promise<string>

const withClaims =
  (change: (claims: Record<string, unknown>, standIn: StandIn) => void): Lie =>
  async ({ accessToken, claims }, standIn) => {
    const changed = { ...claims }
    change(changed, standIn)
    return signed({ accessToken, claims: changed }, standIn.key)
  }

const unsigned = (text: string): string => text.replace(/[^.]*$/, '')
const now = (): number => Math.floor(Date.now() / 1000)
const halfOf = (text: string, algorithm: string): string =>
  Buffer.from(hash(algorithm, text, 'hex'), 'hex')
    .subarray(0, algorithm === 'sha256' ? 16 : 32)
    .toString('base64url')

const lies: Readonly<Record<string, Lie>> = {
  'an iss of somebody else': withClaims((claims) => {
    claims['iss'] = 'https://accounts.google.com'
  }),
  'an iss that only begins like the right one': withClaims((claims, { issuer }) => {
    claims['iss'] = `${issuer}/`
  }),
  'no iss': withClaims((claims) => delete claims['iss']),
  'an aud of another application [B-SOC-03]': withClaims((claims) => {
    claims['aud'] = 'another-app'
  }),
  'no aud': withClaims((claims) => delete claims['aud']),
  'an aud list without us': withClaims((claims) => {
    claims['aud'] = ['another-app', 'third']
    claims['azp'] = 'doorward'
  }),
  'an aud list with us and no azp': withClaims((claims) => {
    claims['aud'] = ['doorward', 'another-app']
  }),
  'an aud list with us and a foreign azp': withClaims((claims) => {
    claims['aud'] = ['doorward', 'another-app']
    claims['azp'] = 'another-app'
  }),
  'an aud of us and a foreign azp': withClaims((claims) => {
    claims['azp'] = 'another-app'
  }),
  'an exp that is over': withClaims((claims) => {
    claims['exp'] = now() - 60
  }),
  'no exp': withClaims((claims) => delete claims['exp']),
  'an exp that is a text': withClaims((claims) => {
    claims['exp'] = String(now() + 300)
  }),
  'an iat of an hour ago': withClaims((claims) => {
    claims['iat'] = now() - 3600
  }),
  'an iat in the future': withClaims((claims) => {
    claims['iat'] = now() + 300
  }),
  'no iat': withClaims((claims) => delete claims['iat']),
  'an nbf in the future': withClaims((claims) => {
    claims['nbf'] = now() + 300
  }),
  'another nonce [RP03]': withClaims((claims) => {
    claims['nonce'] = 'n'.repeat(43)
  }),
  'no nonce [RP03]': withClaims((claims) => delete claims['nonce']),
  'a nonce of null [RP03]': withClaims((claims) => {
    claims['nonce'] = null
  }),
  'an empty nonce [RP03]': withClaims((claims) => {
    claims['nonce'] = ''
  }),
  'an at_hash of another access token': withClaims((claims) => {
    claims['at_hash'] = halfOf('another access token', 'sha256')
  }),
  'an at_hash of the wrong hash': async ({ accessToken, claims }, { key }) =>
    signed({ accessToken, claims: { ...claims, at_hash: halfOf(accessToken, 'sha512') } }, key),
  'an at_hash that is a number': withClaims((claims) => {
    claims['at_hash'] = 1
  }),
  'no sub [RP05]': withClaims((claims) => delete claims['sub']),
  'an empty sub [RP05]': withClaims((claims) => {
    claims['sub'] = ''
  }),
  'a sub that is a number [RP05]': withClaims((claims) => {
    claims['sub'] = 17
  }),
  'a sub that is too long [RP05]': withClaims((claims) => {
    claims['sub'] = 's'.repeat(256)
  }),
  'a sub with a NUL in it [RP05]': withClaims((claims) => {
    claims['sub'] = 'person-1\0'
  }),
  'alg none': async ({ claims }) => new UnsecuredJWT(claims).encode(),
  'alg none in capitals': async ({ claims }) =>
    new UnsecuredJWT(claims).encode().replace(/^[^.]*/, Buffer.from('{"alg":"NONE"}').toString('base64url')),
  'no signature': async (issuing, { key }) => unsigned(await signed(issuing, key)),
  'a signature of something else': async (issuing, { key }) => {
    const [other = ''] = (await signed({ ...issuing, claims: { sub: 'x' } }, key)).split('.').slice(2)
    return unsigned(await signed(issuing, key)) + other
  },
  'alg HS256 under the client secret': async ({ claims }) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from('a secret of it')),
  'alg HS256 under the public key': async ({ claims }, { key }) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: key.kid })
      .sign(Buffer.from(JSON.stringify(key.publicJwk))),
  'alg ES256 with the kid of an RSA key': async (issuing) =>
    signed(issuing, { ...(await standInKey('first', 'ES256')) }),
  'a kid that is not published': async (issuing) => signed(issuing, await standInKey('unknown')),
  'a key of its own under a kid that is': async (issuing) => signed(issuing, await standInKey('first')),
  'a key that it brings along': async ({ claims }) => {
    const own = await standInKey('first')
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'first', jwk: own.publicJwk })
      .sign(own.privateKey)
  },
  'a critical extension that nobody knows': async ({ claims }, { key }) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: key.kid, crit: ['b64'], b64: true })
      .sign(key.privateKey),
  'five parts': async (issuing, { key }) => `${await signed(issuing, key)}.a.b`,
  'no JSON in it': async () => 'aaaa.bbbb.cccc',
  nothing: async () => '',
}

describe('an ID token (OpenID Connect Core 1.0, section 3.1.3.7)', async () => {
  const standIn = await startStandIn()
  const other = await startStandIn()
  const signInProviders = [providerAt(standIn), providerAt(other, { id: 'other', name: 'Other' })]
  const site: Site = await openSite({ settings: { signInProviders, signInStartsPerAddress: null } })
  // The clock of the site stands where it was opened, and these tests may begin minutes later: tokens are made by the time of now.
  beforeEach(() => {
    site.time.now = Date.now()
  })

  async function isLetIn(): Promise<boolean> {
    const who = visitor()
    const page = await who.continueWith(site, 'acme')
    const id = await whoIs(site, who)
    if (id === null) {
      assert.equal(page.status, 400)
      assert.match(page.text, /The sign-in with Acme could not be completed|other provider could not be completed/)
    }
    return id !== null
  }

  for (const [what, lie] of Object.entries(lies)) {
    it(`is refused with ${what} [RP04 B-SOC-04]`, async () => {
      standIn.sign = async (issuing) => lie(issuing, standIn)
      assert.equal(await isLetIn(), false)
      assert.equal(await site.count('users'), 0)
    })
  }

  it('is refused with the key and kid of another provider [RP04]', async () => {
    standIn.sign = async (issuing) => signed(issuing, other.key)
    assert.equal(await isLetIn(), false)
  })

  it('is refused where it is that of another sign-in, used again with its jti [B-SOC-04]', async () => {
    let kept = ''
    standIn.sign = async ({ accessToken, claims }) => {
      kept = await signed({ accessToken, claims: { ...claims, jti: 'the only one' } }, standIn.key)
      return kept
    }
    assert.equal(await isLetIn(), true)
    standIn.sign = async () => kept
    assert.equal(await isLetIn(), false)
    assert.equal(await site.count('users'), 1)
  })

  it('is taken with an azp that is us, a right at_hash, and an aud list of us alone', async () => {
    standIn.sign = async ({ accessToken, claims }) =>
      signed(
        {
          accessToken,
          claims: { ...claims, aud: ['doorward'], azp: 'doorward', at_hash: halfOf(accessToken, 'sha256') },
        },
        standIn.key,
      )
    assert.equal(await isLetIn(), true)
  })

  it('is taken by any key that the provider publishes, of the algorithm of that key', async () => {
    const next = await standInKey('next', 'ES256')
    const second = await startStandIn()
    const fresh = await openSite({ settings: { signInProviders: [providerAt(second)] } })
    second.keys = [next.publicJwk]
    second.sign = async (issuing) => signed(issuing, next)
    const who = visitor()
    await who.continueWith(fresh, 'acme')
    assert.notEqual(await whoIs(fresh, who), null)
  })

  it('is not asked for at a token endpoint that redirects, is slow, or says too much [B-SOC-12]', async () => {
    const bad = await startStandIn()
    const here = await openSite({ settings: { signInProviders: [providerAt(bad)] } })
    for (const [status, body, expected] of [
      [302, '', 503],
      [500, '{}', 503],
      [200, '<html>', 400],
      [200, `{"access_token":"${'a'.repeat(300_000)}"}`, 503],
      [400, '{"error":"invalid_client","error_description":"very secret detail"}', 400],
    ] as const) {
      bad.intercept = async ({ url = '' }, response) => {
        if (!url.startsWith('/token')) return false
        response.writeHead(status, { 'content-type': 'application/json', location: 'http://127.0.0.1:1/' }).end(body)
        return true
      }
      const who = visitor()
      const page = await who.continueWith(here, 'acme')
      assert.equal(page.status, expected, `${status} ${body.slice(0, 20)}`)
      assert.doesNotMatch(page.text, /secret detail/)
      assert.equal(await whoIs(here, who), null)
    }
  })

  it('cannot be had of a provider that is away: the page says so, and the password still works [B-SOC-12]', async () => {
    const here = await openSite({
      settings: { signInProviders: [{ id: 'gone', name: 'Gone', issuer: 'http://127.0.0.1:9', clientId: 'x' }] },
    })
    const { id } = await here.addUser({ username: 'ada' })
    const who = visitor()
    const page = await who.continueWith(here, 'gone')
    assert.equal(page.status, 503)
    assert.match(page.text, /Gone could not be reached/)
    assert.equal(page.headers.get('retry-after'), '5')
    await who.signIn(here, 'ada')
    assert.equal(await whoIs(here, who), id)
  })
})
