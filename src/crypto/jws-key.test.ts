import assert from 'node:assert/strict'
import type { KeyObject } from 'node:crypto'
import { createPublicKey, createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { JwsAlgorithm } from './jws-key.ts'
import { checkJwsKey, isJwsAlgorithm } from './jws-key.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const secret = createSecretKey(randomBytes(64))

describe('checkJwsKey', () => {
  it('throws for keys that do not fit their algorithm or are too weak, saying what would (RFC 7518, sections 3.2 to 3.5)', () => {
    const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
    // n of the 2048-bit key with e = 1: every number is its own signature.
    const trivial = createPublicKey({ key: { ...rsa.publicKey.export({ format: 'jwk' }), e: 'AQ' }, format: 'jwk' })
    const misfits: readonly [JwsAlgorithm, KeyObject, RegExp][] = [
      ['HS256', createSecretKey(randomBytes(31)), /HS256 must be a secret of at least 32 random bytes/],
      ['HS384', createSecretKey(randomBytes(47)), /at least 48/],
      ['HS512', createSecretKey(randomBytes(63)), /at least 64/],
      ['RS256', weakRsa, /RSA key of 2048 to 8192 bits/],
      ['PS256', weakRsa, /RSA key of 2048 to 8192 bits/],
      ['RS256', trivial, /public exponent is 3 or more/],
      ['RS256', secret, /must be an RSA key/],
      ['RS256', p256.publicKey, /must be an RSA key/],
      ['ES256', p384.publicKey, /EC key on the curve/],
      ['ES384', p256.publicKey, /EC key on the curve/],
      ['ES256', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey, /EC key on the curve/],
      ['EdDSA', generateKeyPairSync('ed448').publicKey, /Ed25519/],
      ['EdDSA', generateKeyPairSync('x25519').publicKey, /Ed25519/],
      ['EdDSA', secret, /Ed25519/],
    ]
    for (const [alg, key, message] of misfits) {
      assert.throws(() => checkJwsKey({ alg, key }), { name: 'TypeError', message }, alg)
    }
  })

  it('throws for an algorithm that is not known [B-JWT-01]', () => {
    for (const alg of ['none', 'HS128', 'constructor', 'toString', '']) {
      assert.throws(() => checkJwsKey({ alg: alg as JwsAlgorithm, key: secret }), /alg must be one of HS256/)
    }
  })

  it('says nothing about keys that fit', () => {
    checkJwsKey({ alg: 'HS512', key: secret })
    for (const key of [rsa.publicKey, rsa.privateKey]) checkJwsKey({ alg: 'PS512', key })
    for (const key of [p256.publicKey, p256.privateKey]) checkJwsKey({ alg: 'ES256', key })
  })
})

describe('isJwsAlgorithm', () => {
  it('knows the thirteen names, letter for letter', () => {
    for (const name of ['HS256', 'RS384', 'PS512', 'ES256', 'EdDSA']) assert.equal(isJwsAlgorithm(name), true)
    for (const name of ['none', 'hs256', 'HS256 ', 'constructor', '__proto__', ''])
      assert.equal(isJwsAlgorithm(name), false)
  })
})
