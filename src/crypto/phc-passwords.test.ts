import assert from 'node:assert/strict'
import { pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { pbkdf2Text, phcPasswords, scryptText } from './phc-passwords.ts'

const password = 'Grüße, 世界'

describe('hashes of other systems as PHC strings', () => {
  it('are verified as node:crypto computes them, for their own password alone', async () => {
    const salt = randomBytes(16)
    for (const [digest, length] of [
      ['sha1', 20],
      ['sha1', 64],
      ['sha256', 32],
      ['sha256', 64],
      ['sha512', 64],
    ] as const) {
      const text = pbkdf2Text(digest, 1000, salt, pbkdf2Sync(password, salt, 1000, length, digest))
      await assertVerifies(text)
    }
    const key = scryptSync(password, salt, 64, { N: 1024, r: 8, p: 1 })
    await assertVerifies(scryptText({ cost: 1024, block: 8, lanes: 1 }, salt, key))
  })

  it('are not known where they ask for more work than anybody’s parameters, or are no such text', () => {
    const [salt, key] = [randomBytes(16), randomBytes(64)]
    const texts = [
      pbkdf2Text('sha1', 4_000_000, salt, key),
      pbkdf2Text('sha512', 10_000_001, salt, key),
      pbkdf2Text('sha256', 0, salt, key),
      pbkdf2Text('sha256', 1000, salt, randomBytes(8)),
      pbkdf2Text('sha256', 1000, salt, key).replace('l=64', 'l=32'),
      pbkdf2Text('md5' as 'sha1', 1000, salt, key),
      scryptText({ cost: 2 ** 30, block: 8, lanes: 1 }, salt, key),
      scryptText({ cost: 1024, block: 8, lanes: 17 }, salt, key),
      scryptText({ cost: 1000, block: 8, lanes: 1 }, salt, key),
      '$pbkdf2-sha256$i=1000$$',
      '',
    ]
    for (const text of texts)
      assert.equal(
        phcPasswords.some(({ recognises }) => recognises(text)),
        false,
        text,
      )
  })
})

async function assertVerifies(text: string): Promise<void> {
  const verifier = phcPasswords.find(({ recognises }) => recognises(text))
  assert.ok(verifier !== undefined, text)
  assert.equal(await verifier.verify(text, password), true, text)
  assert.equal(await verifier.verify(text, `${password}x`), false, text)
}
