import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AuthError } from '../core/errors.ts'
import { signJws } from '../crypto/jws.ts'
import { createSealer } from '../crypto/seal.ts'
import { onEachDatabase } from './databases.contract.ts'
import { keptSecret } from './kept-secret.ts'
import { createKeyring, type KeyringOptions } from './keyring.ts'

const secret = 'a secret for tests with 32 characters or more'
const sealer = createSealer({ secret })
const by = { actor: 'user:admin' }
const few: Pick<KeyringOptions, 'others'> = { others: ['RS256', 'ES256'] }

onEachDatabase('createKeyring', (stage) => {
  it('signs with each algorithm, and publishes each key once with kid, use and alg [MD05 ID02 B-OID-06]', async (test) => {
    const { database, clock } = await stage()
    const ring = await createKeyring({ database, sealer, clock, ...few })
    test.after(ring.close)
    assert.deepEqual(ring.algorithms, ['EdDSA', 'RS256', 'ES256'])
    assert.deepEqual(
      ring.jwks().keys.map(({ alg }) => alg),
      ['EdDSA'],
    )
    await ring.prepare()
    const { keys } = ring.jwks()
    assert.deepEqual(new Set(keys.map(({ alg }) => alg)), new Set(ring.algorithms))
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, 3)
    for (const jwk of keys) {
      assert.equal(jwk.use, 'sig')
      for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(name in jwk), name)
    }
    for (const algorithm of ring.algorithms) {
      const key = await ring.signing(algorithm)
      assert.equal(key.alg, algorithm)
      assert.equal((await ring.find({ alg: algorithm, kid: key.kid ?? '' }))?.alg, algorithm)
    }
    await assert.rejects(ring.signing('PS256'), TypeError)
  })

  it('makes one key an algorithm when several nodes need it for the first time at once', async (test) => {
    const { database, second, clock } = await stage()
    const rings = await Promise.all(
      [database, second].map((one) => createKeyring({ database: one, sealer, clock, ...few })),
    )
    test.after(async () => Promise.all(rings.map((ring) => ring.close())))
    const keys = await Promise.all([...rings, ...rings].map((ring) => ring.signing('RS256')))
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, 1)
    const rows = await database.read.selectFrom('signing_keys').select('alg').orderBy('alg').execute()
    assert.deepEqual(rows, [{ alg: 'EdDSA' }, { alg: 'RS256' }])
  })

  it('finds and publishes a key that another node has made since', async (test) => {
    const { database, second, clock } = await stage()
    const ring = await createKeyring({ database, sealer, clock, ...few })
    const other = await createKeyring({ database: second, sealer, clock, ...few })
    test.after(async () => Promise.all([ring.close(), other.close()]))
    const { kid = '' } = await other.signing('ES256')
    assert.equal((await ring.find({ alg: 'ES256', kid }))?.kid, kid)
    assert.deepEqual(new Set(ring.jwks().keys.map(({ alg }) => alg)), new Set(['EdDSA', 'ES256']))
  })

  it('rotates all algorithms that have keys: published, then signing, with the old ones verifying [MD06]', async (test) => {
    const { database, clock, time } = await stage()
    const ring = await createKeyring({ database, sealer, clock, ...few, announce: 600, tokenLifetime: 3600 })
    test.after(ring.close)
    const before = { eddsa: ring.current(), rsa: await ring.signing('RS256') }
    const records = await ring.rotate({ by })
    assert.deepEqual(
      records.map(({ alg, state }) => [alg, state]),
      [
        ['EdDSA', 'next'],
        ['RS256', 'next'],
      ],
    )
    assert.equal(ring.jwks().keys.length, 4)
    assert.equal((await ring.signing('RS256')).kid, before.rsa.kid)

    time.now += 600_000
    assert.equal((await ring.signing('RS256')).kid, records[1]?.kid)
    assert.equal(ring.current().kid, records[0]?.kid)
    assert.equal((await ring.find({ alg: 'RS256', kid: before.rsa.kid ?? '' }))?.kid, before.rsa.kid)

    // Longer than anything that they signed: one ring ends the keys of the other algorithm as it does its own.
    time.now += 3_600_000 + 61_000
    assert.equal(ring.jwks().keys.length, 2)
    assert.equal(await ring.find({ alg: 'RS256', kid: before.rsa.kid ?? '' }), null)
    assert.ok(signJws(await ring.signing('RS256'), {}, {}).length > 0)
  })

  it('does not end a key that signs, whatever its algorithm, and ends one that does not', async (test) => {
    const { database, clock } = await stage()
    const ring = await createKeyring({ database, sealer, clock, ...few })
    test.after(ring.close)
    const { kid = '' } = await ring.signing('RS256')
    await assert.rejects(ring.retire(kid, { by }), (error) => error instanceof AuthError && error.code === 'conflict')
    await ring.rotate({ by, now: true })
    await ring.retire(kid, { by })
    assert.equal(await ring.find({ alg: 'RS256', kid }), null)
    assert.ok(!ring.jwks().keys.some((jwk) => jwk.kid === kid))
    await assert.rejects(
      ring.retire('none', { by }),
      (error) => error instanceof AuthError && error.code === 'not_found',
    )
  })

  it('waits for keys that are being made when it is closed', async () => {
    const { database, clock } = await stage()
    const ring = await createKeyring({ database, sealer, clock, ...few })
    const made = ring.signing('RS256')
    await ring.close()
    assert.equal((await made).alg, 'RS256')
    await assert.rejects(ring.signing('ES256'), TypeError)
  })
})

onEachDatabase('keptSecret', (stage) => {
  it('is the same for all nodes and at each start', async () => {
    const { database, second } = await stage()
    const values = await Promise.all(
      [database, second, database, second].map((one) => keptSecret({ database: one, sealer, name: 'thing' })),
    )
    assert.equal(new Set(values.map((value) => Buffer.from(value).toString('hex'))).size, 1)
    assert.equal(values[0]?.byteLength, 32)
    assert.notDeepEqual(await keptSecret({ database, sealer, name: 'another thing' }), values[0])
  })

  it('outlives a change of the secret of the server, and the previous one may then be forgotten', async () => {
    const { database } = await stage()
    const value = await keptSecret({ database, sealer, name: 'thing' })
    const next = 'another secret for tests with 32 characters or more'
    const both = createSealer({ secret: next, previousSecrets: [secret] })
    await assert.rejects(keptSecret({ database, sealer: createSealer({ secret: next }), name: 'thing' }), /previous/)
    assert.deepEqual(await keptSecret({ database, sealer: both, name: 'thing' }), value)
    assert.deepEqual(await keptSecret({ database, sealer: createSealer({ secret: next }), name: 'thing' }), value)
    const row = await database.read.selectFrom('kept_secrets').selectAll().executeTakeFirstOrThrow()
    assert.equal(Buffer.from(row.value).includes(Buffer.from(value)), false)
  })
})
