import { decodeBase62, encodeBase62 } from '../crypto/base62.ts'

export interface IdSourceOptions {
  /** The number that no other running process has: 0 to 1023. See `nodes.ts`. */
  readonly node: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
  /** Every id will be larger than this one (none). */
  readonly after?: bigint
}

/**
 * Makes ids of 63 bits that grow with time: 41 bits of milliseconds since 2025, 10 bits of node, 12 bits of a counter.
 * Each id is larger than the one before, also when the clock is set back or more than 4096 are wanted in a millisecond:
 * the source then runs ahead of the clock. Enough until 2094.
 */
export function createIdSource({ node, clock = Date.now, after = -1n }: IdSourceOptions): () => bigint {
  if (!Number.isInteger(node) || node < 0 || node >= nodeCount) {
    throw new RangeError(`An id source needs a node from 0 to ${nodeCount - 1}.`)
  }
  let millisecond = after < 0n ? -1 : Number(after >> 22n)
  let first = 0n
  let counter = perMillisecond
  return () => {
    const now = Math.floor(clock()) - epoch
    if (now > millisecond || counter === perMillisecond) {
      millisecond = Math.max(now, millisecond + 1)
      if (millisecond > lastMillisecond) throw new RangeError('The clock is beyond the year 2094: ids have run out.')
      first = (BigInt(millisecond) << 22n) | BigInt(node * perMillisecond)
      counter = 0
    }
    counter += 1
    return first + BigInt(counter - 1)
  }
}

/** How many nodes ids can tell apart. */
export const nodeCount = 1024

const epoch = Date.UTC(2025, 0, 1)
const perMillisecond = 4096
const lastMillisecond = 2 ** 41 - 1

/** An id as it stands in tokens and addresses: 11 characters of base 62, which sort like the ids. */
export function formatId(id: bigint): string {
  return encodeBase62(id, 11)
}

/** Reads what `formatId` wrote; `null` for anything else. */
export function parseId(text: string): bigint | null {
  return text.length === 11 ? decodeBase62(text) : null
}

/** As `parseId`, but an id that no row has for anything else: for conditions that nothing is to match then. */
export function idOrNone(text: string): bigint {
  return parseId(text) ?? -1n
}

/** When an id was made: milliseconds since 1970. */
export function timeOfId(id: bigint): number {
  return Number(id >> 22n) + epoch
}

/** The smallest id that can be made at a time (milliseconds since 1970): ids from before are smaller. */
export function firstIdAt(time: number): bigint {
  return BigInt(Math.min(Math.max(Math.floor(time) - epoch, 0), lastMillisecond)) << 22n
}
