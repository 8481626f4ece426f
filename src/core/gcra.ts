/** How much of something is allowed: `limit` in each `window`, all at once or spread. */
export interface Rate {
  /** How many. A whole number from 1. */
  readonly limit: number
  /** Seconds. */
  readonly window: number
  /** As it was written, such as `100/hour`. */
  readonly text: string
}

/** What a bucket answers. Times are seconds, with fractions, and never negative. */
export interface CounterAnswer {
  readonly allowed: boolean
  /** Seconds until what was asked for will be there; 0 where it was allowed. */
  readonly wait: number
  /** How many are left, whole. */
  readonly remaining: number
  /** Seconds until the whole limit is there again. */
  readonly reset: number
}

/**
 * A token bucket in one number, by the generic cell rate algorithm (ITU-T I.371, annex A): the arrival at which the bucket
 * will be full again. Pure, so that every store computes the same.
 *
 * `arrival` is in whole microseconds since 1970, `null` where nothing is kept; an arrival in the past means the same as
 * none, so a store may forget it then. Whole microseconds, because fractions would add up differently here, in Lua and in
 * SQL. `now` is in milliseconds. What comes back is the arrival to keep: `null` says that nothing changes.
 *
 * `cost` is how many are taken. A negative one gives back what was taken and is always allowed. A refused request leaves
 * the number as it is, so it does not count against itself.
 */
export function gcra(
  arrival: number | null,
  rate: Rate,
  now: number,
  cost = 1,
): { readonly answer: CounterAnswer; readonly arrival: number | null } {
  const bucket = open(arrival, rate, now)
  const next = bucket.arrival + cost * bucket.interval
  const late = next - bucket.present - bucket.burst
  if (late > 0 && cost > 0) return { answer: told(bucket, late), arrival: null }
  return { answer: told({ ...bucket, arrival: next }, 0), arrival: next }
}

/** What `gcra` would answer, without taking: `remaining` and `reset` are those of the bucket as it is. */
export function peekGcra(arrival: number | null, rate: Rate, now: number, cost = 1): CounterAnswer {
  const bucket = open(arrival, rate, now)
  return told(bucket, Math.max(0, bucket.arrival + cost * bucket.interval - bucket.present - bucket.burst))
}

/**
 * Whole microseconds between two requests of a steady stream, and in a full bucket. A store that computes in its own
 * language takes these from here. Rounded down, so a steady stream may be faster by less than a microsecond a request;
 * a full bucket holds exactly `limit`.
 */
export function spacing({ limit, window }: Rate): { readonly interval: number; readonly burst: number } {
  const interval = Math.floor((window * 1e6) / limit)
  return { interval, burst: interval * limit }
}

/** The time that a store compares arrivals with. Rounded: what a double adds to fractions of a millisecond is not time. */
export function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000)
}

interface Bucket {
  readonly present: number
  readonly arrival: number
  readonly interval: number
  readonly burst: number
}

function open(arrival: number | null, rate: Rate, now: number): Bucket {
  const present = microseconds(now)
  return { present, arrival: arrival === null ? present : Math.max(arrival, present), ...spacing(rate) }
}

/** `late` is how many microseconds too early the request is. */
function told({ present, arrival, interval, burst }: Bucket, late: number): CounterAnswer {
  const used = Math.max(0, arrival - present)
  return {
    allowed: late <= 0,
    wait: late / 1e6,
    // A rate that was lowered while the bucket was in use leaves more used than there is.
    remaining: Math.max(0, Math.floor((burst - used) / interval)),
    reset: used / 1e6,
  }
}
