import { gcra, peekGcra } from '../core/gcra.ts'
import type { Counters } from './counters.ts'

export interface MemoryCountersOptions {
  /** How many buckets are kept at most (100,000: about 20 MB). */
  readonly keys?: number
}

/**
 * Buckets in the memory of this process: exact, and fast, and each process counts for itself.
 *
 * It stays bounded. A bucket that is full again is the same as one that was never used, so it goes first. Only where more
 * than `keys` buckets are in use at once are used ones forgotten, and then those of which the smallest part of their limit
 * is used. So nobody gets an exhausted bucket filled up by flooding, unless they exhaust `keys` other ones, which is the
 * harder way to as many requests.
 */
export function memoryCounters(options: MemoryCountersOptions = {}): Counters {
  const { keys = 100_000 } = options
  if (!Number.isSafeInteger(keys) || keys < 1)
    throw new TypeError('memoryCounters: keys must be a whole number from 1.')
  const buckets = new Map<string, Bucket>()
  let room = Math.min(keys, smallest)

  function makeRoom(now: number): void {
    dropFull(buckets, now)
    if (buckets.size > keys * kept) dropLeastUsed(buckets, buckets.size - Math.floor(keys * kept), now)
    // Looked through again when it has doubled, so that the work for each key stays the same however many there are.
    room = Math.min(keys, Math.max(smallest, buckets.size * 2))
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
        if (buckets.size >= room) makeRoom(now)
        buckets.set(key, { arrival, window: rate.window })
      }
      return answer
    },
    peek: async (key, rate, now, cost) => peekGcra(buckets.get(key)?.arrival ?? null, rate, now, cost),
    clear: async (key) => {
      buckets.delete(key)
    },
  }
}

/** The two numbers of a key; `window` in seconds, to tell how much of the limit is used whatever the rate. */
interface Bucket {
  arrival: number
  window: number
}

/** Fewer buckets than this are not worth looking through. */
const smallest = 1024

/** What part of `keys` stays when used buckets have to go: so many at once that the look through them pays. */
const kept = 7 / 8

function dropFull(buckets: Map<string, Bucket>, now: number): void {
  for (const [key, bucket] of buckets) {
    if (bucket.arrival <= now * 1000) buckets.delete(key)
  }
}

function dropLeastUsed(buckets: Map<string, Bucket>, count: number, now: number): void {
  const bound = Float64Array.from(buckets.values(), (bucket) => usedPart(bucket, now)).sort()[count - 1] as number
  let dropped = 0
  for (const [key, bucket] of buckets) {
    if (dropped === count) return
    if (usedPart(bucket, now) > bound) continue
    buckets.delete(key)
    dropped += 1
  }
}

function usedPart({ arrival, window }: Bucket, now: number): number {
  return (arrival - now * 1000) / window
}
