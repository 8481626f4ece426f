import assert from 'node:assert/strict'
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { calculateJwkThumbprint, importJWK, jwtVerify, type JWK } from 'jose'
import type { Jwk, SigningAlgorithm } from './jwk.ts'
import { exportPublicJwk, generateSigningKey, importKey, importPublicJwk, thumbprint } from './jwk.ts'
import type { JwsAlgorithm, JwsKey } from './jws.ts'
import { parseJws, signJws, verifyJws } from './jws.ts'

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
const asJwk = (key: { export: (options: { format: 'jwk' }) => object }) => key.export({ format: 'jwk' }) as Jwk

function serves(signing: JwsKey, verifying: JwsKey): boolean {
  const jws = parseJws(signJws(signing, {}, { sub: 'x' }))
  return jws !== null && verifyJws(jws, verifying)
}

describe('generateSigningKey', () => {
  it('makes a pair for each algorithm that jose verifies by the published JWK', async () => {
    for (const alg of ['EdDSA', 'ES256', 'ES384', 'ES512', 'RS256', 'PS384'] as const) {
      const { kid, privateKey, publicKey, publicJwk } = await generateSigningKey(alg)
      assert.deepEqual([publicJwk.kid, publicJwk.alg, publicJwk.use], [kid, alg, 'sig'])
      assert.equal(kid, await calculateJwkThumbprint(publicJwk as JWK))
      const token = signJws({ alg, kid, key: privateKey }, { typ: 'JWT' }, { sub: 'x' })
      const { payload, protectedHeader } = await jwtVerify(token, await importJWK(publicJwk as JWK, alg), {
        algorithms: [alg],
      })
      assert.deepEqual(payload, { sub: 'x' })
      assert.equal(protectedHeader.kid, kid)
      assert.equal(serves({ alg, key: privateKey }, { alg, key: publicKey }), true)
    }
  })

  it('publishes nothing private [MD05]', async () => {
    for (const alg of ['EdDSA', 'ES256', 'RS256'] as const) {
      const { publicJwk } = await generateSigningKey(alg)
      for (const name of privateMembers) assert.equal(name in publicJwk, false, `${alg} ${name}`)
    }
  })

  it('makes RSA keys of 2048 bits or as many as asked for, from 2048 to 8192', async () => {
    assert.equal((await generateSigningKey('RS256')).publicKey.asymmetricKeyDetails?.modulusLength, 2048)
    const larger = await generateSigningKey('RS256', { modulusLength: 2304 })
    assert.equal(larger.publicKey.asymmetricKeyDetails?.modulusLength, 2304)
    for (const modulusLength of [1024, 2047, 8193, Number.NaN]) {
      await assert.rejects(generateSigningKey('RS256', { modulusLength }), /modulusLength must be from 2048/)
    }
  })

  it('refuses algorithms without a key pair [B-JWT-01]', async () => {
    for (const alg of ['HS256', 'none', 'ES256K', 'constructor']) {
      await assert.rejects(generateSigningKey(alg as SigningAlgorithm), /alg must be an algorithm with a key pair/)
    }
  })
})

describe('thumbprint', () => {
  it('is that of RFC 7638, section 3.1, and RFC 8037, appendix A.3', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst' +
      'n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajr' +
      'n1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    const example = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }
    assert.equal(thumbprint(example), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
    const okp = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
    assert.equal(thumbprint(okp), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })

  it('is the one that jose gives', async () => {
    for (const key of [rsa.publicKey, ec.publicKey, ed.publicKey, rsa.privateKey, createSecretKey(randomBytes(32))]) {
      assert.equal(thumbprint(asJwk(key)), await calculateJwkThumbprint(asJwk(key) as JWK))
    }
  })

  it('is not there for half a key', () => {
    for (const jwk of [
      {},
      { kty: 'RSA', e: 'AQAB' },
      { kty: 'constructor' },
      { kty: 'EC', crv: 'P-256', x: 'AA', y: 1 },
    ]) {
      assert.throws(() => thumbprint(jwk), /Only a whole JWK/)
    }
  })
})

describe('exportPublicJwk', () => {
  it('shows the public half only, of a private key too [MD05]', () => {
    const jwk = exportPublicJwk(rsa.privateKey, 'RS256')
    assert.deepEqual(Object.keys(jwk).toSorted(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
    assert.deepEqual(jwk, exportPublicJwk(rsa.publicKey, 'RS256'))
    assert.throws(() => exportPublicJwk(createSecretKey(randomBytes(32)), 'RS256'), /no public half/)
  })
})

describe('importPublicJwk', () => {
  it('takes the algorithm from alg, or from the curve where it allows one only', () => {
    assert.equal(importPublicJwk({ ...asJwk(rsa.publicKey), alg: 'PS256' }).alg, 'PS256')
    assert.equal(importPublicJwk(asJwk(ec.publicKey)).alg, 'ES256')
    assert.equal(importPublicJwk(asJwk(ed.publicKey)).alg, 'EdDSA')
    assert.equal(importPublicJwk(asJwk(rsa.publicKey), 'RS256').alg, 'RS256')
    assert.throws(() => importPublicJwk(asJwk(rsa.publicKey)), /The alg of a JWK of type RSA must be/)
  })

  it('keeps the kid, and verifies with it', () => {
    const key = importPublicJwk({ ...asJwk(ec.publicKey), kid: 'one', use: 'sig', key_ops: ['verify'] })
    assert.equal(key.kid, 'one')
    assert.equal(importPublicJwk(asJwk(ec.publicKey)).kid, undefined)
    assert.equal(serves({ alg: 'ES256', key: ec.privateKey }, key), true)
  })

  it('refuses a key that is private, and does not show it', () => {
    for (const key of [rsa.privateKey, ec.privateKey, ed.privateKey]) {
      const jwk: Jwk = { ...asJwk(key), alg: 'RS256' }
      assert.throws(
        () => importPublicJwk(jwk),
        (error: Error) => {
          assert.match(error.message, /A public JWK may not hold d.*replace it/)
          return !error.message.includes(String(jwk['d']))
        },
      )
    }
    assert.throws(() => importPublicJwk({ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }), /may not hold k/)
  })

  it('refuses a key for another use, another algorithm, or none that is known', () => {
    const jwk = asJwk(ec.publicKey)
    assert.throws(() => importPublicJwk({ ...jwk, use: 'enc' }), /its use must be sig/)
    for (const operations of [['sign'], [], 'verify']) {
      assert.throws(() => importPublicJwk({ ...jwk, key_ops: operations as string[] }), /its key_ops must hold verify/)
    }
    assert.throws(() => importPublicJwk({ ...jwk, alg: 'ES256' }, 'EdDSA'), /not for EdDSA/)
    for (const alg of ['HS256', 'none', 'ES256K', 'constructor', '', 1, null]) {
      assert.throws(() => importPublicJwk({ ...jwk, alg: alg as string }), TypeError, String(alg))
    }
    for (const alg of ['ES384', 'RS256', 'EdDSA']) assert.throws(() => importPublicJwk({ ...jwk, alg }), /must be an/)
    assert.throws(() => importPublicJwk({ ...jwk, kid: 5 as never }), /kid of a key must be a text/)
  })

  it('refuses a key that is broken or weak', () => {
    const jwk = asJwk(ec.publicKey)
    const weak = asJwk(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)
    assert.throws(() => importPublicJwk({ ...weak, alg: 'RS256' }), /2048 to 8192 bits/)
    for (const broken of [
      {},
      { kty: 'EC', crv: 'P-256' },
      { ...jwk, y: jwk['x'] },
      { ...jwk, x: 5 },
      { ...jwk, kty: 'RSA' },
    ]) {
      assert.throws(() => importPublicJwk({ ...(broken as Jwk), alg: 'ES256' }), /The JWK cannot be read/)
    }
  })
})

describe('importKey', () => {
  it('reads PEM and JWK, private and public, and key objects', () => {
    const cases = [
      ['RS256', rsa],
      ['ES256', ec],
      ['EdDSA', ed],
    ] as const
    for (const [alg, { privateKey, publicKey }] of cases) {
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
      const publicPem = publicKey.export({ type: 'spki', format: 'pem' })
      for (const signing of [pem, Buffer.from(pem), asJwk(privateKey), privateKey]) {
        for (const verifying of [publicPem, Buffer.from(publicPem), asJwk(publicKey), publicKey]) {
          assert.equal(serves(importKey({ alg, key: signing }), importKey({ alg, key: verifying })), true)
        }
      }
    }
    const pkcs1 = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' })
    assert.equal(importKey({ alg: 'PS256', key: pkcs1 }).key.type, 'private')
  })

  it('reads a secret as text, bytes, JWK or key object', () => {
    const secret = 'a secret of exactly 32 bytes.....'.slice(0, 32)
    const k = Buffer.from(secret).toString('base64url')
    const keys = [secret, Buffer.from(secret), { kty: 'oct', k }, createSecretKey(Buffer.from(secret))]
    for (const one of keys) {
      for (const other of keys) {
        assert.equal(serves(importKey({ alg: 'HS256', key: one }), importKey({ alg: 'HS256', key: other })), true)
      }
    }
    assert.throws(() => importKey({ alg: 'HS256', key: { kty: 'oct', k: `${k}=` } }), /as k in base64url/)
    assert.throws(() => importKey({ alg: 'HS256', key: asJwk(ec.publicKey) }), /must be of type oct/)
  })

  it('refuses a secret that is too short, and says how long it has to be [RFC 7518, section 3.2]', () => {
    for (const [alg, size] of [
      ['HS256', 32],
      ['HS384', 48],
      ['HS512', 64],
    ] as const) {
      const short = 's'.repeat(size - 1)
      assert.throws(
        () => importKey({ alg, key: short }),
        (error: Error) => {
          assert.match(error.message, new RegExp(`${alg} must be a secret of at least ${size} random bytes`))
          return !error.message.includes(short)
        },
      )
      importKey({ alg, key: 's'.repeat(size) })
    }
    assert.throws(() => importKey({ alg: 'HS256', key: '' }), /at least 32 random bytes/)
  })

  it('takes no key pair for a secret, and no secret for a key pair [B-JWT-03]', () => {
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' })
    assert.throws(() => importKey({ alg: 'HS256', key: pem }), /looks like a PEM key/)
    assert.throws(() => importKey({ alg: 'HS256', key: Buffer.from(pem) }), /looks like a PEM key/)
    assert.throws(() => importKey({ alg: 'HS256', key: rsa.publicKey }), /must be a secret key/)
    for (const alg of ['RS256', 'ES256', 'EdDSA'] as const) {
      assert.throws(() => importKey({ alg, key: 'a secret that is no PEM, long enough' }), /It must be PEM/)
      assert.throws(() => importKey({ alg, key: createSecretKey(randomBytes(32)) }), /must be an/)
    }
  })

  it('refuses an algorithm that is not known, and a key for another one [B-JWT-01]', () => {
    for (const alg of ['none', 'HS1', 'constructor', '']) {
      assert.throws(() => importKey({ alg: alg as JwsAlgorithm, key: 'x'.repeat(64) }), /alg must be the name of/)
    }
    assert.throws(() => importKey({ alg: 'RS256', key: asJwk(ec.publicKey) }), /must be an RSA key/)
    assert.throws(() => importKey({ alg: 'PS256', key: { ...asJwk(rsa.publicKey), alg: 'RS256' } }), /not for PS256/)
  })

  it('names the key as told, else as its JWK does', () => {
    const jwk = { ...asJwk(ec.publicKey), kid: 'own' }
    assert.equal(importKey({ alg: 'ES256', key: jwk }).kid, 'own')
    assert.equal(importKey({ alg: 'ES256', key: jwk, kid: 'told' }).kid, 'told')
    assert.equal('kid' in importKey({ alg: 'ES256', key: ec.publicKey }), false)
  })
})
