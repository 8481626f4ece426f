import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { generateSigningKey, type Jwk } from '../crypto/jwk.ts'
import { createSafeFetch, type FetchRefused } from '../http/safe-fetch.ts'
import { type ClientKeysOptions, createClientKeys } from './client-keys.ts'

const one = await generateSigningKey('ES256')
const two = await generateSigningKey('EdDSA')
const rsa = await generateSigningKey('RS256')
const jwksUri = 'https://client.example/jwks.json'

describe('createClientKeys', () => {
  it('finds a key that is registered, by its name and algorithm', async () => {
    const keys = createClientKeys()
    const client = { metadata: { jwks: { keys: [one.publicJwk, two.publicJwk] } } }
    assert.equal((await keys.find(client, { alg: 'ES256', kid: one.kid }))?.kid, one.kid)
    assert.equal((await keys.find(client, { alg: 'EdDSA' }))?.kid, two.kid)
    assert.equal(await keys.find(client, { alg: 'EdDSA', kid: one.kid }), null)
    assert.equal(await keys.find(client, { alg: 'EdDSA', kid: 'another' }), null)
    assert.equal(await keys.find({ metadata: {} }, { alg: 'EdDSA' }), null)
  })

  it('gives the same object each time, since what is worked out for a key is kept with it', async () => {
    const keys = createClientKeys()
    const client = { metadata: { jwks: { keys: [one.publicJwk] } } }
    assert.equal(await keys.find(client, { alg: 'ES256' }), await keys.find(client, { alg: 'ES256', kid: one.kid }))
  })

  it('never gives a secret, nor a key for an algorithm that it does not serve [CA08 PR11]', async () => {
    const keys = createClientKeys()
    const { alg: _, ...unnamed } = rsa.publicJwk
    const client = { metadata: { jwks: { keys: [rsa.publicJwk, { kty: 'oct', kid: 's', k: 'A'.repeat(43) }] } } }
    for (const alg of ['none', 'HS256', 'PS256', 'ES256', 'toString', '']) {
      assert.equal(await keys.find(client, { alg, kid: rsa.kid }), null, alg)
      assert.equal(await keys.find(client, { alg, kid: 's' }), null, alg)
    }
    // RFC 7517, section 4.4: `alg` is optional. An RSA key without it serves what the client has registered.
    const open = { metadata: { jwks: { keys: [unnamed] } } }
    assert.equal((await keys.find(open, { alg: 'PS256', kid: rsa.kid }))?.alg, 'PS256')
    assert.equal((await keys.find(open, { alg: 'RS256', kid: rsa.kid }))?.alg, 'RS256')
  })

  it('does not guess where several keys fit, and passes over what is no key for signatures', async () => {
    const keys = createClientKeys()
    const other = await generateSigningKey('ES256')
    const unfit = [{ ...one.publicJwk, use: 'enc' }, { kty: 'EC' }, { kty: 'EC', d: 'x' }] as readonly Jwk[]
    const several = { metadata: { jwks: { keys: [...unfit, one.publicJwk, other.publicJwk] } } }
    assert.equal(await keys.find(several, { alg: 'ES256' }), null)
    assert.equal((await keys.find(several, { alg: 'ES256', kid: other.kid }))?.kid, other.kid)
    const doubled = { metadata: { jwks: { keys: [one.publicJwk, { ...other.publicJwk, kid: one.kid }] } } }
    assert.equal(await keys.find(doubled, { alg: 'ES256', kid: one.kid }), null)
  })

  it('reads the set behind jwks_uri once for all that wait, and again when it is old', async () => {
    const site = publishing(one.publicJwk)
    const keys = createClientKeys(site)
    const client = { metadata: { jwksUri } }
    const found = await Promise.all(Array.from({ length: 50 }, async () => keys.find(client, { alg: 'ES256' })))
    assert.ok(found.every((key) => key?.kid === one.kid))
    assert.equal(site.asked.length, 1)
    site.time += 600_000
    site.set = [two.publicJwk]
    assert.equal(await keys.find(client, { alg: 'ES256', kid: one.kid }), null)
    assert.equal((await keys.find(client, { alg: 'EdDSA', kid: two.kid }))?.kid, two.kid)
    assert.equal(site.asked.length, 2)
    assert.deepEqual(await keys.list(client), [two.publicJwk])
  })

  it('asks once more for a key that it does not know, and not again at once, whatever names are made up', async () => {
    const site = publishing(one.publicJwk)
    const keys = createClientKeys(site)
    const client = { metadata: { jwksUri } }
    await keys.find(client, { alg: 'ES256' })
    site.set = [one.publicJwk, two.publicJwk]
    site.time += 30_000
    assert.equal((await keys.find(client, { alg: 'EdDSA', kid: two.kid }))?.kid, two.kid)
    for (let count = 0; count < 20; count += 1) {
      site.time += 1000
      assert.equal(await keys.find(client, { alg: 'EdDSA', kid: `made-up-${count}` }), null)
    }
    assert.equal(site.asked.length, 2)
  })

  it('goes on with the old set for a day where the site is gone, asking less and less often', async () => {
    const site = publishing(one.publicJwk)
    const errors: unknown[] = []
    const keys = createClientKeys({ ...site, onError: (error) => errors.push(error) })
    const client = { metadata: { jwksUri } }
    await keys.find(client, { alg: 'ES256' })
    site.isGone = true
    site.time += 600_000
    for (let second = 0; second < 3600; second += 1) {
      site.time += 1000
      assert.equal((await keys.find(client, { alg: 'ES256', kid: one.kid }))?.kid, one.kid)
    }
    assert.ok(errors.length >= 10 && errors.length <= 25, `asked ${errors.length} times in an hour`)
    site.time += 86_400_000
    assert.equal(await keys.find(client, { alg: 'ES256', kid: one.kid }), null)
  })

  it('has no key where the set is none, too large, or another answer', async () => {
    for (const answer of [
      '',
      'no json',
      '[]',
      '{"keys":7}',
      '{"keys":[null,7,[],{}]}',
      `{"keys":[${'{},'.repeat(100)}{}]}`,
    ]) {
      const site = publishing()
      site.answer = answer
      assert.equal(await createClientKeys(site).find({ metadata: { jwksUri } }, { alg: 'ES256' }), null, answer)
    }
  })

  it('keeps a bounded number of sets', async () => {
    const site = publishing(one.publicJwk)
    const keys = createClientKeys({ ...site, max: 2 })
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b'])
      await keys.find({ metadata: { jwksUri: `https://${name}.example/` } }, { alg: 'ES256' })
    assert.deepEqual(
      site.asked,
      ['a', 'b', 'c', 'b'].map((name) => `https://${name}.example/`),
    )
  })

  it('does not connect to special addresses, whatever is registered [PR13]', async () => {
    for (const uri of ['https://127.0.0.1/', 'https://[::1]/', 'https://169.254.169.254/', 'http://client.example/']) {
      const errors: unknown[] = []
      const keys = createClientKeys({ fetch: createSafeFetch(), onError: (error) => errors.push(error) })
      assert.equal(await keys.find({ metadata: { jwksUri: uri } }, { alg: 'ES256' }), null)
      assert.match((errors[0] as FetchRefused).reason, /^bad_(?:url|address)$/)
    }
  })
})

interface Site extends ClientKeysOptions {
  set: readonly Jwk[]
  answer: string | null
  isGone: boolean
  time: number
  readonly asked: string[]
}

function publishing(...set: readonly Jwk[]): Site {
  const site: Site = {
    set,
    answer: null,
    isGone: false,
    time: Date.UTC(2026, 5, 1),
    asked: [],
    fetch: async (url) => {
      site.asked.push(url)
      if (site.isGone) throw new Error('connection refused')
      return { status: 200, body: Buffer.from(site.answer ?? JSON.stringify({ keys: site.set })) }
    },
    clock: () => site.time,
  }
  return site
}
