import assert from 'node:assert/strict'
import { pbkdf2Sync } from 'node:crypto'
import { it } from 'node:test'
import { Unavailable } from '../core/errors.ts'
import { djangoPasswords } from '../crypto/django-passwords.ts'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { OAuthClient } from './client.ts'
import { createImportedSecrets } from './imported-secret.ts'

it('lets a flood of wrong secrets wait for itself, and nobody who signs in', async () => {
  const database = await openSqlite({ path: ':memory:' })
  const hasher = createPasswordHasher({ concurrency: 1, verifiers: djangoPasswords })
  const key = pbkdf2Sync('a secret', 'salt', 200_000, 32, 'sha256').toString('base64')
  const row = { imported_secret_hash: `pbkdf2_sha256$200000$salt$${key}` }
  const client = { key: 1n, row } as unknown as OAuthClient
  const isImported = createImportedSecrets({ database, hasher })

  const flood = Array.from({ length: 100 }, async (_, n) => isImported(client, `wrong ${n}`))
  const outcomes = Promise.allSettled(flood)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(hasher.running() + hasher.waiting(), 1, 'what is computed at a time')
  assert.equal(await hasher.verify(null, 'the password of somebody'), false)
  const refused = (await outcomes).filter((one) => one.status === 'rejected')
  assert.ok(refused.length > 0)
  // Such as 503, with Retry-After: nothing is wrong with the request.
  for (const { reason } of refused) assert.ok(reason instanceof Unavailable)
  await Promise.all([hasher.close(), database.close()])
})
