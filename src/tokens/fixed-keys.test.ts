import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { signJws } from '../crypto/jws.ts'
import { createJwtVerifier } from '../crypto/jwt.ts'
import { createFixedKeys } from './fixed-keys.ts'

const secret = 'a secret of a Django application, long enough'
const claims = { exp: 4_000_000_000, user_id: '7' }

describe('createFixedKeys', () => {
  it('signs and verifies with a shared secret, tokens without a kid included, and publishes nothing of it [MD05]', async () => {
    const keys = createFixedKeys({ signing: { alg: 'HS256', key: secret } })
    const verifier = createJwtVerifier({ keys: keys.find })
    const ours = await verifier.verify(signJws(keys.current(), {}, claims))
    assert.equal(ours['user_id'], '7')
    assert.deepEqual(keys.jwks(), { keys: [] })
  })

  it('signs with one key pair and goes on verifying with the one before', async () => {
    const before = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const now = generateKeyPairSync('ed25519')
    const old = createFixedKeys({ signing: { alg: 'ES256', key: before.privateKey } })
    const keys = createFixedKeys({
      signing: { alg: 'EdDSA', key: now.privateKey },
      verifying: [{ alg: 'ES256', key: before.publicKey }],
    })
    const verifier = createJwtVerifier({ keys: keys.find })
    for (const key of [old.current(), keys.current()]) await verifier.verify(signJws(key, {}, claims))
    const published = keys.jwks().keys
    assert.deepEqual(
      published.map(({ alg, use, kid }) => [alg, use, typeof kid]),
      [
        ['EdDSA', 'sig', 'string'],
        ['ES256', 'sig', 'string'],
      ],
    )
    for (const jwk of published) assert.ok(!['d', 'k', 'p', 'q'].some((name) => name in jwk))
  })

  it('does not start with a key that cannot sign, or that does not fit its algorithm', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    assert.throws(() => createFixedKeys({ signing: { alg: 'EdDSA', key: publicKey } }), /private key or a secret/)
    assert.throws(() => createFixedKeys({ signing: { alg: 'RS256', key: privateKey } }), TypeError)
    assert.throws(() => createFixedKeys({ signing: { alg: 'HS256', key: 'short' } }), TypeError)
  })
})
