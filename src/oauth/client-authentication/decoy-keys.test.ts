import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { generateSigningKey } from '../../crypto/jwk.ts'
import { parseJws, signJws, verifyJws } from '../../crypto/jws.ts'
import { clientAlgorithms } from '../client-values.ts'
import { decoyKey } from './decoy-keys.ts'

describe('decoyKey', () => {
  it('has a key for every algorithm that clients sign with, which does the work and verifies nothing', async () => {
    for (const alg of clientAlgorithms) {
      const key = decoyKey(alg)
      assert.equal(key?.alg, alg)
      assert.equal(decoyKey(alg), key, 'made once')
      const { privateKey } = await generateSigningKey(alg)
      const jws = parseJws(signJws({ alg, key: privateKey }, {}, { sub: 'x' }))
      assert.ok(jws !== null && key !== null)
      assert.equal(verifyJws(jws, key), false)
    }
  })

  it('has none for what is no signature: nothing is verified then, whoever it is', () => {
    for (const alg of ['none', 'HS256', '', 'RS1', 'constructor']) assert.equal(decoyKey(alg), null)
  })
})
