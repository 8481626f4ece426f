import { digest } from '../crypto/digest.ts'
import type { PasswordHasher } from '../crypto/password-hash.ts'
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
 * digest takes the place of the hash: from then on it costs no more than any other.
 */
export function createImportedSecrets({ database, hasher }: ImportedSecretsOptions): IsImportedSecret {
  return async ({ key, row }, secret) => {
    const { imported_secret_hash: stored } = row
    if (stored === null || !(await hasher.verify(stored, secret))) return false
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
