import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSealer, openUnder, sealUnder } from './seal.ts'

const secret = 'a secret of more than 32 characters, one'
const other = 'a secret of more than 32 characters, two'
const plain = Buffer.from('the private key')

describe('createSealer', () => {
  it('opens what it sealed, to the byte', () => {
    const { seal, open } = createSealer({ secret })
    for (const value of [plain, Buffer.alloc(0), Buffer.alloc(100_000, 7)]) {
      assert.deepEqual(Buffer.from(open('signing key', seal('signing key', value)) ?? []), value)
    }
  })

  it('never seals alike twice, and shows nothing of the value but its length', () => {
    const { seal } = createSealer({ secret })
    const one = seal('p', plain)
    assert.notDeepEqual(one, seal('p', plain))
    assert.equal(one.length, plain.length + 33)
    assert.equal(Buffer.from(one).includes(plain), false)
  })

  it('does not open for another purpose, nor under another secret', () => {
    const sealed = createSealer({ secret }).seal('signing key', plain)
    assert.equal(createSealer({ secret }).open('totp seed', sealed), null)
    assert.equal(createSealer({ secret: other }).open('signing key', sealed), null)
  })

  it('does not open when any single bit was changed, or the value cut or extended', () => {
    const { seal, open } = createSealer({ secret })
    const sealed = seal('p', plain)
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Uint8Array.from(sealed)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      assert.equal(open('p', changed), null, `bit ${bit}`)
    }
    for (let length = 0; length < sealed.length; length += 1) assert.equal(open('p', sealed.subarray(0, length)), null)
    assert.equal(open('p', Buffer.concat([sealed, Buffer.of(0)])), null)
  })

  it('opens what was sealed under a previous secret, and seals under the current one', () => {
    const old = createSealer({ secret }).seal('p', plain)
    const rotated = createSealer({ secret: other, previousSecrets: [secret] })
    assert.deepEqual(Buffer.from(rotated.open('p', old) ?? []), plain)
    const fresh = rotated.seal('p', plain)
    assert.equal(createSealer({ secret }).open('p', fresh), null)
    assert.deepEqual(Buffer.from(createSealer({ secret: other }).open('p', fresh) ?? []), plain)
  })

  it('derives keys of 32 bytes that follow from secret and purpose', () => {
    const { derive } = createSealer({ secret })
    assert.equal(derive('csrf').length, 32)
    assert.deepEqual(derive('csrf'), createSealer({ secret }).derive('csrf'))
    assert.notDeepEqual(derive('csrf'), derive('other'))
    assert.notDeepEqual(derive('csrf'), createSealer({ secret: other }).derive('csrf'))
    const rotated = createSealer({ secret: other, previousSecrets: [secret] })
    assert.deepEqual(rotated.deriveEach('csrf'), [rotated.derive('csrf'), derive('csrf')])
  })

  it('refuses a secret of less than 32 characters, naming DOORWARD_SECRET and the remedy, not the secret', () => {
    const short = 'only thirty-one characters long'
    for (const options of [{ secret: short }, { secret: '' }, { secret, previousSecrets: [short] }]) {
      assert.throws(
        () => createSealer(options),
        (error: Error) => {
          assert.match(error.message, /DOORWARD_SECRET must have at least 32 characters/)
          assert.match(error.message, /openssl rand -base64 32/)
          assert.equal(error.message.includes(short), false)
          return true
        },
      )
    }
    // @ts-expect-error -- an environment variable that is not set
    assert.throws(() => createSealer({ secret: undefined }), /DOORWARD_SECRET/)
  })
})

describe('sealUnder and openUnder', () => {
  const key = 'dw_refresh_0000000001_secretsecretsecret'

  it('opens under the same key and purpose only', () => {
    const sealed = sealUnder(key, 'answer', plain)
    assert.deepEqual(Buffer.from(openUnder(key, 'answer', sealed) ?? []), plain)
    assert.deepEqual(Buffer.from(openUnder(Buffer.from(key), 'answer', sealed) ?? []), plain)
    assert.equal(openUnder(`${key}x`, 'answer', sealed), null)
    assert.equal(openUnder(key, 'other', sealed), null)
    assert.equal(createSealer({ secret }).open('answer', sealed), null)
    assert.equal(openUnder(secret, 'answer', createSealer({ secret }).seal('answer', plain)), null)
  })

  it('does not open what was changed or cut', () => {
    const sealed = sealUnder(key, 'answer', plain)
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Uint8Array.from(sealed)
      changed[index] = (changed[index] as number) ^ 1
      assert.equal(openUnder(key, 'answer', changed), null)
      assert.equal(openUnder(key, 'answer', sealed.subarray(0, index)), null)
    }
  })

  it('seals under no key of less than 16 bytes, and opens nothing under one', () => {
    assert.equal(openUnder('short', 'answer', sealUnder(key, 'answer', plain)), null)
    assert.throws(() => sealUnder('fifteen bytes..', 'answer', plain), RangeError)
  })
})
