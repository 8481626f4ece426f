import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { describe, it } from 'node:test'
import { concatenationOf, derOf } from './ecdsa-signature.ts'

const curves = [
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
] as const

describe('derOf and concatenationOf', () => {
  it('turn signatures into those that Node itself reads and writes, on each curve', () => {
    for (const [namedCurve, size] of curves) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
      for (let round = 0; round < 150; round += 1) {
        const data = randomBytes(20)
        const der = sign('sha256', data, privateKey)
        const concatenated = concatenationOf(der, size)
        assert.deepEqual(Buffer.from(derOf(concatenated, size) ?? []), der)
        assert.equal(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, concatenated), true)
      }
    }
  })

  it('keep short integers and those with the highest bit set', () => {
    const integers = ['01', '7f', '80', 'ff', '0100', '8000', '00ff', '7fff']
    for (const [, size] of curves) {
      const full = [`80${'11'.repeat(size - 1)}`, `7f${'11'.repeat(size - 1)}`, `01${'ff'.repeat(size - 1)}`]
      for (const r of [...integers, ...full]) {
        for (const s of [...integers, ...full]) {
          const concatenated = Buffer.from(r.padStart(2 * size, '0') + s.padStart(2 * size, '0'), 'hex')
          const der = derOf(concatenated, size)
          assert.ok(der !== null)
          assert.deepEqual(concatenationOf(der, size), concatenated)
        }
      }
    }
    // X.690, sections 8.3.2 and 8.3.3: the least number of bytes, with a zero in front of a set highest bit.
    const der = derOf(Buffer.from(`${'00'.repeat(31)}01${'00'.repeat(31)}80`, 'hex'), 32)
    assert.equal(Buffer.from(der ?? []).toString('hex'), '300702010102020080')
  })

  it('refuse another length, and r or s of zero', () => {
    for (const [, size] of curves) {
      const one = Buffer.alloc(size, 1)
      const zero = Buffer.alloc(size)
      for (const [r, s] of [
        [one, zero],
        [zero, one],
        [zero, zero],
        [one, one.subarray(1)],
        [one, Buffer.alloc(size + 1, 1)],
      ] as const) {
        assert.equal(derOf(Buffer.concat([r, s]), size), null)
      }
      assert.equal(derOf(Buffer.alloc(0), size), null)
      assert.notEqual(derOf(Buffer.concat([one, one]), size), null)
    }
  })
})
