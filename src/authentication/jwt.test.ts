import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { AuthError, Unavailable } from '../core/errors.ts'
import { scopesOf, type User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { signJws, type JwsKey } from '../crypto/jws.ts'
import { createJwtVerifier, keysFrom } from '../crypto/jwt.ts'
import { createCsrf } from '../http/csrf.ts'
import { jwt } from './jwt.ts'

const issuer = 'https://auth.example/'
const audience = 'notes'
const key: JwsKey = { alg: 'HS256', kid: 'k1', key: createSecretKey(randomBytes(32)) }
const otherKey: JwsKey = { alg: 'HS256', kid: 'k1', key: createSecretKey(randomBytes(32)) }
const now = Date.parse('2026-06-01T00:00:00Z')
const clock = () => now
const seconds = now / 1000
const base = { iss: issuer, aud: audience, sub: 'u1', token_type: 'access', exp: seconds + 300, jti: 't1' }
const given = { keys: keysFrom([key]), issuer, audience, clock }
const door = jwt(given)

describe('jwt', () => {
  it('is silent without the header, with an empty one and with another scheme [B-JAU-01 B-JAU-02]', async () => {
    for (const header of [null, '', ' ', `Token ${signed()}`, `JWT ${signed()}`, 'Basic YTpi']) {
      assert.equal(await door.authenticate(withHeader(header)), null, String(header))
    }
  })

  it('refuses the scheme with no token and with two [B-JAU-03]', async () => {
    for (const header of ['Bearer', 'Bearer ', `Bearer ${signed()} x`, `Bearer ${signed()}, Bearer ${signed()}`]) {
      const { status, code } = await refused(withHeader(header))
      assert.deepEqual([status, code], [401, 'bad_authorization_header'])
    }
  })

  it('makes the user out of the claims, without reading anything [B-JAU-10 B-JAU-13]', async () => {
    const token = signed({ name: 'ann', email: 'ann@example.com', is_staff: true, permissions: ['notes.add', 7] })
    const trusting = jwt({ ...given, rights: true })
    assert.deepEqual((await trusting.authenticate(withBearer(token)))?.principal, {
      kind: 'user',
      id: 'u1',
      name: 'ann',
      email: 'ann@example.com',
      isStaff: true,
      isSuperuser: false,
      permissions: new Set(['notes.add']),
    })
  })

  it('believes no issuer about rights that was not named for it, since people may fill claims themselves', async () => {
    const token = signed({ is_staff: true, is_superuser: true, permissions: ['notes.add'] })
    const principal = (await door.authenticate(withBearer(token)))?.principal
    assert.ok(principal?.kind === 'user')
    const { isStaff, isSuperuser, permissions } = principal
    assert.deepEqual([isStaff, isSuperuser, permissions], [false, false, new Set()])
  })

  it('takes roles and organisations from an issuer that is named for rights, and from no other', async () => {
    const organisations = [{ id: '1', slug: 'acme', roles: ['admin', 7], permissions: ['notes.change'] }]
    const token = signed({ roles: ['editor', 7, ''], organisations })
    const trusted = (await jwt({ ...given, rights: true }).authenticate(withBearer(token)))?.principal
    assert.ok(trusted?.kind === 'user')
    assert.deepEqual(trusted.roles, new Set(['editor', '']))
    assert.deepEqual(trusted.organisations, [
      { id: '1', slug: 'acme', roles: new Set(['admin']), permissions: new Set(['notes.change']) },
    ])
    const stranger = (await door.authenticate(withBearer(token)))?.principal
    assert.ok(stranger?.kind === 'user')
    assert.deepEqual([stranger.roles, stranger.organisations], [undefined, undefined])
  })

  it('takes a token that is bound to an organisation for that one alone, from an issuer that is named for rights', async () => {
    const trusting = jwt({ ...given, rights: true })
    const organisations = [{ id: '2', slug: 'other', roles: ['owner'], permissions: [] }]
    const said = {
      org_id: '1',
      org_slug: 'acme',
      org_roles: ['admin', 7],
      org_permissions: ['notes.change'],
      organisations,
    }
    const principal = (await trusting.authenticate(withBearer(signed(said))))?.principal
    assert.ok(principal?.kind === 'user')
    assert.deepEqual(principal.organisation, { id: '1', slug: 'acme' })
    assert.deepEqual(principal.organisations, [
      { id: '1', slug: 'acme', roles: new Set(['admin']), permissions: new Set(['notes.change']) },
    ])
    const stranger = (await door.authenticate(withBearer(signed(said))))?.principal
    assert.deepEqual(
      [stranger?.organisation, stranger?.kind === 'user' && stranger.organisations],
      [undefined, undefined],
    )
    // Of what cannot be read, the token speaks for its user nowhere.
    for (const org_id of [1, null, '', {}]) {
      const other = (await trusting.authenticate(withBearer(signed({ org_id, organisations }))))?.principal
      assert.ok(other?.kind === 'user')
      assert.deepEqual([other.organisation, other.organisations], [undefined, undefined])
    }
  })

  it('leaves out roles and organisations that cannot be read', async () => {
    const trusting = jwt({ ...given, rights: true })
    for (const claims of [
      { roles: 'editor', organisations: 'acme' },
      { roles: {}, organisations: [null, 'acme', {}, { id: '1' }, { slug: 'acme' }, { id: 1, slug: 'acme' }] },
      { roles: [], organisations: [] },
    ]) {
      const principal = (await trusting.authenticate(withBearer(signed(claims))))?.principal
      assert.ok(principal?.kind === 'user')
      assert.deepEqual([principal.roles, principal.organisations], [undefined, undefined], JSON.stringify(claims))
    }
    const [odd] = [{ id: '1', slug: 'acme', roles: 'admin', permissions: null }]
    const found = (await trusting.authenticate(withBearer(signed({ organisations: [odd] }))))?.principal
    assert.deepEqual(found?.kind === 'user' && found.organisations, [
      { id: '1', slug: 'acme', roles: new Set(), permissions: new Set() },
    ])
  })

  it('gives no rights for claims that are missing or of another type [B-JAU-10]', async () => {
    const trusting = jwt({ ...given, rights: true })
    for (const claims of [
      {},
      { email_verified: 'true', is_staff: 'true', is_superuser: 1, permissions: 'notes.add', name: 7, email: {} },
    ]) {
      const found = await trusting.authenticate(withBearer(signed(claims)))
      assert.ok(found?.principal.kind === 'user')
      const { isStaff, isSuperuser, permissions, email, emailVerified, name } = found.principal
      assert.equal(emailVerified, undefined)
      assert.deepEqual([isStaff, isSuperuser, permissions, email, name], [false, false, new Set(), null, 'u1'])
    }
  })

  it('says until when rights last that have an end, and takes an end that cannot be read for one that is over', async () => {
    const trusting = jwt({ ...given, rights: true })
    const ends = async (claims: object): Promise<unknown> => {
      const principal = (await trusting.authenticate(withBearer(signed({ is_superuser: true, ...claims }))))?.principal
      return principal?.kind === 'user' ? [principal.staffUntil, principal.superuserUntil] : null
    }
    assert.deepEqual(await ends({}), [undefined, undefined])
    assert.deepEqual(await ends({ staff_until: 1_900_000_000, superuser_until: 1_800_000_000 }), [1.9e12, 1.8e12])
    assert.deepEqual(await ends({ staff_until: null, superuser_until: 'never' }), [0, 0])
  })

  it('gives the scopes of a token that has some, and narrows nothing without (RFC 9068, section 2.2.3)', async () => {
    const scopes = async (claims: object): Promise<readonly string[] | null> => {
      const found = await door.authenticate(withBearer(signed(claims)))
      assert.ok(found !== null)
      return scopesOf({ via: 'jwt', ...found })
    }
    assert.equal(await scopes({}), null)
    assert.deepEqual(await scopes({ scope: 'read  write' }), ['read', 'write'])
    assert.deepEqual(await scopes({ scope: ['read', 1] }), ['read'])
    for (const scope of ['', 7, null, {}]) assert.deepEqual(await scopes({ scope }), [], JSON.stringify(scope))
  })

  it('gives the credential: its id, expiry and all claims', async () => {
    const found = await door.authenticate(withBearer(signed({ tenant: 't7' })))
    assert.deepEqual(found?.auth, {
      id: 't1',
      scopes: null,
      expiresAt: base.exp * 1000,
      claims: { ...base, tenant: 't7' },
    })
  })

  it('takes a client that acts for itself for one (RFC 9068, section 2.2)', async () => {
    const found = await door.authenticate(
      withBearer(signed({ sub: 'c1', client_id: 'c1', name: 'export', is_staff: true })),
    )
    assert.deepEqual(found?.principal, { kind: 'client', id: 'c1', name: 'export' })
  })

  it('makes the user that it is told to make [B-JAU-11]', async () => {
    const tenants = jwt({
      ...given,
      principal: (claims) => ({ kind: 'user' as const, id: String(claims.sub), name: 'x', tenant: claims['tenant'] }),
    })
    assert.equal((await tenants.authenticate(withBearer(signed({ tenant: 't7' }))))?.principal.tenant, 't7')
  })

  it('reads the id from another claim when told to, such as the number of SimpleJWT', async () => {
    const django = jwt({ ...given, idClaim: 'user_id' })
    assert.equal((await django.authenticate(withBearer(signed({ user_id: 7 }))))?.principal.id, '7')
    assert.equal((await refused(withBearer(signed()), django)).code, 'token_not_valid')
  })

  it('refuses a token that names nobody [B-JAU-08]', async () => {
    for (const sub of [undefined, '']) {
      const { code, message } = await refused(withBearer(signed({ sub })))
      assert.deepEqual([code, message], ['token_not_valid', 'The token does not say whom it is for.'])
    }
  })

  it('takes the scheme in any letter case [B-JAU-12 RS04]', async () => {
    for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
      assert.notEqual(await door.authenticate(withHeader(`${scheme}  ${signed()}`)), null)
    }
  })

  it('takes the schemes that it is told, and offers the first [B-JAU-04 B-JAU-14]', async () => {
    const both = jwt({ ...given, schemes: ['JWT', 'Bearer'] })
    for (const scheme of ['JWT', 'jwt', 'Bearer']) {
      assert.notEqual(await both.authenticate(withHeader(`${scheme} ${signed()}`)), null, scheme)
    }
    assert.deepEqual(both.challenge?.(withHeader(null)), { scheme: 'JWT', params: { realm: 'api' } })
    const one = jwt({ ...given, schemes: ['JWT'] })
    assert.equal(await one.authenticate(withBearer(signed())), null)
    assert.throws(() => jwt({ ...given, schemes: [] }), { name: 'TypeError', message: /schemes/ })
  })

  it('refuses everything else under a scheme of its own', async () => {
    const own = jwt({ ...given, schemes: ['Bearer', 'JWT'] })
    for (const token of ['abc', 'a.b.c', signed({ iss: 'https://else.example' })]) {
      assert.equal((await refused(withHeader(`JWT ${token}`), own)).code, 'token_not_valid')
      assert.equal(await own.authenticate(withBearer(token)), null)
    }
  })

  it('reads another header when told to [B-JAU-05]', async () => {
    const own = jwt({ ...given, header: 'X-Access-Token' })
    assert.equal(own.scheme, undefined)
    assert.equal(await own.authenticate(withBearer(signed())), null)
    assert.notEqual(await own.authenticate(sent({ 'x-access-token': `Bearer ${signed()}` })), null)
    assert.equal((await refused(sent({ 'x-access-token': 'Bearer abc' }), own)).code, 'token_not_valid')
  })

  it('says in the answer what is wrong, as clients of SimpleJWT and of RFC 6750 expect it [RS02]', async () => {
    const error = await refused(withBearer(signed({ exp: seconds - 1 })))
    assert.deepEqual([error.status, error.code, error.message], [401, 'token_not_valid', 'The token has expired.'])
    assert.deepEqual(error.challenge, { error: 'invalid_token' })
    assert.deepEqual(error.body, {
      messages: [{ token_class: 'AccessToken', token_type: 'access', message: 'The token has expired.' }],
    })
  })

  it('refuses what is malformed, forged, early, or for another audience [AK15]', async () => {
    const [head, payload, signature] = signed().split('.')
    const none = Buffer.from('{"alg":"none","kid":"k1"}').toString('base64url')
    for (const token of [
      `${head}.${payload}.`,
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${head}.${Buffer.from(JSON.stringify({ ...base, sub: 'u2' })).toString('base64url')}.${signature}`,
      'eyJh.eyJz.AAAA',
      'eyJ..',
      signed({}, otherKey),
      signed({ nbf: seconds + 60 }),
      signed({ aud: 'else' }),
      signed({ aud: undefined }),
      signed({ exp: undefined }),
      signed({ exp: 'never' }),
    ]) {
      const { status, code, message } = await refused(withBearer(token))
      assert.deepEqual([status, code], [401, 'token_not_valid'], token)
      assert.ok(!message.includes(token))
    }
  })

  it('refuses a refresh token, naming its type, and one that does not say what it is [B-JAU-06]', async () => {
    const types = [
      [{ token_type: 'refresh' }, 'The token is of the type refresh, not access.'],
      [{ token_type: 'refresh', exp: seconds - 1 }, 'The token is of the type refresh, not access.'],
      [{ token_type: '<script>' }, 'The token is of the type another kind, not access.'],
      [{ token_type: ['access'] }, 'The token is of the type another kind, not access.'],
      [{ token_type: undefined }, 'The token does not say that it is an access token.'],
    ] as const
    for (const [claims, said] of types) {
      const { code, message } = await refused(withBearer(signed(claims)))
      assert.deepEqual([code, message], ['token_not_valid', said])
    }
  })

  it('goes by typ where there is no token_type (RFC 9068, section 4)', async () => {
    const typed = (typ: string) => withBearer(signed({ token_type: undefined }, key, { typ }))
    for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt'])
      assert.notEqual(await door.authenticate(typed(typ)), null)
    for (const typ of ['JWT', 'logout+jwt', 'dpop+jwt', 'x/at+jwt'])
      assert.equal((await refused(typed(typ))).code, 'token_not_valid')
    const loose = jwt({ ...given, untyped: true })
    assert.notEqual(await loose.authenticate(typed('JWT')), null)
    assert.notEqual(await loose.authenticate(withBearer(signed({ token_type: undefined }))), null)
    for (const typ of ['logout+jwt', 'dpop+jwt'])
      assert.equal((await refused(typed(typ), loose)).code, 'token_not_valid')
    assert.equal((await refused(withBearer(signed({ token_type: 'refresh' })), loose)).code, 'token_not_valid')
  })

  it('takes sliding tokens too when told to, and says what each type objected [B-JAU-07]', async () => {
    const both = jwt({ ...given, tokenTypes: ['access', 'sliding'] })
    for (const type of ['access', 'sliding']) {
      assert.notEqual(await both.authenticate(withBearer(signed({ token_type: type }))), null)
    }
    const { body } = await refused(withBearer(signed({ token_type: 'refresh' })), both)
    const messages = body?.['messages'] as readonly { readonly token_class: string }[]
    assert.deepEqual(
      messages.map((one) => one.token_class),
      ['AccessToken', 'SlidingToken'],
    )
  })

  it('leaves tokens of another issuer, and what is no JWT, to others', async () => {
    for (const token of [
      signed({ iss: 'https://else.example/' }),
      signed({ iss: undefined }),
      signed({ iss: 'https://else.example/', for: issuer }, otherKey),
      signed({ iss: 'https://else.example/', for: issuer }),
      'dw_key_1',
      'a.b.c',
      'v4.public.eyJh',
      'a.b.c.d.e',
      '9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b',
    ]) {
      assert.equal(await door.authenticate(withBearer(token)), null, token)
    }
  })

  it('knows its issuer however the claims are written', async () => {
    const written = JSON.stringify(base).replace('https://auth', String.raw`https:\/\/\u0061uth`)
    const token = signJws(key, {}, Buffer.from(written))
    assert.notEqual(await door.authenticate(withBearer(token)), null)
  })

  it('takes tokens of any issuer and for anyone only where that is said [AK15]', async () => {
    const open = jwt({ ...given, issuer: null, audience: null })
    assert.notEqual(await open.authenticate(withBearer(signed({ iss: undefined, aud: 'else' }))), null)
    for (const options of [{ keys: given.keys }, { keys: given.keys, issuer }, { issuer, audience }, {}]) {
      assert.throws(() => jwt(options as unknown as typeof given), {
        name: 'TypeError',
        message: /issuer and the audience/,
      })
    }
  })

  it('reads the user once a request where it is told to load them [B-JAU-08 B-JAU-09 B-JAU-13]', async () => {
    const reads: unknown[] = []
    const answers: Record<string, User | 'user_inactive' | 'password_changed' | null> = {
      u1: { kind: 'user', id: 'u1', name: 'ann' },
      u2: 'user_inactive',
      u3: 'password_changed',
    }
    const stateful = jwt({
      ...given,
      load: async ({ sub }) => {
        reads.push(sub)
        return answers[sub ?? ''] ?? null
      },
    })
    for (let times = 1; times <= 2; times += 1) {
      assert.equal((await stateful.authenticate(withBearer(signed())))?.principal, answers['u1'])
      assert.deepEqual(reads, Array(times).fill('u1'))
    }
    for (const [sub, wanted] of [
      ['u2', 'user_inactive'],
      ['u3', 'password_changed'],
      ['u4', 'user_not_found'],
    ] as const) {
      const { status, code, challenge } = await refused(withBearer(signed({ sub })), stateful)
      assert.deepEqual([status, code, challenge], [401, wanted, { error: 'invalid_token' }])
    }
  })

  it('refuses a token from the moment it is revoked, seen before or not', async () => {
    const revoked = new Set<unknown>()
    const wary = jwt({ ...given, isRevoked: ({ jti }) => (revoked.has(jti) ? 'token_not_valid' : null) })
    assert.notEqual(await wary.authenticate(withBearer(signed())), null)
    revoked.add('t1')
    const { code, message } = await refused(withBearer(signed()), wary)
    assert.deepEqual([code, message], ['token_not_valid', 'The token was revoked.'])
    assert.equal((await refused(withBearer(signed({ x: 1 })), wary)).code, 'token_not_valid')
    assert.notEqual(await wary.authenticate(withBearer(signed({ jti: 't2' }))), null)
    revoked.clear()
    assert.notEqual(await wary.authenticate(withBearer(signed())), null)
  })

  it('verifies a token once, and gives the same frozen user and credential from then on', async () => {
    let asked = 0
    const keys = async (header: Parameters<typeof given.keys>[0]) => {
      asked += 1
      return given.keys(header)
    }
    const counted = jwt({ ...given, keys })
    const first = await counted.authenticate(withBearer(signed()))
    const again = await counted.authenticate(withBearer(signed()))
    assert.equal(again, first)
    assert.ok(Object.isFrozen(first?.principal) && Object.isFrozen(first?.auth))
    assert.equal(asked, 1)
  })

  it('holds tokens to their expiry, seen before or not', async () => {
    let time = now
    const timed = jwt({ ...given, clock: () => time })
    assert.notEqual(await timed.authenticate(withBearer(signed())), null)
    time = base.exp * 1000
    assert.equal((await refused(withBearer(signed()), timed)).message, 'The token has expired.')
  })

  it('is not led to take a refresh token because its verifier has seen it elsewhere', async () => {
    const verifier = createJwtVerifier({ keys: given.keys, issuer, audience, clock })
    const shared = jwt({ verifier, issuer })
    const refresh = signed({ token_type: 'refresh' })
    await verifier.verify(refresh)
    for (let times = 0; times < 2; times += 1) {
      assert.equal((await refused(withBearer(refresh), shared)).code, 'token_not_valid')
    }
  })

  it('works with a verifier that remembers nothing', async () => {
    const verifier = createJwtVerifier({ keys: given.keys, issuer, audience, clock, cache: false })
    for (const made of [jwt({ verifier, issuer }), jwt({ verifier: { verify: verifier.verify } })]) {
      assert.notEqual(await made.authenticate(withBearer(signed())), null)
      assert.notEqual(await made.authenticate(withBearer(signed())), null)
    }
  })

  it('passes on that the keys cannot be had: the token may be right', async () => {
    const down = jwt({ ...given, keys: async () => Promise.reject(new Unavailable()) })
    assert.deepEqual((await refused(withBearer(signed()), down)).status, 503)
    assert.equal(await down.authenticate(withBearer(signed({ iss: 'https://else.example/' }))), null)
  })

  it('goes by the name that it is given, so that two issuers have one each', async () => {
    const partner = jwt({ ...given, name: 'partner', issuer: 'https://partner.example' })
    assert.deepEqual([door.name, partner.name], ['jwt', 'partner'])
    const token = signed({ iss: 'https://partner.example' })
    assert.equal(await door.authenticate(withBearer(token)), null)
    assert.notEqual(await partner.authenticate(withBearer(token)), null)
  })
})

describe('jwt in a cookie', () => {
  const csrf = createCsrf({ key: randomBytes(32) })
  const cookies = jwt({ ...given, cookie: { name: 'access_token', csrf } })

  it('takes it, where there is no header [B-CKJ-04]', async () => {
    assert.equal((await cookies.authenticate(inCookie(signed())))?.principal.id, 'u1')
    assert.equal(await door.authenticate(inCookie(signed())), null)
  })

  it('goes by the header where both are there, whatever it holds [B-CKJ-04]', async () => {
    const both = (authorization: string) => inCookie(signed(), { authorization })
    assert.equal((await cookies.authenticate(both(`Bearer ${signed({ sub: 'u2' })}`)))?.principal.id, 'u2')
    assert.equal((await refused(both(`Bearer ${signed({}, otherKey)}`), cookies)).code, 'token_not_valid')
    assert.equal(await cookies.authenticate(both('Bearer dw_key_1')), null)
    assert.equal((await cookies.authenticate(both('Basic YTpi')))?.principal.id, 'u1')
  })

  it('asks for a CSRF token with unsafe methods, and for none with a header [B-CKJ-05]', async () => {
    const page = { host: 'api.example', origin: 'https://api.example' }
    for (const claims of [{ sid: 's1' }, {}]) {
      const token = signed(claims)
      const bound = csrf.tokenFor('sid' in claims ? 's1' : 'u1')
      await assert.rejects(cookies.authenticate(inCookie(token, page, 'POST')), { status: 403, code: 'csrf_failed' })
      const wrong = { ...page, 'x-csrftoken': csrf.tokenFor('s2') }
      await assert.rejects(cookies.authenticate(inCookie(token, wrong, 'POST')), { status: 403, code: 'csrf_failed' })
      assert.notEqual(await cookies.authenticate(inCookie(token, { ...page, 'x-csrftoken': bound }, 'POST')), null)
      assert.notEqual(await cookies.authenticate({ ...withBearer(token), method: 'POST' }), null)
    }
    const unguarded = jwt({ ...given, cookie: { name: 'access_token', csrf: false } })
    assert.notEqual(await unguarded.authenticate(inCookie(signed(), {}, 'POST')), null)
  })

  it('makes nobody of a token that is no good, so that the sign-in page works [B-CKJ-06]', async () => {
    for (const token of [
      '',
      'abc',
      signed({ exp: seconds - 1 }),
      signed({}, otherKey),
      signed({ token_type: 'refresh' }),
    ]) {
      assert.equal(await cookies.authenticate(inCookie(token, {}, 'POST')), null, token)
    }
    const gone = jwt({ ...given, cookie: { name: 'access_token', csrf }, load: async () => null })
    assert.equal(await gone.authenticate(inCookie(signed())), null)
  })

  it('passes on what is broken, and refuses two different cookies', async () => {
    const down = jwt({
      ...given,
      cookie: { name: 'access_token', csrf },
      keys: async () => Promise.reject(new Unavailable()),
    })
    await assert.rejects(down.authenticate(inCookie(signed())), { status: 503 })
    const two = sent({ cookie: `access_token=${signed()}; access_token=abc` })
    await assert.rejects(cookies.authenticate(two), { status: 400, code: 'invalid_request' })
  })
})

function signed(claims: object = {}, by = key, header: Readonly<Record<string, unknown>> = {}): string {
  return signJws(by, header, { ...base, ...claims })
}

async function refused(
  request: AuthRequest,
  by: { authenticate: typeof door.authenticate } = door,
): Promise<AuthError> {
  const error: unknown = await by.authenticate(request).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof AuthError, `not refused: ${request.headers.get('authorization')}`)
  return error
}

function withBearer(token: string): AuthRequest {
  return withHeader(`Bearer ${token}`)
}

function withHeader(authorization: string | null): AuthRequest {
  return sent(authorization === null ? {} : { authorization })
}

function inCookie(token: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): AuthRequest {
  return { ...sent({ ...headers, cookie: `access_token=${token}` }), method }
}

function sent(headers: Readonly<Record<string, string>>): AuthRequest {
  return { method: 'GET', url: '/', headers: { get: (name) => headers[name] ?? null } }
}
