import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bcryptPasswords } from './bcrypt-passwords.ts'
import { createPasswordHasher } from './password-hash.ts'

/** Made by the C library's crypt, and by it over the hexadecimal SHA-256 as Django's hasher has it. */
const plain = '$2b$05$abcdefghijklmnopqrstuuq.pc0TLx7TeUzNUcsgJ1PDmCi7cm6GC'
const digested = 'bcrypt_sha256$$2b$05$abcdefghijklmnopqrstuuaLmJx18DEZ6NPDAAY2wKOsRV8hznHWe'
const long = '$2b$05$abcdefghijklmnopqrstuuGUnCqbfgs3htOkLrFduUjAyLBw1Rq/u'

describe('password hashes of bcrypt', () => {
  const hasher = createPasswordHasher({ memoryCost: 7168, timeCost: 1, verifiers: bcryptPasswords })

  it('are verified as others and Django write them, and made anew at the next sign-in', async () => {
    for (const stored of [plain, plain.replace('2b', '2a'), plain.replace('2b', '2y'), `bcrypt$${plain}`, digested]) {
      assert.equal(hasher.recognises(stored), true, stored)
      assert.equal(await hasher.verify(stored, 'sésame open'), true, stored)
      assert.equal(await hasher.verify(stored, 'sésame opeN'), false, stored)
      assert.equal(await hasher.verify(stored, 'sésame open\0more'), false, stored)
      assert.equal(await hasher.verify(stored, ''), false, stored)
      assert.equal(hasher.needsRehash(stored), true)
    }
    assert.equal(await hasher.verify(long, 'a'.repeat(100)), true)
    assert.equal(await hasher.verify(long, 'a'.repeat(71)), false)
  })

  it('are not recognised where they are damaged, faulty, or ask for more work than anybody would', async () => {
    for (const stored of [
      plain.replace('2b', '2x'),
      plain.replace('$05$', '$03$'),
      plain.replace('$05$', '$16$'),
      plain.replace('$05$', '$31$'),
      plain.slice(0, -1),
      `${plain}\n`,
      ` ${plain}`,
      `bcrypt_sha1$${plain}`,
      digested.replace('$$', '$'),
    ]) {
      assert.equal(hasher.recognises(stored), false, stored)
      assert.equal(await hasher.verify(stored, 'sésame open'), false, stored)
    }
  })
})
