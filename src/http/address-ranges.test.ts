import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAddressRanges } from './address-ranges.ts'

describe('createAddressRanges', () => {
  const inside = createAddressRanges(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', 'fe80::/10', '::1'])

  it('holds single addresses and ranges of both families', () => {
    for (const address of [
      '10.0.0.0',
      '10.255.255.255',
      '192.0.2.1',
      '2001:db8::',
      '2001:db8:ffff::1',
      'fe80::1',
      '::1',
    ]) {
      assert.equal(inside(address), true, address)
    }
    for (const address of ['9.255.255.255', '11.0.0.0', '192.0.2.2', '2001:db7::1', '2001:db9::', '::2', '::']) {
      assert.equal(inside(address), false, address)
    }
  })

  it('takes an IPv4-mapped address for the IPv4 address, on both sides', () => {
    assert.equal(inside('::ffff:10.1.2.3'), true)
    assert.equal(inside('::FFFF:0a01:0203'), true)
    assert.equal(inside('::ffff:11.1.2.3'), false)
    const mapped = createAddressRanges(['::ffff:10.0.0.0/104', '::ffff:192.0.2.1'])
    assert.equal(mapped('10.9.9.9'), true)
    assert.equal(mapped('192.0.2.1'), true)
    assert.equal(mapped('11.0.0.1'), false)
  })

  it('drops zones', () => {
    assert.equal(inside('fe80::1%eth0'), true)
    assert.equal(createAddressRanges(['fe80::1%eth0'])('fe80::1%eth1'), true)
  })

  it('keeps the families apart, even where a range is everything', () => {
    const all4 = createAddressRanges(['0.0.0.0/0'])
    const all6 = createAddressRanges(['::/0'])
    assert.deepEqual([all4('192.0.2.1'), all4('2001:db8::1')], [true, false])
    assert.deepEqual([all6('192.0.2.1'), all6('2001:db8::1')], [false, true])
  })

  it('does not mind bits after the prefix', () => {
    assert.equal(createAddressRanges(['10.1.2.3/8'])('10.200.0.1'), true)
    assert.equal(createAddressRanges(['2001:db8::5/32'])('2001:db8:9::1'), true)
  })

  it('is false for nothing and for what is no address', () => {
    const all = createAddressRanges(['0.0.0.0/0', '::/0'])
    for (const address of [
      null,
      '',
      'localhost',
      '10.0.0',
      '10.0.0.1:80',
      '[::1]',
      '10.0.0.1, 10.0.0.2',
      '010.0.0.1',
    ]) {
      assert.equal(all(address), false, String(address))
    }
    assert.equal(createAddressRanges([])('10.0.0.1'), false)
  })

  it('names a bad entry', () => {
    const bad = [
      '',
      ' ',
      'localhost',
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '10.0.0.0/08',
      '10/8',
      '::/129',
    ]
    for (const entry of [...bad, '10.0.0.1 ', '::ffff:0:0/95', '10.0.0.1-10.0.0.9', '*', '2001:db8::/1e1']) {
      assert.throws(
        () => createAddressRanges(['192.0.2.1', entry]),
        (error: Error) => error instanceof TypeError && error.message.includes(`"${entry}"`),
        entry,
      )
    }
  })
})
