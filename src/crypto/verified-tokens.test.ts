import assert from 'node:assert/strict'
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { JwsKey } from './jws.ts'
import { signJws } from './jws.ts'
import type { JwtVerifierOptions } from './jwt.ts'
import { createJwtVerifier, JwtInvalid, keysFrom } from './jwt.ts'

const hs: JwsKey = { alg: 'HS256', kid: 'hs', key: createSecretKey(randomBytes(32)) }
const ed: JwsKey = { alg: 'EdDSA', kid: 'ed', key: generateKeyPairSync('ed25519').privateKey }

const noon = 1_800_000_000
const right = { sub: 'u1', iat: noon, exp: noon + 300, jti: 'j1' }
const sign = (claims: object, key = hs) => signJws(key, {}, claims)

/** A verifier whose clock stands still until it is set, and which counts how often it looks for a key. */
function counting(options: Partial<JwtVerifierOptions> = {}) {
  let now = noon
  let searches = 0
  const find = keysFrom([hs, ed])
  const verifier = createJwtVerifier({
    keys: (header) => {
      searches += 1
      return find(header)
    },
    clock: () => now * 1000,
    ...options,
  })
  return { ...verifier, searches: () => searches, set: (seconds: number) => void (now = seconds) }
}

function invalid(reason: JwtInvalid['reason']) {
  return (error: unknown) => error instanceof JwtInvalid && error.reason === reason
}

describe('the memory of createJwtVerifier', () => {
  it('verifies a token once', async () => {
    const { verify, remembered, searches } = counting()
    const token = sign(right)
    assert.equal(remembered(token), null)
    const first = await verify(token)
    assert.equal(await verify(token), first)
    assert.equal(remembered(token), first)
    assert.equal(searches(), 1)
  })

  it('verifies each time when it is switched off', async () => {
    const { verify, remembered, searches, forget, forgetKey } = counting({ cache: false })
    await verify(sign(right))
    await verify(sign(right))
    assert.equal(searches(), 2)
    assert.equal(remembered(sign(right)), null)
    forget()
    forgetKey('hs')
  })

  it('knows a token by all of it: with another signature it is another token', async () => {
    const { verify } = counting()
    const token = sign(right)
    await verify(token)
    const [header, payload, signature = ''] = token.split('.')
    const changed = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    await assert.rejects(verify(`${header}.${payload}.${changed}`), invalid('signature'))
  })

  it('does not remember what is no good', async () => {
    const { verify, searches, set } = counting()
    const early = sign({ ...right, nbf: noon + 10 })
    await assert.rejects(verify(early), invalid('not_yet_valid'))
    set(noon + 10)
    await verify(early)
    assert.equal(searches(), 2)
  })

  it('gives claims that no handler can change for the next one', async () => {
    const { verify } = counting()
    const token = sign({ ...right, roles: ['reader'], act: { sub: 'x' } })
    for (const claims of [await verify(token), await verify(token)]) {
      assert.throws(() => Object.assign(claims, { sub: 'admin' }), TypeError)
      assert.throws(() => (claims['roles'] as string[]).push('admin'), TypeError)
      assert.throws(() => Object.assign(claims['act'] as object, { sub: 'admin' }), TypeError)
    }
  })

  it('holds no more tokens than it may, and keeps those in use', async () => {
    const { verify, remembered } = counting({ cache: { max: 20 } })
    const used = sign({ ...right, jti: 'used' })
    const tokens = Array.from({ length: 200 }, (_, number) => sign({ ...right, jti: String(number) }))
    await verify(used)
    for (const token of tokens) {
      await verify(token)
      assert.notEqual(remembered(used), null)
    }
    const held = tokens.filter((token) => remembered(token) !== null)
    assert.ok(held.length >= 9 && held.length <= 20, String(held.length))
    assert.ok(held.includes(tokens.at(-1) as string))
  })

  it('forgets all tokens when told to', async () => {
    const { verify, forget, remembered } = counting()
    await verify(sign(right))
    forget()
    assert.equal(remembered(sign(right)), null)
  })

  it('forgets the tokens of one key, also of those that do not name it', async () => {
    const { verify, forgetKey, remembered } = counting()
    const unnamed = signJws({ alg: 'HS256', key: hs.key }, {}, right)
    const tokens = [sign(right, hs), unnamed, sign(right, ed)]
    for (const token of tokens) await verify(token)
    forgetKey('hs')
    assert.deepEqual(
      tokens.map((token) => remembered(token) !== null),
      [false, false, true],
    )
  })

  it('does not remember a token that was being verified while it was told to forget', async () => {
    for (const forgetting of ['forget', 'forgetKey'] as const) {
      let found: (key: JwsKey) => void = () => {}
      const verifier = counting({ keys: () => new Promise((resolve) => void (found = resolve)) })
      const verifying = verifier.verify(sign(right))
      verifier[forgetting]('hs')
      found(hs)
      await verifying
      assert.equal(verifier.remembered(sign(right)), null)
    }
  })

  it('verifies a token that arrives many times at once, each time right', async () => {
    const { verify } = counting()
    const token = sign(right, ed)
    const all = await Promise.all(Array.from({ length: 50 }, () => verify(token)))
    for (const claims of all) assert.deepEqual(claims, right)
  })
})
