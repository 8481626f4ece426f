import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { createAsciiHmac } from './hmac.ts'

describe('createAsciiHmac', () => {
  it('gives what RFC 4231 says', () => {
    // Section 4.3, test case 2: a key shorter than the output.
    const what = 'what do ya want for nothing?'
    const jefe = Buffer.from('Jefe')
    assert.equal(
      createAsciiHmac('sha256', jefe)(what).toString('hex'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
    // Section 4.7, test case 6: a key longer than a block.
    assert.equal(
      createAsciiHmac(
        'sha256',
        Buffer.alloc(131, 0xaa),
      )('Test Using Larger Than Block-Size Key - Hash Key First').toString('hex'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    )
  })

  it('gives what createHmac gives, for every hash and keys and texts of every size', () => {
    for (const algorithm of ['sha256', 'sha384', 'sha512'] as const) {
      for (const keySize of [0, 1, 32, 48, 63, 64, 65, 127, 128, 129, 300]) {
        const key = randomBytes(keySize)
        const hmac = createAsciiHmac(algorithm, key)
        // Long before short: nothing of the text before may stay behind.
        for (const textSize of [9000, 2049, 2048, 2047, 380, 200, 64, 1, 0]) {
          const text = randomBytes(textSize).toString('hex').slice(0, textSize)
          assert.deepEqual(hmac(text), createHmac(algorithm, key).update(text).digest())
        }
      }
    }
  })

  it('gives its own memory each time', () => {
    const hmac = createAsciiHmac('sha256', randomBytes(32))
    const first = hmac('first')
    const copy = Buffer.from(first)
    hmac('second')
    assert.deepEqual(first, copy)
  })
})
