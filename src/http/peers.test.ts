import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuthRequest, Peer } from '../core/request.ts'
import { createTrustedPeers } from './peers.ts'

const secret = { header: 'X-Proxy-Secret', value: 'a-secret-of-the-proxy' }

describe('createTrustedPeers', () => {
  it('refuses to be made without addresses and secret, and says what to do [AK09]', () => {
    assert.throws(() => createTrustedPeers({}), /name the proxies in addresses/)
    assert.throws(() => createTrustedPeers({ addresses: [] }), /name the proxies in addresses/)
  })

  it('trusts by the address of the connection [AK09 B-REM-03]', () => {
    const trusts = createTrustedPeers({ addresses: ['10.0.0.0/8', '::1'] })
    assert.equal(trusts(from({ address: '10.1.2.3' })), true)
    assert.equal(trusts(from({ address: '::ffff:10.1.2.3' })), true)
    assert.equal(trusts(from({ address: '::1' })), true)
    for (const peer of [{ address: '192.0.2.1' }, { address: null }, { address: '' }, undefined]) {
      assert.equal(trusts(from(peer)), false)
    }
  })

  it('does not look at forwarded addresses [AK09]', () => {
    const trusts = createTrustedPeers({ addresses: ['10.0.0.0/8'] })
    assert.equal(
      trusts(from({ address: '192.0.2.1' }, { 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.1' })),
      false,
    )
  })

  it('trusts a Unix socket only where it is listed', () => {
    assert.equal(createTrustedPeers({ addresses: ['unix'] })(from({ address: null })), true)
    assert.equal(createTrustedPeers({ addresses: ['unix'] })(from(undefined)), false)
    assert.equal(createTrustedPeers({ addresses: ['unix'] })(from({ address: '127.0.0.1' })), false)
  })

  it('trusts by a shared secret, sent once and whole [AK09 B-REM-03 B-REM-04]', () => {
    const trusts = createTrustedPeers({ secret })
    assert.equal(trusts(from(undefined, { 'x-proxy-secret': secret.value })), true)
    const wrong = [
      '',
      'a-secret-of-the-prox',
      `${secret.value} `,
      secret.value.toUpperCase(),
      `${secret.value}, ${secret.value}`,
    ]
    for (const value of [null, ...wrong, 'é'.repeat(secret.value.length)]) {
      assert.equal(trusts(from(undefined, value === null ? {} : { 'x-proxy-secret': value })), false)
    }
  })

  it('wants both where both are given', () => {
    const trusts = createTrustedPeers({ addresses: ['10.0.0.1'], secret })
    const header = { 'x-proxy-secret': secret.value }
    assert.equal(trusts(from({ address: '10.0.0.1' }, header)), true)
    assert.equal(trusts(from({ address: '10.0.0.1' })), false)
    assert.equal(trusts(from({ address: '10.0.0.2' }, header)), false)
    assert.equal(createTrustedPeers({ addresses: [], secret })(from({ address: '10.0.0.1' }, header)), false)
  })

  it('refuses settings that cannot hold, without repeating the secret', () => {
    assert.throws(() => createTrustedPeers({ addresses: ['10.0.0.0/99'] }), /"10\.0\.0\.0\/99"/)
    assert.throws(() => createTrustedPeers({ secret: { header: 'a b', value: secret.value } }), /header name/)
    for (const value of ['', 'too-short', 'with blanks in the middle', 'not-ascii-é-not-ascii']) {
      assert.throws(
        () => createTrustedPeers({ secret: { header: 'x', value } }),
        (error: Error) => error instanceof TypeError && (value === '' || !error.message.includes(value)),
      )
    }
  })
})

function from(peer: Peer | undefined, headers: Readonly<Record<string, string>> = {}): AuthRequest {
  return { method: 'GET', url: '/', peer, headers: { get: (name) => headers[name] ?? null } }
}
