import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Answer } from '../http/exchange.ts'
import { createJwksEndpoint } from './jwks.ts'

let keys = [{ kty: 'OKP', kid: 'one' }]
const endpoint = createJwksEndpoint({ jwks: () => ({ keys }) })

describe('createJwksEndpoint', () => {
  it('publishes the keys for a while, to pages of every site', async () => {
    const { status, body, headers } = await ask(null)
    assert.equal(status, 200)
    assert.equal(body, '{"keys":[{"kty":"OKP","kid":"one"}]}')
    const fields = Object.fromEntries(headers)
    assert.equal(fields['content-type'], 'application/jwk-set+json')
    assert.equal(fields['cache-control'], 'public, max-age=300')
    assert.equal(fields['access-control-allow-origin'], '*')
  })

  it('answers 304 to whoever has them, and 200 once they change', async () => {
    const etag = Object.fromEntries((await ask(null)).headers)['etag'] ?? ''
    for (const sent of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const { status, body } = await ask(sent)
      assert.deepEqual([status, body], [304, ''], sent)
    }
    for (const sent of ['', '"x"', etag.slice(1, -1), etag.toLowerCase()]) assert.equal((await ask(sent)).status, 200)
    keys = [{ kty: 'OKP', kid: 'two' }]
    assert.equal((await ask(etag)).status, 200)
  })
})

async function ask(ifNoneMatch: string | null): Promise<Answer> {
  return endpoint({
    method: 'GET',
    url: '/',
    headers: { get: (name) => (name === 'if-none-match' ? ifNoneMatch : null) },
    address: null,
    body: async () => new Uint8Array(),
  })
}
