import { randomBytes } from 'node:crypto'
import { equalBytes } from '../crypto/compare.ts'
import { keyedDigest } from '../crypto/digest.ts'
import type { Consumed } from '../storage/consumed.ts'

export interface ChallengesOptions {
  /** What challenges are signed with, current first: random bytes, at least 32 each. */
  readonly keys: readonly Uint8Array[]
  readonly consumed: Pick<Consumed, 'spend'>
  /** Seconds that one lives (5 minutes). */
  readonly lifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What a passkey is asked for. An answer to one is no answer to another. */
export type Ceremony = 'registration' | 'sign in' | 'second factor' | 'confirmation'

/** What a challenge is bound to. */
export interface ChallengeFor {
  readonly ceremony: Ceremony
  /** What the browser holds beside it: the id of its session or pending sign-in, or its anonymous token. */
  readonly binding: string
  /** Whose passkey it has to be, `null` where anybody's will do. */
  readonly userId: string | null
}

/**
 * Challenges of WebAuthn (Level 3, section 13.4.3): 16 random bytes, a time and a signature over what it is for. So nothing is
 * stored when one is made, which strangers can have done as often as they like; that one is used up is.
 */
export interface Challenges {
  readonly make: (purpose: ChallengeFor) => Uint8Array
  /** Whether it was made for this, is not too old, and is used for the first time: `true` for one of however many. */
  readonly spend: (challenge: string, purpose: ChallengeFor) => Promise<boolean>
}

export function createChallenges(options: ChallengesOptions): Challenges {
  const { keys, consumed, lifetime = 300, clock = Date.now } = options
  const [current] = keys
  if (current === undefined || keys.some((key) => key.byteLength < 32)) {
    throw new TypeError('Challenges: keys must be at least one, of at least 32 bytes; take random ones.')
  }

  return {
    make: (purpose) => {
      const head = Buffer.alloc(headSize)
      randomBytes(randomSize).copy(head)
      head.writeUIntBE(Math.floor(clock()) + lifetime * 1000, randomSize, timeSize)
      return Buffer.concat([head, mac(current, head, purpose)])
    },

    spend: async (challenge, purpose) => {
      const bytes = Buffer.from(challenge, 'base64url')
      if (bytes.length !== headSize + 32 || bytes.toString('base64url') !== challenge) return false
      const [head, proof] = [bytes.subarray(0, headSize), bytes.subarray(headSize)]
      if (!keys.some((key) => equalBytes(proof, mac(key, head, purpose)))) return false
      const expiresAt = head.readUIntBE(randomSize, timeSize)
      if (clock() >= expiresAt) return false
      return consumed.spend({ purpose: 'passkey challenge', value: [challenge], expiresAt })
    },
  }
}

const randomSize = 16
const timeSize = 6
const headSize = randomSize + timeSize

function mac(key: Uint8Array, head: Buffer, { ceremony, binding, userId }: ChallengeFor): Uint8Array {
  return keyedDigest(key, JSON.stringify(['passkey challenge', head.toString('base64url'), ceremony, binding, userId]))
}
