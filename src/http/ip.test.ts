import assert from 'node:assert/strict'
import { SocketAddress } from 'node:net'
import { describe, it } from 'node:test'
import { canonicalAddress, groupsOf } from './ip.ts'

describe('canonicalAddress', () => {
  it('writes one address one way (RFC 5952, section 4)', () => {
    const spellings: readonly (readonly [string, string])[] = [
      ['192.0.2.1', '192.0.2.1'],
      ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
      ['2001:0db8::0001', '2001:db8::1'],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
      ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['::', '::'],
      ['::1', '::1'],
      ['1::', '1::'],
      ['fe80::1%eth0', 'fe80::1'],
      ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ]
    for (const [from, to] of spellings) assert.equal(canonicalAddress(from), to)
  })

  it('takes an IPv4-mapped address for the IPv4 address', () => {
    for (const text of ['::ffff:192.0.2.1', '::FFFF:192.0.2.1', '::ffff:c000:201', '0:0:0:0:0:ffff:c000:0201']) {
      assert.equal(canonicalAddress(text), '192.0.2.1')
    }
    assert.equal(canonicalAddress('::fffe:192.0.2.1'), '::fffe:c000:201')
  })

  it('is null for what is no address', () => {
    const garbage = [
      '',
      ' ',
      'localhost',
      '1.2.3',
      '01.2.3.4',
      '1.2.3.4.5',
      '256.0.0.1',
      ':::',
      '1::2::3',
      'g::',
      '[::1]',
      '::1 ',
    ]
    for (const text of [...garbage, '%eth0', '1.2.3.4%eth0', '::ffff:1.2.3', '0x7f.1', '2130706433']) {
      assert.equal(canonicalAddress(text), null, text)
    }
  })

  it('agrees with the platform on every shape of zeros', () => {
    for (let bits = 0; bits < 256; bits += 1) {
      const groups = Array.from({ length: 8 }, (_, at) => ((bits >> at) & 1 ? 0xa0 + at : 0))
      const text = groups.map((group) => group.toString(16).padStart(4, '0')).join(':')
      const expected = new SocketAddress({ address: text, family: 'ipv6' }).address
      // The platform writes the long deprecated `::a.b.c.d` with dots, which RFC 5952 leaves to choice.
      if (!expected.includes('.')) assert.equal(canonicalAddress(text), expected)
      assert.deepEqual(groupsOf(text), groups)
    }
  })
})
