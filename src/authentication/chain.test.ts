import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { createAuth } from '../core/auth.ts'
import type { Authenticator, Found } from '../core/authenticator.ts'
import { AuthError } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { signJws, type JwsKey } from '../crypto/jws.ts'
import { keysFrom } from '../crypto/jwt.ts'
import { createCsrf } from '../http/csrf.ts'
import { createTrustedPeers } from '../http/peers.ts'
import { accessToken } from './access-token.ts'
import { apiKey, type ApiKeyAuth } from './api-key.ts'
import { basic } from './basic.ts'
import { clientCertificate } from './client-certificate.ts'
import { jwt } from './jwt.ts'
import { remoteUser } from './remote-user.ts'
import { sessionCookie } from './session-cookie.ts'
import { token } from './token.ts'

const key: JwsKey = { alg: 'HS256', key: createSecretKey(randomBytes(32)) }
const claims = { iss: 'https://auth.example', aud: 'api', token_type: 'access', exp: Date.now() / 1000 + 3600 }
const good = {
  session: 'session-of-ann',
  jwt: signJws(key, {}, { ...claims, sub: 'jwt' }),
  expired: signJws(key, {}, { ...claims, sub: 'jwt', exp: 1 }),
  oauth2: 'dw_at_1',
  apiKey: 'dw_key_1',
  token: 'a'.repeat(40),
  basic: `Basic ${Buffer.from('ann:secret').toString('base64')}`,
}

const csrf = createCsrf({ key: randomBytes(32) })
const peers = createTrustedPeers({ addresses: ['10.0.0.5'] })
/** What the stores are asked for, by the name of the way in. */
const reads: string[] = []

const keyAuth: ApiKeyAuth = { id: 'k1', name: 'ci', scopes: ['read'], mode: 'live', rate: null, expiresAt: null }
const sessionAuth = { id: 's1', createdAt: 0, authenticatedAt: 0, expiresAt: 9e15, amr: ['pwd'] }
const grantAuth = { id: 'a1', clientId: 'c1', scopes: ['read'], expiresAt: 9e15 }

const ways = {
  session: sessionCookie({ sessions: { find: finding('session', good.session, sessionAuth) }, csrf }),
  jwt: jwt({ keys: keysFrom([key]), issuer: claims.iss, audience: claims.aud }),
  oauth2: accessToken({ recognises: startsWith('dw_at_'), find: finding('oauth2', good.oauth2, grantAuth) }),
  apiKey: apiKey({ keys: { recognises: startsWith('dw_key_'), find: finding('apiKey', good.apiKey, keyAuth) } }),
  token: token({ tokens: { find: finding('token', good.token, { id: 't1' }) } }),
  basic: basic({
    passwords: {
      verify: async (login, password) => {
        reads.push('basic')
        return login === 'ann' && password === 'secret' ? userOf('basic') : null
      },
    },
  }),
  remoteUser: remoteUser({ peers, users: { find: async (name) => (name === 'ann' ? userOf('remoteUser') : null) } }),
  clientCertificate: clientCertificate({ source: { from: 'rfc9440', peers }, find: async () => null }),
}
const all: readonly Authenticator[] = Object.values(ways)
const page = { host: 'api.example', origin: 'https://api.example' }

/** One request for each way in. */
const requests: readonly (readonly [via: string, request: AuthRequest])[] = [
  ['session', sent({ cookie: `sessionid=${good.session}` })],
  ['jwt', sent({ authorization: `Bearer ${good.jwt}` })],
  ['oauth2', sent({ authorization: `Bearer ${good.oauth2}` })],
  ['apiKey', sent({ 'x-api-key': good.apiKey })],
  ['apiKey', sent({ authorization: `Api-Key ${good.apiKey}` })],
  ['apiKey', sent({ authorization: `Bearer ${good.apiKey}` })],
  ['token', sent({ authorization: `Token ${good.token}` })],
  ['basic', sent({ authorization: good.basic })],
  ['remoteUser', { ...sent({ 'remote-user': 'ann' }), peer: { address: '10.0.0.5' } }],
]

describe('a chain of authenticators', () => {
  it('lets each caller in by their way, whatever the order', async () => {
    for (let turn = 0; turn < all.length; turn += 1) {
      const order = [...all.slice(turn), ...all.slice(0, turn)]
      for (const list of [order, order.toReversed()]) {
        for (const [via, request] of requests) {
          const identity = await createAuth({ authenticators: list }).require(again(request))
          assert.deepEqual([identity.via, identity.principal.id], [via, via])
        }
      }
    }
  })

  it('types the credential by the way in [B-KEY-20]', async () => {
    const door = createAuth({ authenticators: [ways.session, ways.apiKey, ways.basic] })
    const identity = await door.require(sent({ 'x-api-key': good.apiKey }))
    // @ts-expect-error -- a session has no scopes, and nothing is known of the way in yet
    assert.notEqual(identity.auth?.scopes, null)
    assert.ok(identity.via === 'apiKey')
    assert.deepEqual(identity.auth.scopes, ['read'])
  })

  it('asks one store, once, and none for a JWT [B-TOK-06 B-JAU-13]', async () => {
    for (const [via, request] of requests.slice(0, -1)) {
      reads.length = 0
      await createAuth({ authenticators: all }).require(again(request))
      assert.deepEqual(reads, via === 'jwt' ? [] : [via])
    }
  })

  it('refuses a wrong credential where it is recognised, and asks no later one, on open routes too [AK01]', async () => {
    const door = createAuth({ authenticators: all })
    const wrong = [
      ['jwt', { authorization: `Bearer ${good.expired}` }, 'token_not_valid'],
      ['oauth2', { authorization: 'Bearer dw_at_2' }, 'invalid_token'],
      ['apiKey', { authorization: 'Bearer dw_key_2' }, 'invalid_token'],
      ['apiKey', { 'x-api-key': 'dw_key_2' }, 'invalid_token'],
      ['token', { authorization: `Token ${'b'.repeat(40)}` }, 'invalid_token'],
      ['basic', { authorization: `Basic ${Buffer.from('ann:wrong').toString('base64')}` }, 'authentication_failed'],
    ] as const
    for (const [by, headers, code] of wrong) {
      const request = { ...sent({ ...headers, 'remote-user': 'ann' }), peer: { address: '10.0.0.5' } }
      const error: unknown = await door.identify(request).catch((thrown: unknown) => thrown)
      assert.ok(error instanceof AuthError, by)
      assert.deepEqual([error.status, error.code], [401, code])
      const offers = offersIn(door.refusal(request, error))
      assert.equal(offers.length, 4)
      assert.deepEqual(offers.filter((offer) => offer.includes('error=')).length, by === 'basic' ? 0 : 1, by)
    }
  })

  it('refuses a bearer token that nobody recognises, and a foreign scheme makes a stranger', async () => {
    const door = createAuth({ authenticators: all })
    for (const value of ['Bearer abc', 'Bearer 9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b', 'bearer a.b.c']) {
      await assert.rejects(door.identify(sent({ authorization: value })), { status: 401, code: 'invalid_token' })
    }
    assert.equal(await door.identify(sent({ authorization: 'Negotiate abc' })), null)
    const keysOnly = createAuth({ authenticators: [ways.apiKey] })
    await assert.rejects(keysOnly.identify(sent({ authorization: 'Bearer abc' })), { code: 'invalid_token' })
  })

  it('offers every scheme, with a realm and no error, to who shows nothing [RS01 AK02 B-BASIC-02]', async () => {
    const door = createAuth({ authenticators: all })
    const request = sent({})
    const error: unknown = await door.require(request).catch((thrown: unknown) => thrown)
    const refusal = door.refusal(request, error)
    assert.equal(refusal.status, 401)
    assert.deepEqual(offersIn(refusal), [
      'Bearer realm="api"',
      'Api-Key realm="api"',
      'Token',
      'Basic realm="api", charset="UTF-8"',
    ])
  })

  it('answers 403 where nobody has a challenge [AK02 B-SESS-04]', async () => {
    const door = createAuth({ authenticators: [ways.session, ways.remoteUser] })
    const request = sent({})
    const error: unknown = await door.require(request).catch((thrown: unknown) => thrown)
    assert.equal(door.refusal(request, error).status, 403)
  })

  it('quotes a realm so that it stays one parameter [AK08]', async () => {
    const odd = basic({ passwords: { verify: async () => null }, realm: 'a", error="x\r\nSet-Cookie: b=c' })
    const door = createAuth({ authenticators: [odd] })
    const request = sent({})
    const error: unknown = await door.require(request).catch((thrown: unknown) => thrown)
    const [offer = ''] = offersIn(door.refusal(request, error))
    assert.match(offer, /^Basic realm="(?:[^"\\\r\n]|\\.)*", charset="UTF-8"$/)
  })

  it('refuses a token in the header and in the query with 400, and does not read the query [RS03]', async () => {
    const door = createAuth({ authenticators: all })
    const url = `https://api.example/?access_token=${good.oauth2}`
    const both = { ...sent({ authorization: `Bearer ${good.oauth2}` }), url }
    const error: unknown = await door.identify(both).catch((thrown: unknown) => thrown)
    assert.equal(door.refusal(both, error).status, 400)
    assert.equal(await door.identify({ ...sent({}), url }), null)
  })
})

describe('a session cookie beside an Authorization header', () => {
  const cookie = `sessionid=${good.session}`
  const token = csrf.tokenFor('s1')
  const bad = [
    'Bearer abc',
    'Bearer a.b.c',
    'Bearer',
    'Bearer a b',
    `Bearer ${good.expired}`,
    'Bearer dw_at_2',
    'Bearer dw_key_2',
  ]
  const orders = [all, all.toReversed()]

  it('never lets an unsafe request in without its CSRF token because the header is bad [SE13]', async () => {
    for (const authenticators of orders) {
      for (const authorization of [...bad, 'Token x', 'Basic !', 'Api-Key x', 'Negotiate x', ',', 'Bearer , Token x']) {
        const request = { ...sent({ ...page, cookie, authorization }), method: 'POST' }
        await assert.rejects(createAuth({ authenticators }).identify(request), AuthError, authorization)
      }
    }
  })

  it('is refused for the forgery where sessions stand first, for the header where tokens do [SE13]', async () => {
    for (const authorization of bad) {
      const request = { ...sent({ ...page, cookie, authorization }), method: 'POST' }
      const sessionsFirst = createAuth({ authenticators: [ways.session, ways.jwt, ways.oauth2, ways.apiKey] })
      await assert.rejects(sessionsFirst.identify(request), { status: 403, code: 'csrf_failed' }, authorization)
    }
    const tokensFirst = createAuth({ authenticators: [ways.jwt, ways.session] })
    const expired = { ...sent({ ...page, cookie, authorization: `Bearer ${good.expired}` }), method: 'POST' }
    await assert.rejects(tokensFirst.identify(expired), { status: 401, code: 'token_not_valid' })
    const unclaimed = { ...sent({ ...page, cookie, authorization: 'Bearer abc' }), method: 'POST' }
    await assert.rejects(tokensFirst.identify(unclaimed), { status: 403, code: 'csrf_failed' })
  })

  it('goes by the order of the list where both are good: each is held to its own rule [SE13 B-SESS-06]', async () => {
    const both = { ...sent({ ...page, cookie, authorization: `Bearer ${good.jwt}` }), method: 'POST' }
    const sessionsFirst = createAuth({ authenticators: [ways.session, ways.jwt] })
    const tokensFirst = createAuth({ authenticators: [ways.jwt, ways.session] })
    await assert.rejects(sessionsFirst.identify(again(both)), { code: 'csrf_failed' })
    assert.equal((await tokensFirst.identify(again(both)))?.via, 'jwt')
    const proven = { ...both, headers: sent({ ...page, cookie, 'x-csrftoken': token }).headers }
    assert.equal((await sessionsFirst.identify(again(proven)))?.via, 'session')
    const alone = { ...sent({ ...page, authorization: `Bearer ${good.jwt}` }), method: 'POST' }
    assert.equal((await sessionsFirst.identify(alone))?.via, 'jwt')
  })
})

describe('made-up headers', () => {
  it('are refused or make a stranger, and never end in anything else [RS04 B-BASIC-05 B-TOK-05]', async () => {
    const random = seeded(20_260_601)
    const pick = <One>(list: readonly One[]): One => list[Math.floor(random() * list.length)] as One
    const schemes = [
      'Bearer',
      'bearer',
      'Basic',
      'Token',
      'Api-Key',
      'JWT',
      'Digest',
      '',
      ' ',
      'Bearer:',
      '\u0000',
      'é',
    ]
    const values = Object.values(good).map((value) => value.replace('Basic ', ''))
    const noise = [
      '',
      ' ',
      '\t',
      ',',
      ', ',
      '=',
      ':',
      '.',
      '..',
      '%',
      '"',
      '\\',
      '\u0000',
      '\r\n',
      'é',
      '€',
      '\ud800',
      'eyJ',
      '_',
      '__proto__',
    ]
    const headers = ['authorization', 'x-api-key', 'cookie', 'remote-user', 'client-cert', 'content-type', 'origin']
    const mangled = () => {
      const value = pick(values)
      const at = Math.floor(random() * value.length)
      return pick([
        value,
        value.slice(0, at),
        value.slice(at),
        value.slice(0, at) + pick(noise) + value.slice(at),
        value + pick(noise) + pick(values),
        pick(noise) + pick(noise),
        pick(noise).repeat(Math.floor(random() * 3000)),
      ])
    }
    const doors = [all, all.toReversed()].map((authenticators) => createAuth({ authenticators }))
    const counts = { in: 0, stranger: 0, refused: 0 }
    for (let round = 0; round < 4000; round += 1) {
      const made: Record<string, string> = {
        authorization: `${pick(schemes)}${pick([' ', '\t', '  ', ''])}${mangled()}`,
      }
      if (random() < 0.3) made[pick(headers)] = mangled()
      if (random() < 0.2) made['cookie'] = `sessionid=${mangled()}; sessionid=${mangled()}`
      const request = {
        ...sent(made),
        method: pick(['GET', 'POST']),
        peer: { address: pick(['10.0.0.5', '::1', null]) },
      }
      const door = pick(doors)
      const isSpoken = /^[ \t]*(?:bearer|basic|token|api-key)(?:[ \t]|$)/i.test(made['authorization'] ?? '')
      try {
        const identity = await door.identify(request)
        assert.ok(identity !== null || !isSpoken, `${JSON.stringify(made)} made a stranger`)
        counts[identity === null ? 'stranger' : 'in'] += 1
      } catch (error) {
        if (!(error instanceof AuthError)) throw error
        assert.ok(error.status >= 400 && error.status < 500, String(error.status))
        const { status } = door.refusal(request, error)
        assert.ok(status === 401 || status === 400 || status === 403)
        counts.refused += 1
      }
    }
    assert.ok(counts.in > 20 && counts.stranger > 50 && counts.refused > 1000, JSON.stringify(counts))
  })
})

function finding<Auth>(name: string, text: string, auth: Auth): (asked: string) => Promise<Found<User, Auth> | null> {
  return async (asked) => {
    reads.push(name)
    return asked === text ? { principal: userOf(name), auth } : null
  }
}

function userOf(name: string): User {
  return { kind: 'user', id: name, name }
}

function startsWith(prefix: string): (text: string) => boolean {
  return (text) => text.startsWith(prefix)
}

function offersIn({ headers }: { readonly headers: readonly (readonly [string, string])[] }): string[] {
  return headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value)
}

function sent(headers: Readonly<Record<string, string>>): AuthRequest {
  return {
    method: 'GET',
    url: 'https://api.example/notes',
    headers: { get: (name) => (Object.hasOwn(headers, name) ? (headers[name] ?? null) : null) },
    peer: { address: '203.0.113.9' },
  }
}

/** The same request, arriving anew: what was found out about the other is kept on it. */
function again({ method, url, headers, peer }: AuthRequest): AuthRequest {
  return { method, url, headers, peer }
}

/** Mulberry32: made-up input that is the same each time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
