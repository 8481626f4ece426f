import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { djangoPasswords } from './django-passwords.ts'
import { createPasswordHasher } from './password-hash.ts'

/** Made by Python's hashlib, in the way that Django's hashers put them together. */
const pbkdf2 = 'pbkdf2_sha256$1000$seasalt$DrdiWD40lyBuydnjvZiDrdQMx1S1mOA9O0QYex0R6ww='
const sha1 = 'pbkdf2_sha1$1000$seasalt$LPTbYn9/9ALjztx0Dtq5V+DLYLg='
const scrypt =
  'scrypt$1024$seasalt$8$1$fTwdYrxXK5/OG6iyAYN++CxTZgMb6MHXR6rhVXIgSHjQ7FiXuVEFz4EvVUsmygTk21KAcS7joGurlDlxzzruZA=='

describe('password hashes of Django', () => {
  const hasher = createPasswordHasher({ memoryCost: 7168, timeCost: 1, verifiers: djangoPasswords })

  it('are verified, and made anew at the next sign-in', async () => {
    for (const stored of [pbkdf2, sha1, scrypt]) {
      assert.equal(hasher.recognises(stored), true, stored)
      assert.equal(await hasher.verify(stored, 'correct horse battery'), true, stored)
      assert.equal(await hasher.verify(stored, 'correct horse batterY'), false, stored)
      assert.equal(hasher.needsRehash(stored), true)
    }
  })

  it('are not recognised where they are damaged, or ask for more work than anybody would', async () => {
    for (const stored of [
      '',
      'pbkdf2_sha256$',
      pbkdf2.replace('1000', '0'),
      pbkdf2.replace('1000', '999999999'),
      pbkdf2.replace('sha256', 'sha512'),
      pbkdf2.replace('ww=', 'w'),
      scrypt.replace('1024', '1000'),
      scrypt.replace('1024', '134217728'),
      scrypt.replace('$8$1$', '$8$99$'),
      scrypt.slice(0, -10),
      `${pbkdf2}\n`,
      '!unusable',
    ]) {
      assert.equal(hasher.recognises(stored), false, stored)
      assert.equal(await hasher.verify(stored, 'correct horse battery'), false, stored)
    }
  })
})
