import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { JwsKey } from './jws.ts'
import { keysFrom } from './jwt.ts'

describe('keysFrom', () => {
  const key = (alg: 'HS256' | 'HS512', kid?: string): JwsKey => {
    const made = createSecretKey(randomBytes(64))
    return kid === undefined ? { alg, key: made } : { alg, kid, key: made }
  }

  it('finds by alg and kid together', async () => {
    const [one, two, three] = [key('HS256', 'a'), key('HS512', 'a'), key('HS256', 'b')]
    const find = keysFrom([one, two, three])
    assert.equal(await find({ alg: 'HS256', kid: 'a' }), one)
    assert.equal(await find({ alg: 'HS512', kid: 'a' }), two)
    assert.equal(await find({ alg: 'HS256', kid: 'b' }), three)
    for (const header of [
      { alg: 'HS512', kid: 'b' },
      { alg: 'HS384', kid: 'a' },
      { alg: 'HS256', kid: '' },
      { alg: 'HS256', kid: 'A' },
      { alg: 'HS256 a' },
      { alg: 'none', kid: 'a' },
    ]) {
      assert.equal(await find(header), null)
    }
  })

  it('gives a token without kid the only key there is for its alg, and does not guess among several', async () => {
    const [one, two, three] = [key('HS256', 'a'), key('HS512', 'a'), key('HS256', 'b')]
    assert.equal(await keysFrom([one, two])({ alg: 'HS256' }), one)
    assert.equal(await keysFrom([one, two, three])({ alg: 'HS256' }), null)
    assert.equal(await keysFrom([])({ alg: 'HS256' }), null)
  })

  it('lets a key without kid serve every token that no other key is named for', async () => {
    const [named, nameless] = [key('HS256', 'a'), key('HS256')]
    const find = keysFrom([named, nameless])
    assert.equal(await find({ alg: 'HS256', kid: 'a' }), named)
    assert.equal(await find({ alg: 'HS256', kid: 'other' }), nameless)
    assert.equal(await find({ alg: 'HS256' }), nameless)
  })

  it('refuses keys that nothing tells apart, and those that do not fit [B-JWT-01]', () => {
    assert.throws(() => keysFrom([key('HS256', 'a'), key('HS256', 'a')]), /the same kid/)
    assert.throws(() => keysFrom([key('HS256'), key('HS256')]), /the same kid, or none/)
    assert.throws(
      () => keysFrom([{ alg: 'none' as never, key: createSecretKey(randomBytes(32)) }]),
      /alg must be one of/,
    )
    assert.throws(() => keysFrom([{ alg: 'RS256', key: createSecretKey(randomBytes(32)) }]), /must be an RSA key/)
  })
})
