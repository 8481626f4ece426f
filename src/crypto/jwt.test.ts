import assert from 'node:assert/strict'
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { JwsHeader, JwsKey } from './jws.ts'
import { signJws } from './jws.ts'
import type { JwtInvalidReason, JwtVerifierOptions } from './jwt.ts'
import { createJwtVerifier, JwtInvalid, keysFrom, peekJwt } from './jwt.ts'

const hs: JwsKey = { alg: 'HS256', kid: 'hs', key: createSecretKey(randomBytes(32)) }
const pair = generateKeyPairSync('ed25519')
const ed: JwsKey = { alg: 'EdDSA', kid: 'ed', key: pair.privateKey }

/** A clock that stands still until it is set, in seconds. */
const noon = 1_800_000_000
function stoppedClock() {
  let now = noon
  return { clock: () => now * 1000, set: (seconds: number) => void (now = seconds) }
}

function verifierOf(options: Partial<JwtVerifierOptions> = {}) {
  return createJwtVerifier({ keys: keysFrom([hs, ed]), clock: stoppedClock().clock, ...options })
}

const right = { iss: 'https://issuer.test', aud: 'api', sub: 'u1', iat: noon, exp: noon + 300, jti: 'j1' }
const sign = (claims: object, header: Record<string, unknown> = {}, key = hs) => signJws(key, header, claims)

function invalid(reason: JwtInvalidReason, message?: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof JwtInvalid, String(error))
    assert.equal(error.reason, reason)
    if (message !== undefined) assert.match(error.message, message)
    return true
  }
}

describe('createJwtVerifier', () => {
  it('gives the claims of a token that is valid', async () => {
    const { verify } = verifierOf({ issuer: right.iss, audience: 'api' })
    assert.deepEqual(await verify(sign(right)), right)
    assert.deepEqual(await verify(sign({ ...right, 'https://x.test/y': { z: [1, null] } }, {}, ed)), {
      ...right,
      'https://x.test/y': { z: [1, null] },
    })
  })

  it('tells what is malformed from everything else [B-JWT-19]', async () => {
    const { verify } = verifierOf()
    const input = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.`
    const deep = `{"exp":${noon + 300},"x":${'['.repeat(2000)}${']'.repeat(2000)}}`
    const payloads = ['', '[]', 'null', '1', '"x"', '{', `{"exp":${noon + 300},"__proto__":{"sub":"x"}}`, deep]
    for (const payload of payloads) await assert.rejects(verify(sign(Buffer.from(payload))), invalid('malformed'))
    await assert.rejects(verify(sign(Buffer.from('{"sub":"\xff"}', 'latin1'))), invalid('malformed'))
    for (const token of ['', 'x', '..', 'a.b.c', `${input}e30.`, `${sign(right)}.x`, '\ud800', 'x'.repeat(1_000_000)]) {
      await assert.rejects(verify(token), invalid('malformed'))
    }
    for (const token of [undefined, null, 1, {}, [sign(right)]])
      await assert.rejects(verify(token as never), invalid('malformed'))
    await assert.rejects(verify(sign({ ...right, long: 'x'.repeat(7000) })), invalid('malformed'))
    await verifierOf({ maxLength: 20_000 }).verify(sign({ ...right, long: 'x'.repeat(7000) }))
  })

  it('refuses alg none in any case, and other algorithms that are not known [B-JWT-03]', async () => {
    for (const alg of ['none', 'NONE', 'nOne', 'HS1', 'hs256', 'constructor']) {
      const [, payload, signature] = sign(right).split('.')
      const header = Buffer.from(JSON.stringify({ alg, kid: 'hs' })).toString('base64url')
      await assert.rejects(verifierOf().verify(`${header}.${payload}.${signature}`), invalid('algorithm'))
      await assert.rejects(verifierOf().verify(`${header}.${payload}.`), invalid('malformed'))
    }
  })

  it('takes the algorithm from the key, never from the token [B-JWT-02 AK15]', async () => {
    const forged = signJws({ alg: 'HS256', kid: 'ed', key: createSecretKey(randomBytes(32)) }, {}, right)
    await assert.rejects(verifierOf({ keys: async () => ed }).verify(forged), invalid('algorithm'))
    await assert.rejects(verifierOf().verify(forged), invalid('key'))
  })

  it('refuses a key that is not known, missing, or no longer there, without failing [B-JWT-10]', async () => {
    await assert.rejects(verifierOf({ keys: async () => null }).verify(sign(right)), invalid('key'))
    await assert.rejects(verifierOf().verify(sign(right, {}, { ...hs, kid: 'gone' })), invalid('key'))
  })

  it('lets out what finding the key throws: that is no fault of the token', async () => {
    const keys = async () => {
      throw new Error('key set is out of reach')
    }
    await assert.rejects(verifierOf({ keys }).verify(sign(right)), /key set is out of reach/)
  })

  it('gives the header as it arrived to the search for the key, and no key of the token a chance [B-JWT-18]', async () => {
    const seen: JwsHeader[] = []
    const attacker = generateKeyPairSync('ed25519')
    const jwk = attacker.publicKey.export({ format: 'jwk' })
    const verifier = verifierOf({
      keys: async (header) => {
        seen.push(header)
        return ed
      },
    })
    const forged = signJws({ alg: 'EdDSA', kid: 'ed', key: attacker.privateKey }, { jwk, jku: 'https://x.test' }, right)
    await assert.rejects(verifier.verify(forged), invalid('signature'))
    assert.deepEqual(seen, [{ alg: 'EdDSA', kid: 'ed', jwk, jku: 'https://x.test' }])
  })

  it('refuses a signature that is not over these parts [B-JWT-04]', async () => {
    const { verify } = verifierOf()
    for (const key of [hs, ed]) {
      const one = sign(right, {}, key).split('.')
      const two = sign({ ...right, sub: 'admin' }, {}, key).split('.')
      await verify(one.join('.'))
      await assert.rejects(verify([one[0], two[1], one[2]].join('.')), invalid('signature'))
      await assert.rejects(verify([one[0], one[1], two[2]].join('.')), invalid('signature'))
    }
  })

  it('refuses a token from the second of its exp on, and says so (RFC 7519, section 4.1.4) [B-JWT-05]', async () => {
    const { clock, set } = stoppedClock()
    for (const cache of [{ max: 10 }, false] as const) {
      const { verify } = verifierOf({ clock, cache })
      const token = sign(right)
      for (const good of [noon, right.exp - 0.001]) {
        set(good)
        await verify(token)
      }
      for (const late of [right.exp, right.exp + 1, right.exp + 1e9]) {
        set(late)
        await assert.rejects(verify(token), invalid('expired', /^The token has expired\.$/))
      }
    }
  })

  it('allows for leeway in seconds on both sides, and not more [B-JWT-06]', async () => {
    const { clock, set } = stoppedClock()
    for (const cache of [{ max: 10 }, false] as const) {
      const { verify } = verifierOf({ clock, cache, leeway: 10 })
      const token = sign({ exp: noon + 300, nbf: noon + 100 })
      set(noon + 89.999)
      await assert.rejects(verify(token), invalid('not_yet_valid'))
      for (const good of [noon + 90, noon + 309.999, noon + 200]) {
        set(good)
        await verify(token)
      }
      set(noon + 89.999)
      await assert.rejects(verify(token), invalid('not_yet_valid'))
      set(noon + 310)
      await assert.rejects(verify(token), invalid('expired'))
    }
  })

  it('takes numbers only as leeway and maxAge [B-JWT-06]', () => {
    for (const wrong of ['10', -1, Number.NaN, Infinity, null, 10n, {}, new Date()]) {
      assert.throws(() => verifierOf({ leeway: wrong as number }), /leeway must be a number of seconds, 0 or more/)
      assert.throws(() => verifierOf({ maxAge: wrong as number }), /maxAge must be a number of seconds, 0 or more/)
    }
    assert.throws(() => verifierOf({ maxAge: undefined as never }), /maxAge must be a number/)
  })

  it('refuses a token before its nbf, or from the future by its iat', async () => {
    const { verify } = verifierOf()
    await verify(sign({ ...right, nbf: noon, iat: noon }))
    await assert.rejects(verify(sign({ ...right, nbf: noon + 1 })), invalid('not_yet_valid'))
    await assert.rejects(verify(sign({ ...right, iat: noon + 1 })), invalid('not_yet_valid'))
    await verifierOf({ leeway: 1 }).verify(sign({ ...right, iat: noon + 1 }))
  })

  it('refuses a token that is older than maxAge whatever its exp says, or does not tell', async () => {
    const { clock, set } = stoppedClock()
    const { verify } = verifierOf({ clock, maxAge: 60 })
    const token = sign(right)
    set(noon + 59.999)
    await verify(token)
    set(noon + 60)
    await assert.rejects(verify(token), invalid('expired'))
    await assert.rejects(verify(sign({ exp: noon + 300 })), invalid('claim', /lacks the claim iat/))
    set(noon)
    await verify(sign({ exp: noon + 300, iat: noon }))
  })

  it('wants the claims that are required, exp unless told otherwise [B-JWT-07 B-JWT-08]', async () => {
    await assert.rejects(verifierOf().verify(sign({ sub: 'x' })), invalid('claim', /lacks the claim exp/))
    const strict = verifierOf({ required: ['exp', 'jti', 'token_type'] })
    const whole = { ...right, token_type: 'access' }
    await strict.verify(sign(whole))
    for (const name of ['exp', 'jti', 'token_type'] as const) {
      const { [name]: _, ...without } = whole
      await assert.rejects(strict.verify(sign(without)), invalid('claim', new RegExp(`lacks the claim ${name}`)))
    }
    await assert.rejects(strict.verify(sign({ ...whole, token_type: null })), invalid('claim'))
    await assert.rejects(verifierOf({ required: ['toString'] }).verify(sign(right)), invalid('claim'))
    assert.deepEqual(await verifierOf({ required: [] }).verify(sign({ sub: 'x' })), { sub: 'x' })
    for (const wrong of ['exp', [1], [''], null]) {
      assert.throws(() => verifierOf({ required: wrong as never }), /required must be a list/)
    }
  })

  it('wants exp, nbf and iat to be finite numbers, and the other registered claims of their type', async () => {
    const { verify } = verifierOf()
    for (const name of ['exp', 'nbf', 'iat']) {
      for (const wrong of [String(noon + 300), null, true, [noon], {}]) {
        await assert.rejects(verify(sign({ ...right, [name]: wrong })), invalid('claim', new RegExp(name)))
      }
      const huge = Buffer.from(JSON.stringify({ ...right, [name]: 0 }).replace(`"${name}":0`, `"${name}":1e999`))
      await assert.rejects(verify(sign(huge)), invalid('claim', new RegExp(name)))
    }
    for (const name of ['iss', 'sub', 'jti']) {
      for (const wrong of [1, null, true, [], {}]) {
        await assert.rejects(verify(sign({ ...right, [name]: wrong })), invalid('claim', new RegExp(name)))
      }
    }
    for (const wrong of [1, null, {}, [1], ['api', null], [['api']]]) {
      await assert.rejects(verify(sign({ ...right, aud: wrong })), invalid('claim', /aud/))
    }
    await verify(sign({ ...right, exp: noon + 0.5 }))
  })

  it('wants the issuer and an audience that are configured, and checks none that is not [B-JWT-09 AK15]', async () => {
    const strict = verifierOf({ issuer: right.iss, audience: ['api', 'other'] })
    const { iss, aud, ...neither } = right
    for (const good of ['api', 'other', ['x', 'other'], ['api']]) await strict.verify(sign({ ...right, aud: good }))
    for (const bad of ['x', '', [], ['x'], 'API', 'api ', ['toString']]) {
      await assert.rejects(strict.verify(sign({ ...right, aud: bad })), invalid('audience'))
    }
    for (const bad of ['', 'https://issuer.test/', 'HTTPS://issuer.test', 'https://issuer.test\0']) {
      await assert.rejects(strict.verify(sign({ ...right, iss: bad })), invalid('issuer'))
    }
    await assert.rejects(strict.verify(sign({ ...neither, iss })), invalid('audience'))
    await assert.rejects(strict.verify(sign({ ...neither, aud })), invalid('issuer'))
    await verifierOf().verify(sign(neither))
    await verifierOf().verify(sign({ ...right, iss: 'anyone', aud: 'anything' }))
  })

  it('says expired only of tokens that were for us', async () => {
    const strict = verifierOf({ issuer: right.iss, audience: 'api' })
    await assert.rejects(strict.verify(sign({ ...right, iss: 'x', exp: noon })), invalid('issuer'))
    await assert.rejects(strict.verify(sign({ ...right, aud: 'x', exp: noon })), invalid('audience'))
    await assert.rejects(strict.verify(sign({ ...right, exp: noon })), invalid('expired'))
  })

  it('refuses settings that got lost, so that none switches a check off', () => {
    for (const issuer of [undefined, '', null, 1, ['x']]) {
      assert.throws(() => verifierOf({ issuer: issuer as string }), /issuer must be a text/)
    }
    for (const audience of [undefined, '', null, [], [''], [undefined], 1]) {
      assert.throws(() => verifierOf({ audience: audience as string }), /audience must be a text or a list of texts/)
    }
    for (const typ of [undefined, null, [], 'at+jwt', [1]]) {
      assert.throws(() => verifierOf({ typ: typ as unknown as string[] }), /typ must be a list of texts/)
    }
    for (const keys of [undefined, [hs]])
      assert.throws(() => verifierOf({ keys: keys as never }), /keys must be a function/)
    for (const max of [0, 1, -5, 2.5, Number.NaN, '10']) {
      assert.throws(() => verifierOf({ cache: { max: max as number } }), /cache\.max/)
    }
  })

  it('wants the types that are configured, in any case and with or without application/ (RFC 7515, section 4.1.9)', async () => {
    const { verify } = verifierOf({ typ: ['at+jwt', 'application/X-Own'] })
    for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt', 'x-own', 'APPLICATION/x-own']) {
      await verify(sign(right, { typ }))
    }
    for (const typ of ['JWT', '', 'at+jwt ', 'application/', 'application/at+jwt/', 'text/at+jwt', 'logout+jwt']) {
      await assert.rejects(verify(sign(right, { typ })), invalid('type'))
    }
    await assert.rejects(verify(sign(right)), invalid('type'))
    await verifierOf().verify(sign(right, { typ: 'anything' }))
  })

  it('never says anything of the token in a message', async () => {
    const { verify } = verifierOf({ issuer: 'us' })
    for (const token of [sign({ ...right, iss: 'S3cret' }), 'S3cret', sign({ ...right, sub: 5, S3cret: 1 })]) {
      await assert.rejects(verify(token), (error: Error) => !error.message.includes('S3cret'))
    }
  })

  it('accepts tokens of an old key during a rotation, and refuses them once it is retired [B-JWT-17]', async () => {
    const old: JwsKey = { ...hs, kid: 'old' }
    const fresh: JwsKey = { alg: 'HS256', kid: 'new', key: createSecretKey(randomBytes(32)) }
    let keys = keysFrom([fresh, old])
    const { verify, forgetKey } = verifierOf({ keys: (header) => keys(header) })
    const [oldToken, newToken] = [sign(right, {}, old), sign(right, {}, fresh)]
    await verify(oldToken)
    await verify(newToken)
    keys = keysFrom([fresh])
    forgetKey('old')
    await assert.rejects(verify(oldToken), invalid('key'))
    await verify(newToken)
  })
})

describe('peekJwt', () => {
  it('reads a token whoever made it, valid or not [B-JWT-13]', () => {
    const stranger: JwsKey = { alg: 'HS256', kid: 'x', key: createSecretKey(randomBytes(32)) }
    const token = signJws(stranger, { typ: 'at+jwt' }, { iss: 'https://issuer.test', exp: 1 })
    assert.deepEqual(peekJwt(token), {
      header: { alg: 'HS256', kid: 'x', typ: 'at+jwt' },
      payload: { iss: 'https://issuer.test', exp: 1 },
    })
  })

  it('gives null for what is no JWT', () => {
    for (const token of [
      '',
      'a.b.c',
      'dw_live_123',
      'x'.repeat(100_000),
      sign(Buffer.from('[]')),
      sign(Buffer.from('x')),
    ]) {
      assert.equal(peekJwt(token), null)
    }
  })
})
