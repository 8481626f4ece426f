import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAuth } from './auth.ts'
import type { Authenticator } from './authenticator.ts'
import { AuthenticationFailed, PermissionDenied } from './errors.ts'
import type { Identity, User } from './identity.ts'
import { permission } from './permission.ts'
import type { AuthRequest } from './request.ts'
import type { Quota, Throttle } from './throttle.ts'

function request(headers: Record<string, string>, url = '/'): AuthRequest {
  return { method: 'GET', url, headers: { get: (name) => headers[name] ?? null }, peer: { address: '192.0.2.1' } }
}

function user(name: string): User {
  return { kind: 'user', id: name, name }
}

const session: Authenticator<'session', User, { readonly id: string }> = {
  name: 'session',
  authenticate: async ({ headers }) => {
    const cookie = headers.get('cookie')
    return cookie === null ? null : { principal: user(cookie), auth: { id: cookie } }
  },
}

const badge: Authenticator<'badge', User, null> = {
  name: 'badge',
  authenticate: async ({ headers }) => {
    const number = headers.get('x-badge')
    if (number === null) return null
    if (number === 'forged') throw new AuthenticationFailed('invalid_token')
    return { principal: user(number), auth: null }
  },
}

const opaque: Authenticator<'opaque', User, { readonly scopes: readonly string[] }> = {
  name: 'opaque',
  scheme: 'Bearer',
  challenge: () => ({ scheme: 'Bearer', params: { realm: 'api' } }),
  authenticate: async ({ headers }) => {
    const token = /^Bearer (live|dead)$/.exec(headers.get('authorization') ?? '')?.[1]
    if (token === undefined) return null
    if (token === 'live') return { principal: user(token), auth: { scopes: ['read'] } }
    throw new AuthenticationFailed('invalid_token', undefined, { challenge: { error: 'invalid_token' } })
  },
}

const basic: Authenticator<'basic', User, null> = {
  name: 'basic',
  scheme: 'Basic',
  challenge: () => ({ scheme: 'Basic', params: { realm: 'api' } }),
  authenticate: async ({ headers }) => {
    const name = /^Basic (\w+)$/.exec(headers.get('authorization') ?? '')?.[1]
    return name === undefined ? null : { principal: user(name), auth: null }
  },
}

const anybody = permission<Identity | null, unknown>({ name: 'anybody' }, async () => true)
const isStaff = permission<Identity | null, unknown>({ name: 'isStaff' }, async ({ identity }) => {
  return identity?.principal.kind === 'user' && identity.principal.isStaff === true
})

function throttle(name: string, stage: Throttle['stage'], wait: number | null, asked: string[]): Throttle {
  const quota: Quota = { wait, policy: name, limit: 5, window: 60, remaining: 4, reset: 9 }
  const answer = (verb: string) => async () => {
    asked.push(`${verb} ${name}`)
    return quota
  }
  return { name, stage, take: answer('take'), peek: answer('peek') }
}

describe('createAuth: the chain', () => {
  it('lets the first authenticator that does not answer null decide, and reports it [B-PIPE-01]', async () => {
    const auth = createAuth({ authenticators: [session, badge] })
    const identity = await auth.require(request({ 'x-badge': 'ada' }))
    assert.equal(identity.via, 'badge')
    assert.equal(identity.principal.name, 'ada')
  })

  it('ends at an authenticator that refuses; later ones are not asked [B-PIPE-02 AK01]', async () => {
    const auth = createAuth({ authenticators: [badge, session] })
    await assert.rejects(auth.require(request({ 'x-badge': 'forged', cookie: 'ada' })), AuthenticationFailed)
  })

  it('refuses bad credentials on open routes too [B-PIPE-03]', async () => {
    const auth = createAuth({ authenticators: [badge] })
    await assert.rejects(auth.allow(request({ 'x-badge': 'forged' }), anybody), AuthenticationFailed)
  })

  it('runs the handler as a stranger on an open route without credentials [B-PIPE-04 B-PIPE-13]', async () => {
    const auth = createAuth({ authenticators: [badge] })
    assert.equal(await auth.allow(request({}), anybody), null)
  })

  it('asks once a request and remembers a failure as a failure [B-PIPE-09]', async () => {
    let asked = 0
    const counting: Authenticator<'counting', User, null> = {
      name: 'counting',
      authenticate: async () => {
        asked++
        throw new AuthenticationFailed()
      },
    }
    const auth = createAuth({ authenticators: [counting] })
    const one = request({})
    await assert.rejects(auth.identify(one), AuthenticationFailed)
    await assert.rejects(auth.identify(one), AuthenticationFailed)
    assert.equal(asked, 1)
  })

  it('surfaces a fault inside an authenticator as itself, and answers 500 without a word about it [B-PIPE-10]', async () => {
    const broken: Authenticator<'broken', User, null> = {
      name: 'broken',
      authenticate: async () => {
        throw new TypeError('secret-connection-string')
      },
    }
    const auth = createAuth({ authenticators: [broken] })
    const one = request({})
    await assert.rejects(auth.identify(one), TypeError)
    const refusal = auth.refusal(one, new TypeError('secret-connection-string'))
    assert.equal(refusal.status, 500)
    assert.equal(refusal.body, '{"detail":"Something went wrong on our side.","code":"internal_error"}')
  })

  it('refuses a bearer token that no bearer authenticator claims, whatever the order [B-PIPE-20]', async () => {
    for (const authenticators of [[opaque, badge] as const, [badge, opaque] as const]) {
      const auth = createAuth({ authenticators })
      await assert.rejects(auth.identify(request({ authorization: 'Bearer garbage' })), { code: 'invalid_token' })
      await assert.rejects(auth.identify(request({ authorization: 'bearer' })), { code: 'invalid_token' })
    }
  })

  it('skips a foreign scheme, but not one of ours hidden behind it', async () => {
    const auth = createAuth({ authenticators: [opaque] })
    assert.equal(await auth.identify(request({ authorization: 'Digest username="ada", realm="x"' })), null)
    await assert.rejects(auth.identify(request({ authorization: 'Digest a="b", Bearer t' })), {
      code: 'invalid_request',
    })
  })

  it('refuses two authenticators of one name at construction', () => {
    assert.throws(() => createAuth({ authenticators: [badge, badge] }), /Two authenticators are named "badge"/)
  })

  it('refuses what is no authenticator at construction, and says what to do [B-PIPE-11]', () => {
    const made = (...authenticators: unknown[]) => createAuth({ authenticators: authenticators as [typeof badge] })
    assert.throws(
      () => made(badge, { name: 'abstract' }),
      /authenticators\[1\] has no authenticate\. See Authenticator/,
    )
    assert.throws(() => made(() => badge), /authenticators\[0\] has no authenticate\. It is a factory: call it/)
    assert.throws(() => made({ ...badge, name: '' }), /authenticators\[0\] has no name/)
    for (const nothing of [null, undefined, 'badge']) assert.throws(() => made(nothing), TypeError)
    assert.throws(() => made(badge).with({ authenticators: [{ name: 'x' }] as never }), /has no authenticate/)
  })

  it('tells whoever asks after it the very identity that the first one found [B-PIPE-12]', async () => {
    const auth = createAuth({ authenticators: [badge] })
    const one = request({ 'x-badge': 'ada' })
    const found = await auth.require(one)
    for (const next of [auth, auth.with({ permission: anybody })]) {
      assert.equal(await next.identify(one), found)
      assert.equal(await next.allow(one, anybody), found)
    }
  })

  it("takes a route's own authenticators in place of the door's", async () => {
    const auth = createAuth({ authenticators: [session] })
    const own = auth.with({ authenticators: [badge] })
    const one = request({ 'x-badge': 'ada', cookie: 'bob' })
    assert.equal((await auth.require(one)).principal.name, 'bob')
    assert.equal((await own.require(one)).principal.name, 'ada')
    assert.equal((await auth.with({ permission: anybody }).require(one)).principal.name, 'bob')
  })
})

describe('createAuth: 401, 403 and the challenges', () => {
  const auth = createAuth({ authenticators: [session, opaque, basic] })
  const answer = async (headers: Record<string, string>, asked = isStaff) => {
    const one = request(headers)
    const error = await auth.require(one, asked).then(
      () => assert.fail('let in'),
      (thrown: unknown) => thrown,
    )
    const { status, headers: sent } = auth.refusal(one, error)
    return [status, ...sent.filter(([name]) => name === 'www-authenticate').map(([, value]) => value)]
  }

  it('offers every scheme in list order to a stranger [B-PIPE-19 B-PIPE-05 RS01]', async () => {
    assert.deepEqual(await answer({}), [401, 'Bearer realm="api"', 'Basic realm="api"'])
  })

  it('lets only the one that refused say why [RS02]', async () => {
    assert.deepEqual(await answer({ authorization: 'Bearer dead' }), [
      401,
      'Bearer realm="api", error="invalid_token"',
      'Basic realm="api"',
    ])
  })

  it('names the missing scope on the bearer challenge alone (RFC 6750, section 3.1)', async () => {
    const needsWrite = permission({ name: "hasScope('write')" }, async () => {
      throw new PermissionDenied('insufficient_scope', 'No.', {
        challenge: { error: 'insufficient_scope', scope: 'write' },
      })
    })
    assert.deepEqual(await answer({ authorization: 'Bearer live' }, needsWrite), [
      403,
      'Bearer realm="api", error="insufficient_scope", scope="write"',
    ])
    assert.deepEqual(await answer({ cookie: 'ada' }, needsWrite), [403])
    assert.deepEqual(await answer({ authorization: 'Basic ada' }, needsWrite), [403])
    assert.deepEqual(await answer({}, needsWrite), [401, 'Bearer realm="api"', 'Basic realm="api"'])
  })

  it('answers 403 to somebody who may not, whatever challenges there are [B-PIPE-07]', async () => {
    assert.deepEqual(await answer({ authorization: 'Bearer live' }), [403])
  })

  it('answers 403 where no authenticator has a challenge (RFC 9110, section 15.5.2) [B-PIPE-06 AK02]', async () => {
    const bare = createAuth({ authenticators: [session] })
    const one = request({})
    const error = await bare.require(one).catch((thrown: unknown) => thrown)
    assert.equal(bare.refusal(one, error).status, 403)
    assert.equal(bare.respond(one, error).headers.has('www-authenticate'), false)
  })

  it('answers 403 with the reason of the permission where there is no authenticator at all [B-PIPE-08]', async () => {
    const bare = createAuth({ authenticators: [] })
    const one = request({})
    const closed = async (): Promise<boolean> => {
      throw new PermissionDenied('permission_denied', 'Closed on Sundays.')
    }
    const error = await bare.allow(one, closed).catch((thrown: unknown) => thrown)
    const { status, body } = bare.refusal(one, error)
    assert.equal(status, 403)
    assert.deepEqual(JSON.parse(body), { detail: 'Closed on Sundays.', code: 'permission_denied' })
  })

  it('takes nothing but true for a yes', async () => {
    const truthy = (async () => 1) as unknown as () => Promise<boolean>
    await assert.rejects(auth.require(request({ cookie: 'ada' }), truthy), PermissionDenied)
  })

  it('writes a Web Response with one field a challenge', async () => {
    const one = request({})
    const error = await auth.require(one).catch((thrown: unknown) => thrown)
    const response = auth.respond(one, error)
    assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="api", Basic realm="api"')
    assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
    assert.deepEqual(await response.json(), {
      detail: 'Authentication credentials were not provided.',
      code: 'not_authenticated',
    })
  })

  it('tells onRefused the error with its cause, which is not sent', async () => {
    const heard: unknown[] = []
    const listening = createAuth({ authenticators: [badge], onRefused: (_, error) => heard.push(error) })
    const error = new AuthenticationFailed('invalid_token', undefined, { cause: 'row 17' })
    assert.doesNotMatch(listening.refusal(request({}), error).body, /row 17/)
    assert.deepEqual(heard, [error])
  })
})

describe('createAuth: throttles', () => {
  it('asks every throttle once a request, sends the longest wait, and the RateLimit headers on success [B-THR-03 B-THR-19]', async () => {
    const asked: string[] = []
    const auth = createAuth({
      authenticators: [badge],
      throttles: [throttle('early', 'before', null, asked), throttle('late', 'after', null, asked)],
    })
    const one = request({ 'x-badge': 'ada' })
    await auth.require(one)
    await auth.require(one, anybody)
    assert.deepEqual(asked, ['take early', 'take late'])
    assert.deepEqual(Object.fromEntries(auth.headers(one))['ratelimit'], '"early";r=4;t=9, "late";r=4;t=9')

    const shut = auth.with({ throttles: [throttle('a', 'after', 3.2, asked), throttle('b', 'after', 7, asked)] })
    const two = request({ 'x-badge': 'ada' })
    const error = await shut.require(two).catch((thrown: unknown) => thrown)
    const refusal = shut.refusal(two, error)
    assert.equal(refusal.status, 429)
    assert.equal(Object.fromEntries(refusal.headers)['retry-after'], '7')
    assert.equal(Object.fromEntries(refusal.headers)['ratelimit-remaining'], '4')
  })

  it('stops guessing before any authenticator is asked, and counts credentials that are refused [TH01]', async () => {
    const asked: string[] = []
    const open = createAuth({ authenticators: [badge], throttles: [throttle('guesses', 'failure', null, asked)] })
    await assert.rejects(open.identify(request({ 'x-badge': 'forged' })), AuthenticationFailed)
    await open.identify(request({ 'x-badge': 'ada' }))
    assert.deepEqual(asked, ['peek guesses', 'take guesses', 'peek guesses'])
    const shut = createAuth({ authenticators: [badge], throttles: [throttle('guesses', 'failure', 60, asked)] })
    await assert.rejects(shut.identify(request({ 'x-badge': 'ada' })), { status: 429, code: 'too_many_attempts' })
  })

  it('asks the throttles of every door that a request passes, and each of them once', async () => {
    const asked: string[] = []
    const daily = throttle('daily', 'after', null, asked)
    const outer = createAuth({ authenticators: [badge], throttles: [daily] })
    const inner = outer.with({
      throttles: [daily, throttle('uploads', 'after', null, asked), throttle('bursts', 'before', null, asked)],
    })
    const sent = request({ 'x-badge': 'ada' })
    await outer.require(sent)
    await Promise.all([inner.require(sent), inner.require(sent)])
    assert.deepEqual(asked.toSorted(), ['take bursts', 'take daily', 'take uploads'])
    const shut = outer.with({ throttles: [throttle('full', 'after', 9, asked)] })
    await Promise.all([1, 2].map(async () => assert.rejects(shut.require(sent), { status: 429, wait: 9 })))
    assert.equal(asked.filter((name) => name === 'take full').length, 1)
  })

  it('keeps the guards against floods and guessing when a route names throttles of its own', async () => {
    const asked: string[] = []
    const auth = createAuth({
      authenticators: [badge],
      throttles: [throttle('floods', 'before', null, asked), throttle('daily', 'after', null, asked)],
    })
    await auth.with({ throttles: [throttle('uploads', 'after', null, asked)] }).require(request({ 'x-badge': 'ada' }))
    assert.deepEqual(asked, ['take floods', 'take uploads'])
  })

  it('meters nobody who may not', async () => {
    const asked: string[] = []
    const auth = createAuth({ authenticators: [badge], throttles: [throttle('late', 'after', null, asked)] })
    await assert.rejects(auth.require(request({ 'x-badge': 'ada' }), isStaff), PermissionDenied)
    assert.deepEqual(asked, [])
  })
})

describe('auth.explain', () => {
  const auth = createAuth({ authenticators: [session, opaque, basic] })

  it('says what each authenticator, throttle and permission answered', async () => {
    const both = permission({ name: 'allOf', combines: 'allOf', parts: [isStaff, anybody] }, async () => false)
    const guarded = auth.with({ throttles: [throttle('late', 'after', null, [])] })
    const explanation = await guarded.explain(request({ authorization: 'Bearer live' }, '/notes?token=secret'), both)
    assert.deepEqual(explanation, {
      request: { method: 'GET', path: '/notes', address: '192.0.2.1' },
      authenticators: [
        { name: 'session', outcome: 'skipped' },
        { name: 'opaque', outcome: 'took it' },
        { name: 'basic', outcome: 'not asked' },
      ],
      throttles: [{ name: 'late', stage: 'after', remaining: 4, wait: null }],
      permission: {
        name: 'allOf',
        outcome: 'denied',
        parts: [
          { name: 'isStaff', outcome: 'denied' },
          { name: 'anybody', outcome: 'not asked' },
        ],
      },
      identity: { via: 'opaque', principal: { kind: 'user', id: 'live', name: 'live' } },
      answer: {
        allowed: false,
        status: 403,
        code: 'permission_denied',
        detail: 'You do not have permission to perform this action.',
      },
    })
  })

  it('holds no secret of a refused credential', async () => {
    const explanation = await auth.explain(request({ authorization: 'Bearer dead' }))
    assert.deepEqual(explanation.authenticators[1], {
      name: 'opaque',
      outcome: 'refused',
      code: 'invalid_token',
      detail: 'The token is not valid.',
    })
    assert.deepEqual([explanation.answer.status, explanation.permission], [401, undefined])
    assert.doesNotMatch(JSON.stringify(explanation), /dead/)
  })

  it('agrees with require for a combination of every kind', async () => {
    const yes = permission({ name: 'yes' }, async () => true)
    const no = permission({ name: 'no' }, async () => false)
    for (const [combines, parts, granted] of [
      ['allOf', [yes, yes], true],
      ['allOf', [yes, no], false],
      ['anyOf', [no, yes], true],
      ['anyOf', [no, no], false],
      ['not', [no], true],
      ['not', [yes], false],
    ] as const) {
      const asked = permission({ name: combines, combines, parts }, async () => granted)
      const explanation = await auth.explain(request({ cookie: 'ada' }), asked)
      assert.equal(explanation.answer.allowed, granted, `${combines} ${parts.map((part) => part.rule?.name).join()}`)
    }
  })
})
