import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuthRequest } from '../core/request.ts'
import { createAddressRanges, forwardedFor, networkOf } from './address.ts'

const proxy = '10.0.0.1'

describe('forwardedFor', () => {
  const address = forwardedFor({ trusted: ['10.0.0.0/8', 'fd00::/8'] })

  it('is the peer where nothing was forwarded', () => {
    assert.equal(address(request(proxy, null)), proxy)
    assert.equal(address(request(proxy, '')), proxy)
    assert.equal(address(request('::ffff:10.0.0.1', null)), proxy)
  })

  it('ignores the header from a peer that is not trusted [B-THR-10 AK09]', () => {
    assert.equal(address(request('192.0.2.9', '203.0.113.5')), '192.0.2.9')
    assert.equal(forwardedFor({ trusted: [] })(request(proxy, '203.0.113.5')), proxy)
    assert.equal(address({ ...request(proxy, '203.0.113.5'), peer: undefined }), null)
    assert.equal(address(request(null, '203.0.113.5')), null)
  })

  it('takes the right-most address that is not a trusted proxy [B-THR-09]', () => {
    assert.equal(address(request(proxy, '203.0.113.5')), '203.0.113.5')
    assert.equal(address(request(proxy, '203.0.113.5, 10.0.0.3')), '203.0.113.5')
    assert.equal(address(request(proxy, '203.0.113.5,10.0.0.3 ,\t10.0.0.2')), '203.0.113.5')
    assert.equal(address(request(proxy, '203.0.113.5, fd00::3')), '203.0.113.5')
  })

  it('does not let the caller choose by what stands further left [B-THR-09]', () => {
    const forged = [
      '1.1.1.1',
      '10.0.0.9',
      'garbage',
      '"',
      'for="',
      ', ,',
      '\0',
      'x'.repeat(10_000),
      '10.9.9.9, '.repeat(500),
    ]
    for (const left of forged) {
      assert.equal(address(request(proxy, `${left}, 203.0.113.5`)), '203.0.113.5')
      assert.equal(address(request(proxy, `${left}, 203.0.113.5, 10.0.0.2`)), '203.0.113.5')
    }
  })

  it('reads a doubled header as one list', () => {
    // What `Headers` makes of two: the caller's first, the proxy's last.
    assert.equal(address(request(proxy, '1.1.1.1, 203.0.113.5')), '203.0.113.5')
  })

  it('ends at the last good address when an entry is none', () => {
    for (const entry of [
      'unknown',
      '',
      '_hidden',
      '203.0.113',
      '203.0.113.5:x',
      '203.0.113.5:123456',
      '[203.0.113.5]',
      '::1%1',
    ]) {
      assert.equal(address(request(proxy, `1.1.1.1, ${entry}, 10.0.0.2`)), '10.0.0.2', entry)
      assert.equal(address(request(proxy, `1.1.1.1, ${entry}`)), proxy, entry)
    }
  })

  it('is the left-most where all are trusted', () => {
    assert.equal(address(request(proxy, '10.0.0.4, 10.0.0.3')), '10.0.0.4')
  })

  it('takes ports and brackets off and writes the address one way', () => {
    const written: readonly (readonly [string, string])[] = [
      ['203.0.113.5:4711', '203.0.113.5'],
      ['[2001:db8::5]:4711', '2001:db8::5'],
      ['[2001:DB8::5]', '2001:db8::5'],
      ['2001:db8:0:0::5', '2001:db8::5'],
      ['::ffff:203.0.113.5', '203.0.113.5'],
    ]
    for (const [entry, plain] of written) assert.equal(address(request(proxy, entry)), plain)
  })

  it('trusts a Unix socket only where it is listed', () => {
    assert.equal(forwardedFor({ trusted: ['unix'] })(request(null, '203.0.113.5')), '203.0.113.5')
    assert.equal(forwardedFor({ trusted: ['unix'] })(request(null, null)), null)
  })

  it('names a bad entry of the list', () => {
    assert.throws(() => forwardedFor({ trusted: ['proxy.example'] }), /"proxy\.example"/)
  })
})

describe("forwardedFor with header 'forwarded'", () => {
  const address = forwardedFor({ trusted: ['10.0.0.0/8'], header: 'forwarded' })
  const from = (value: string): string | null => address(request(proxy, value, 'forwarded'))

  it('reads the examples of RFC 7239, section 4', () => {
    assert.equal(from('for="_gazonk"'), proxy)
    assert.equal(from('For="[2001:db8:cafe::17]:4711"'), '2001:db8:cafe::17')
    assert.equal(from('for=192.0.2.60;proto=http;by=203.0.113.43'), '192.0.2.60')
    assert.equal(from('for=192.0.2.43, for=198.51.100.17'), '198.51.100.17')
  })

  it('goes on left of trusted proxies', () => {
    assert.equal(from('for=203.0.113.5;proto=https, for="10.0.0.2:80"; by=_x'), '203.0.113.5')
  })

  it('does not let the caller swallow what the proxy wrote', () => {
    for (const left of ['for="', 'for="1.1.1.1', 'for="\\"', 'for=1.1.1.1;', '"']) {
      assert.equal(from(`${left}, for=203.0.113.5`), '203.0.113.5', left)
    }
  })

  it('ends at the last good address when an element is malformed, has no address, or has two', () => {
    const garbage = [
      'for',
      'for=',
      'for=""',
      'proto=https',
      'for=1.1.1.1;for=2.2.2.2',
      'for=1.1.1.1;',
      'for = 1.1.1.1',
      'for="a\\"',
    ]
    for (const element of [...garbage, 'for=unknown', 'for=2001:db8::1', '203.0.113.5', 'for="1.1.1.1']) {
      assert.equal(from(`for=9.9.9.9, ${element}`), proxy, element)
    }
  })

  it('does not read the other header', () => {
    assert.equal(address(request(proxy, '203.0.113.5', 'x-forwarded-for')), proxy)
  })
})

describe('networkOf', () => {
  it('is an IPv4 address as it is and the /64 of an IPv6 address', () => {
    assert.equal(networkOf('192.0.2.1'), '192.0.2.1')
    assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1')
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
    assert.equal(networkOf('2001:DB8::1'), '2001:db8::/64')
    assert.equal(networkOf('::1'), '::/64')
    assert.equal(networkOf('fe80::1%eth0'), 'fe80::/64')
  })

  it('is one for all addresses of a subscriber, and a range that holds them', () => {
    assert.equal(networkOf('2001:db8:1:2::a'), networkOf('2001:db8:1:2:ffff::b'))
    assert.equal(createAddressRanges([networkOf('2001:db8:1:2::a')])('2001:db8:1:2:ffff::b'), true)
  })

  it('gives back what is no address', () => {
    for (const text of ['', 'localhost', '1.2.3']) assert.equal(networkOf(text), text)
  })
})

function request(peer: string | null, value: string | null, header = 'x-forwarded-for'): AuthRequest {
  return {
    method: 'GET',
    url: '/',
    peer: { address: peer },
    headers: { get: (name) => (name === header ? value : null) },
  }
}
