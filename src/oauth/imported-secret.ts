import { orUnavailable } from '../accounts/new-password.ts'
import { digest } from '../crypto/digest.ts'
import type { PasswordHasher } from '../crypto/password-hash.ts'
import { createPasswordQueue } from '../crypto/password-queue.ts'
import type { Database } from '../storage/database.ts'
import type { OAuthClient } from './client.ts'

export interface ImportedSecretsOptions {
  readonly database: Pick<Database, 'write'>
  readonly hasher: Pick<PasswordHasher, 'verify'>
}

/** Tells whether a secret is the one whose hash a client brought from another server. */
export type IsImportedSecret = (client: OAuthClient, secret: string) => Promise<boolean>

/**
 * Verifies secrets that another server hashed as passwords are, in the queue of passwords. The first time that one is right, its
 * digest takes the place of the hash: from then on it costs no more than any other. Until then anybody who knows a `client_id` can
 * have such a hash computed, so that they wait for each other and take no more than one place among those who sign in; the call
 * throws `Unavailable` where too many wait.
 */
export function createImportedSecrets({ database, hasher }: ImportedSecretsOptions): IsImportedSecret {
  const jobs = createPasswordQueue({ concurrency: 1, queue: 16, patience: 5000 })
  return async ({ key, row }, secret) => {
    const { imported_secret_hash: stored } = row
    if (stored === null || !(await orUnavailable(jobs.run(async () => hasher.verify(stored, secret))))) return false
    await database.write(async (unit) =>
      unit
        .updateTable('clients')
        .set({ secret_digest: digest(secret), imported_secret_hash: null })
        .where('id', '=', key)
        // A rotation that was finished meanwhile has done away with it.
        .where('imported_secret_hash', '=', stored)
        .execute(),
    )
    return true
  }
}
