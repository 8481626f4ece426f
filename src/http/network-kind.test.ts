import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { networkKind } from './network-kind.ts'

describe('networkKind', () => {
  it('tells networks of one’s own from the internet (RFC 1918, RFC 4193, RFC 6598, RFC 3927)', () => {
    const kinds = [
      ['127.0.0.1', 'loopback'],
      ['::1', 'loopback'],
      ['::ffff:127.0.0.1', 'loopback'],
      ['10.255.255.255', 'private'],
      ['172.31.0.1', 'private'],
      ['172.32.0.1', 'public'],
      ['192.168.1.20', 'private'],
      ['fd12::1', 'private'],
      ['100.64.0.1', 'shared'],
      ['100.128.0.1', 'public'],
      ['169.254.1.1', 'link_local'],
      ['fe80::1%eth0', 'link_local'],
      ['8.8.8.8', 'public'],
      ['2606:4700::1111', 'public'],
    ] as const
    for (const [address, kind] of kinds) assert.equal(networkKind(address), kind, address)
  })

  it('knows nothing of what is no address', () => {
    for (const text of [null, '', 'unknown', '10.0.0']) assert.equal(networkKind(text), null)
  })
})
