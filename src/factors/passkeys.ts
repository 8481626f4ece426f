import { keyedDigest } from '../crypto/digest.ts'
import type { Database } from '../storage/database.ts'
import type { Challenges } from './challenges.ts'
import { createPasskeyProving, type PasskeyProving } from './passkey-proof.ts'
import { createPasskeyRegistration, type PasskeyRegistration } from './passkey-registration.ts'
import { createPasskeyRows, type PasskeyRows } from './passkey-rows.ts'

export type { NewPasskey } from './passkey-registration.ts'
export type { CeremonyAt, PasskeyProof } from './passkey-proof.ts'

export interface PasskeysOptions {
  readonly database: Database
  readonly challenges: Challenges
  /** What the handles of users are made with: random bytes that never change, at least 32. */
  readonly handleKey: Uint8Array
  /** The domain that passkeys are made for, such as `example.org`: that of the site, or one above it. */
  readonly rpId: string
  /** Where this site is, such as `https://id.example.org`: exactly these origins are taken. */
  readonly origins: readonly string[]
  /** What the site is called where passkeys are kept (Doorward). */
  readonly siteName?: string
  /**
   * What is done where a passkey's count of signatures did not go up, which may mean that there are two of it: `refuse`, or
   * `flag`, which lets it in (refuse). Either is an event in the audit log.
   */
  readonly onSignCount?: 'refuse' | 'flag'
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Passkeys (WebAuthn Level 3): those that people have, how they are made, and how they are proved. */
export interface Passkeys extends Pick<PasskeyRows, 'list' | 'rename' | 'remove'>, PasskeyRegistration, PasskeyProving {
  /** The domain that they are made for. Those of another are kept, and let nobody in. */
  readonly rpId: string
}

export function createPasskeys(options: PasskeysOptions): Passkeys {
  const { database, challenges, handleKey, rpId, origins, siteName = 'Doorward', clock = Date.now } = options
  const { onSignCount = 'refuse' } = options
  if (handleKey.byteLength < 32)
    throw new TypeError('Passkeys: handleKey must have at least 32 bytes; take random ones.')
  const rows = createPasskeyRows(database, rpId, clock)
  const handleOf = (userId: string): Buffer => keyedDigest(handleKey, `passkey user ${userId}`)
  const tools = { database, rows, challenges, rpId, origins, handleOf, clock }
  return {
    rpId,
    list: rows.list,
    rename: rows.rename,
    remove: rows.remove,
    ...createPasskeyRegistration({ ...tools, siteName }),
    ...createPasskeyProving({ ...tools, onSignCount }),
  }
}
