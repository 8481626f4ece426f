import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { djangoPasswords } from './django-passwords.ts'
import { createPasswordHasher } from './password-hash.ts'
import { isWeakHash, strengthened, weakPasswords } from './weak-passwords.ts'

/** Of `correct horse battery`, by Python's hashlib: with the salt `seasalt` before it, or without one. */
const salted = 'sha1$seasalt$90bf127f93cb576ca6fe017406be24e9b0d5fcae'
const saltedMd5 = 'md5$seasalt$d095db9c9036ec46c15dbe6549434dcd'
const bare = 'sha1$$98decc62ece399a22ed30d490ef333be7fde7385'
const bareMd5 = '88e4ddd2402d92d50e1879d6ecd9ffd4'

describe('hashes that anybody can undo', () => {
  const hasher = createPasswordHasher({
    memoryCost: 7168,
    timeCost: 1,
    verifiers: [...djangoPasswords, ...weakPasswords],
  })

  it('are hashed once more, verified, and made anew at the next sign-in', async () => {
    for (const weak of [salted, saltedMd5, bare, bareMd5]) {
      assert.equal(isWeakHash(weak), true, weak)
      const stored = (await strengthened(weak, hasher)) ?? ''
      assert.ok(!stored.includes(weak.split('$').at(-1) ?? ''), 'nothing of the digest is left')
      assert.equal(hasher.recognises(stored), true, stored)
      assert.equal(hasher.needsRehash(stored), true)
      assert.equal(await hasher.verify(stored, 'correct horse battery'), true, stored)
      assert.equal(await hasher.verify(stored, 'correct horse batterY'), false, stored)
      assert.notEqual(await strengthened(weak, hasher), stored, 'two people of one password do not look alike')
    }
  })

  it('are not verified as they are, nor by themselves', async () => {
    for (const weak of [salted, saltedMd5, bare, bareMd5]) {
      assert.equal(hasher.recognises(weak), false)
      assert.equal(await hasher.verify(weak, 'correct horse battery'), false)
      const stored = (await strengthened(weak, hasher)) ?? ''
      assert.equal(await hasher.verify(stored, weak.split('$').at(-1) ?? ''), false, 'the digest is no password')
    }
  })

  it('are nothing else, whatever it looks like', async () => {
    for (const text of [
      '',
      '!',
      salted.toUpperCase(),
      salted.slice(0, -1),
      `${salted}0`,
      'sha1$a$b$c',
      `${bareMd5}\n`,
      'crypt$$ab',
    ]) {
      assert.equal(isWeakHash(text), false, text)
      assert.equal(await strengthened(text, hasher), null, text)
    }
    const stored = (await strengthened(salted, hasher)) ?? ''
    for (const damaged of [
      stored.replace('m=7168', 'm=99999999'),
      stored.replace('sha1_', 'sha3_'),
      stored.replace('$argon2id', '$argon2x'),
      `${stored}\n`,
    ]) {
      assert.equal(hasher.recognises(damaged), false, damaged)
      assert.equal(await hasher.verify(damaged, 'correct horse battery'), false, damaged)
    }
  })
})
