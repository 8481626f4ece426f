import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isSpecialAddress } from './special-addresses.ts'

describe('isSpecialAddress', () => {
  it('is false for ordinary addresses, up to the edges of special ranges', () => {
    const ipv4 = [
      '1.1.1.1',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
      '128.0.0.0',
    ]
    const edges = [
      '169.253.255.255',
      '169.255.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '192.167.255.255',
      '192.169.0.0',
      '223.255.255.255',
    ]
    for (const address of [
      ...ipv4,
      ...edges,
      '2001:200::',
      '2606:4700::1111',
      '2a00::1',
      '2003::1',
      '3ffe::1',
      '3fff:1000::',
    ]) {
      assert.equal(isSpecialAddress(address), false, address)
    }
  })

  it('is true for every entry of the IPv4 registry, from its first address to its last', () => {
    const ranges = [
      ['0.0.0.0', '0.255.255.255'],
      ['10.0.0.0', '10.255.255.255'],
      ['100.64.0.0', '100.127.255.255'],
      ['127.0.0.1', '127.255.255.255'],
      ['169.254.0.0', '169.254.169.254'],
      ['172.16.0.0', '172.31.255.255'],
      ['192.0.0.0', '192.0.0.255'],
      ['192.0.2.0', '192.0.2.255'],
      ['192.88.99.0', '192.88.99.255'],
      ['192.168.0.0', '192.168.255.255'],
      ['198.18.0.0', '198.19.255.255'],
      ['198.51.100.0', '203.0.113.255'],
      ['224.0.0.0', '239.255.255.255'],
      ['240.0.0.0', '255.255.255.255'],
    ]
    for (const address of ranges.flat()) assert.equal(isSpecialAddress(address), true, address)
  })

  it('is true for every entry of the IPv6 registry and all that is not assigned [B-OID-18]', () => {
    const local = [
      '::',
      '::1',
      'fe80::1',
      'fe80::1%eth0',
      'fc00::1',
      'fdff::1',
      'fec0::1',
      'ff02::1',
      '100::1',
      '100:0:0:1::1',
    ]
    const embedding = [
      '::ffff:8.8.8.8',
      '::ffff:127.0.0.1',
      '::127.0.0.1',
      '64:ff9b::8.8.8.8',
      '64:ff9b:1::1',
      '2002:7f00:1::',
      '2001::1',
    ]
    const rest = [
      '2001:2::1',
      '2001:10::1',
      '2001:20::1',
      '2001:db8::1',
      '3fff::1',
      '3fff:fff::1',
      '5f00::1',
      '4000::1',
      '1fff::1',
      '8000::',
    ]
    for (const address of [...local, ...embedding, ...rest]) assert.equal(isSpecialAddress(address), true, address)
  })

  it('is true for what is no address', () => {
    for (const text of ['', 'localhost', '1.2.3', '0x7f000001', '2130706433', '[::1]', '1.1.1.1 ', '2606:4700::x']) {
      assert.equal(isSpecialAddress(text), true, text)
    }
  })
})
