import { gcra, peekGcra } from '../core/gcra.ts'
import type { Counters } from './counters.ts'

export interface MemoryCountersOptions {
  /** How many buckets are kept at most (100,000: about 20 MB). */
  readonly keys?: number
}

/** Counters that can be looked at too, by whoever shares the process. */
export interface MemoryCounters extends Counters {
  /** The buckets in use whose keys begin so, those that are full again last first. Looks at all: for a page of the console. */
  readonly list: (
    prefix: string,
    now: number,
    limit: number,
  ) => readonly { readonly key: string; readonly fullAt: number }[]
  /** Fills all up whose keys begin so, and tells how many. */
  readonly clearAll: (prefix: string) => number
}

/**
 * Buckets in the memory of this process: exact, and fast, and each process counts for itself.
 *
 * It stays bounded. A bucket that is full again is the same as one that was never used, so each new key looks at a few old
 * ones and drops those. Only where `keys` buckets are in use at once does a new one push out a used one, and then, of
 * sixteen, the one of which the smallest part of its limit is used. So nobody gets an exhausted bucket filled up by a flood
 * of new keys, unless they exhaust most of the others, which is the harder way to as many requests.
 */
export function memoryCounters(options: MemoryCountersOptions = {}): MemoryCounters {
  const { keys = 100_000 } = options
  if (!Number.isSafeInteger(keys) || keys < 1)
    throw new TypeError('memoryCounters: keys must be a whole number from 1.')
  const buckets = new Map<string, Bucket>()
  /** Goes round through all buckets, a few at a time: looking through them at once would hold everybody up. */
  let hand = buckets.entries()

  function makeRoom(now: number): void {
    const isFull = buckets.size >= keys
    let least: string | null = null
    let leastUsed = Infinity
    for (let looks = isFull ? 16 : 4; looks > 0; looks -= 1) {
      let next = hand.next()
      if (next.done === true) {
        hand = buckets.entries()
        next = hand.next()
        if (next.done === true) return
      }
      const [key, { arrival, window }] = next.value
      const used = (arrival - now * 1000) / window
      if (used <= 0) buckets.delete(key)
      else if (used < leastUsed) [least, leastUsed] = [key, used]
    }
    if (buckets.size >= keys && least !== null) buckets.delete(least)
  }

  return {
    take: async (key, rate, now, cost) => {
      const bucket = buckets.get(key)
      const { answer, arrival } = gcra(bucket?.arrival ?? null, rate, now, cost)
      if (arrival === null) return answer
      if (bucket !== undefined) {
        bucket.arrival = arrival
        bucket.window = rate.window
      } else if (answer.reset > 0) {
        makeRoom(now)
        buckets.set(key, { arrival, window: rate.window })
      }
      return answer
    },
    peek: async (key, rate, now, cost) => peekGcra(buckets.get(key)?.arrival ?? null, rate, now, cost),
    clear: async (key) => {
      buckets.delete(key)
    },
    list: (prefix, now, limit) =>
      [...buckets]
        .filter(([key, { arrival }]) => key.startsWith(prefix) && arrival > now * 1000)
        .map(([key, { arrival }]) => ({ key, fullAt: Math.ceil(arrival / 1000) }))
        .toSorted((a, b) => b.fullAt - a.fullAt)
        .slice(0, limit),
    clearAll: (prefix) => {
      const gone = [...buckets.keys()].filter((key) => key.startsWith(prefix))
      for (const key of gone) buckets.delete(key)
      return gone.length
    },
  }
}

/** The number of a key, and the window in seconds, which tells how much of the limit is used whatever the rate. */
interface Bucket {
  arrival: number
  window: number
}
