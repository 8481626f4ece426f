import type * as WebAuthn from '@simplewebauthn/server'
import type { Database } from '../storage/database.ts'
import type { PasskeyRow } from '../storage/schema.ts'
import type { ChallengeFor, Challenges } from './challenges.ts'
import { type PasskeyRows, transportsOf } from './passkey-rows.ts'

/** What both ceremonies work with, that which makes a passkey and that which proves one. */
export interface CeremonyTools {
  readonly database: Database
  readonly rows: PasskeyRows
  readonly challenges: Challenges
  readonly rpId: string
  readonly origins: readonly string[]
  /** A name for the user that tells nothing about them and stays the same (WebAuthn Level 3, section 14.6.1). */
  readonly handleOf: (userId: string) => Buffer
  readonly clock: () => number
}

/** What an answer has to be made for: this site, and a challenge that is spent by it. */
export function expectedOf({ challenges, rpId, origins }: CeremonyTools, purpose: ChallengeFor): Expected {
  return {
    expectedOrigin: [...origins],
    expectedRPID: rpId,
    expectedChallenge: async (challenge) => challenges.spend(challenge, purpose),
  }
}

interface Expected {
  readonly expectedOrigin: string[]
  readonly expectedRPID: string
  readonly expectedChallenge: (challenge: string) => Promise<boolean>
}

/** How a browser is told of passkeys that there are. */
export function descriptorOf(row: PasskeyRow): { id: string; transports: string[] } {
  return { id: Buffer.from(row.credential_id).toString('base64url'), transports: transportsOf(row) }
}

/** Loaded when the first passkey is asked for: it would take a quarter of the time that the server needs to start. */
export const webauthn = async (): Promise<typeof WebAuthn> => import('@simplewebauthn/server')

/** As long as a challenge lives, in milliseconds. */
export const timeout = 300_000
