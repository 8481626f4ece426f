import type { Jwk } from '../crypto/jwk.ts'
import { parseJsonObject } from '../crypto/json-object.ts'
import { createSafeFetch } from '../http/safe-fetch.ts'
import { settledWithin } from './settled-within.ts'

export interface RemoteJwkSetsOptions {
  /** How the sets are asked for (`createSafeFetch()`: https only, and no special addresses). */
  readonly fetch?: ((url: string) => Promise<{ readonly status: number; readonly body: Uint8Array }>) | undefined
  /** Seconds after which a set is asked for anew (600). */
  readonly maxAge?: number
  /** Seconds for which an old one goes on serving where it cannot be had anew (86,400). */
  readonly staleFor?: number
  /** Seconds that lie between two questions for the same set, whatever callers ask for (30). */
  readonly cooldown?: number
  /** How many sets are kept at most; the one that was not used for longest goes (1000). */
  readonly max?: number
  /** Hears why a set could not be had (nobody). */
  readonly onError?: (error: unknown) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** JWK sets (RFC 7517, section 5) that others publish, by their addresses. What is given back is the same until it is read anew. */
export interface RemoteJwkSets {
  /**
   * The keys at an address; `null` where there are none to go by. `patience`: milliseconds for which an answer is waited for (as
   * long as it takes); then it goes on with what is there, and a later caller has what comes.
   */
  readonly read: (uri: string, patience?: number) => Promise<readonly Jwk[] | null>
  /** The same for a caller that lacks one in what `read` gave: asks again, unless that was done just now. */
  readonly readAnew: (uri: string, patience?: number) => Promise<readonly Jwk[] | null>
  /** Whether the set could not be had when it was last asked for. */
  readonly isFailing: (uri: string) => boolean
  /** Whether it is being asked for, and has yet to come. */
  readonly isUnderway: (uri: string) => boolean
}

/**
 * Keeps the sets in memory. All who want the same one share one question; where it fails, the next one waits twice as long,
 * up to five minutes, so that nobody can use this server to knock at another's door.
 */
export function createRemoteJwkSets(options: RemoteJwkSetsOptions = {}): RemoteJwkSets {
  const { fetch = createSafeFetch(), onError = () => undefined, clock = Date.now } = options
  const { maxAge = 600, staleFor = 86_400, cooldown = 30, max = 1000 } = options
  const entries = new Map<string, Entry>()

  /** The one that was used last stands last. */
  function entryOf(uri: string): Entry {
    const entry = entries.get(uri) ?? { keys: null, readAt: -Infinity, askedAt: -Infinity, failures: 0, asking: null }
    entries.delete(uri)
    entries.set(uri, entry)
    if (entries.size > max) entries.delete(entries.keys().next().value ?? uri)
    return entry
  }

  async function ask(uri: string, entry: Entry, patience?: number): Promise<void> {
    const pause = entry.failures === 0 ? cooldown : Math.min(2 ** (entry.failures - 1), longestPause)
    if (entry.asking === null && clock() - entry.askedAt < pause * 1000) return
    entry.asking ??= renew(uri, entry).finally(() => {
      entry.asking = null
    })
    await (patience === undefined ? entry.asking : settledWithin(entry.asking, patience))
  }

  async function renew(uri: string, entry: Entry): Promise<void> {
    entry.askedAt = clock()
    try {
      const { status, body } = await fetch(uri)
      if (status !== 200) throw new Error(`The JWK set was answered with ${status}.`)
      entry.keys = keysIn(body)
      entry.readAt = clock()
      entry.failures = 0
    } catch (error) {
      entry.failures += 1
      onError(error)
    }
  }

  function current({ keys, readAt }: Entry): readonly Jwk[] | null {
    return clock() - readAt < staleFor * 1000 ? keys : null
  }

  return {
    read: async (uri, patience) => {
      const entry = entryOf(uri)
      if (clock() - entry.readAt >= maxAge * 1000) await ask(uri, entry, patience)
      return current(entry)
    },
    readAnew: async (uri, patience) => {
      const entry = entryOf(uri)
      await ask(uri, entry, patience)
      return current(entry)
    },
    isFailing: (uri) => (entries.get(uri)?.failures ?? 0) > 0,
    isUnderway: (uri) => (entries.get(uri)?.asking ?? null) !== null,
  }
}

interface Entry {
  keys: readonly Jwk[] | null
  readAt: number
  askedAt: number
  /** In a row. */
  failures: number
  asking: Promise<void> | null
}

/** Seconds. */
const longestPause = 300

/** Nobody needs more. */
const mostKeys = 100

/** Its members, whether they serve or not: which do is found out by who needs one. */
function keysIn(body: Uint8Array): readonly Jwk[] {
  const listed = parseJsonObject(Buffer.from(body.buffer, body.byteOffset, body.byteLength))?.['keys']
  if (!Array.isArray(listed) || listed.length > mostKeys) throw new Error('What was answered is no JWK set.')
  return (listed as readonly unknown[]).filter(isObject)
}

function isObject(value: unknown): value is Jwk {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
