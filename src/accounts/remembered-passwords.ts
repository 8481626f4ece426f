import { randomBytes } from 'node:crypto'
import { equalBytes } from '../crypto/compare.ts'
import { keyedDigest } from '../crypto/digest.ts'

export interface RememberedPasswordsOptions {
  /** Seconds that a password which was right is remembered; 0 remembers none (60). */
  readonly lifetime?: number
  /** How many are remembered at most; the ones not used for longest go first (10,000). */
  readonly max?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Who showed a password, and from where. */
export interface Showing {
  /** The login as it is compared. */
  readonly login: string
  readonly address: string | null
}

/** A password that was found right a moment ago: for whom, and against which stored hash. */
export interface RememberedPassword {
  readonly userId: bigint
  readonly storedHash: string
}

/**
 * Remembers passwords that were right, so that a client which sends one with each request does not pay for a hash each time.
 * What is kept is an HMAC under a key of this process, at most one for each login and address.
 *
 * It must not help guessing: whoever guesses wrong from an address has to `forget` what is kept for that login there, so
 * that each guess is either the one comparison that follows a sign-in, or goes through the guard and the slow hash.
 */
export interface RememberedPasswords {
  /** Something that is the same for the same login, address and password, and tells nothing about them. */
  readonly mark: (showing: Showing, password: string) => Buffer
  /** What is remembered under this mark: `null` where nothing is, or it is too old. */
  readonly find: (showing: Showing, mark: Buffer) => RememberedPassword | null
  readonly remember: (showing: Showing, mark: Buffer, found: RememberedPassword) => void
  readonly forget: (showing: Showing) => void
}

export function createRememberedPasswords(options: RememberedPasswordsOptions = {}): RememberedPasswords {
  const { lifetime = 60, max = 10_000, clock = Date.now } = options
  const key = randomBytes(32)
  const entries = new Map<string, Entry>()

  return {
    mark: ({ login, address }, password) => keyedDigest(key, JSON.stringify([login, address, password])),
    find: (showing, mark) => {
      const place = placeOf(showing)
      const entry = entries.get(place)
      if (entry === undefined || !equalBytes(entry.mark, mark)) return null
      entries.delete(place)
      if (clock() >= entry.until) return null
      entries.set(place, entry)
      return entry
    },
    remember: (showing, mark, { userId, storedHash }) => {
      if (lifetime <= 0 || max <= 0) return
      const place = placeOf(showing)
      entries.delete(place)
      entries.set(place, { mark, userId, storedHash, until: clock() + lifetime * 1000 })
      for (const oldest of entries.keys()) {
        if (entries.size <= max) break
        entries.delete(oldest)
      }
    },
    forget: (showing) => void entries.delete(placeOf(showing)),
  }
}

interface Entry extends RememberedPassword {
  readonly mark: Buffer
  readonly until: number
}

function placeOf({ login, address }: Showing): string {
  return `${address ?? ''} ${login}`
}
