import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressKey, addressKeys } from './address-keys.ts'

describe('addressKey', () => {
  it('writes addresses so that they sort as they do, IPv4 before IPv6', () => {
    const sorted = [
      '2.0.0.0',
      '10.0.0.9',
      '10.0.0.10',
      '203.0.113.9',
      '::',
      '::1',
      '2001:db8::1',
      '2001:db8:1::',
      'fe80::1',
    ]
    const keys = sorted.map((address) => addressKey(address) ?? '')
    assert.deepEqual(
      keys,
      keys.toSorted((one, other) => (one < other ? -1 : 1)),
    )
    assert.equal(new Set(keys).size, sorted.length)
    assert.equal(addressKey('203.0.113.9'), '4cb007109')
    assert.equal(addressKey('2001:db8::1'), '620010db8000000000000000000000001')
  })

  it('is one for all spellings, and none for what is no address', () => {
    assert.equal(addressKey('::ffff:203.0.113.9'), addressKey('203.0.113.9'))
    assert.equal(addressKey('2001:DB8:0:0::1'), addressKey('2001:db8::1'))
    assert.equal(addressKey('fe80::1%eth0'), addressKey('fe80::1'))
    for (const text of [null, '', 'localhost', '10.0.0', '10.0.0.256', ':::']) assert.equal(addressKey(text), null)
  })
})

describe('addressKeys', () => {
  it('has the first and the last of a range, whatever stands behind its prefix', () => {
    assert.deepEqual(addressKeys('10.1.2.3/8'), { first: '40a000000', last: '40affffff' })
    assert.deepEqual(addressKeys('203.0.113.9'), { first: '4cb007109', last: '4cb007109' })
    assert.deepEqual(addressKeys('203.0.113.128/25'), { first: '4cb007180', last: '4cb0071ff' })
    assert.deepEqual(addressKeys('0.0.0.0/0'), { first: '400000000', last: '4ffffffff' })
    assert.deepEqual(addressKeys('::/0'), { first: `6${'0'.repeat(32)}`, last: `6${'f'.repeat(32)}` })
    assert.deepEqual(addressKeys('2001:db8::/33'), {
      first: '620010db8000000000000000000000000',
      last: '620010db87fffffffffffffffffffffff',
    })
    assert.deepEqual(addressKeys('::ffff:10.0.0.0/104'), addressKeys('10.0.0.0/8'))
  })

  it('refuses what is no range, as lists of ranges do', () => {
    for (const text of ['', 'x', '10.0.0.0/33', '::/129', '10.0.0']) assert.throws(() => addressKeys(text), TypeError)
  })
})
