import type { CounterAnswer, Rate } from '../core/gcra.ts'
import type { Quota, Throttle, ThrottleCheck } from '../core/throttle.ts'
import { digest } from '../crypto/digest.ts'
import type { Counters } from './counters.ts'
import { memoryCounters } from './memory-counters.ts'
import { parseRate } from './rate.ts'

export interface ThrottleOptions {
  /**
   * Where it counts (in memory, for this throttle alone). Give the same counters to every process, or to throttles that
   * shall share their buckets.
   */
  readonly counters?: Counters
  /**
   * The name in the RateLimit headers (that of the throttle's kind, such as `address`). Throttles of one name, window and
   * counters share their buckets; without a name, those of one kind and rate do.
   */
  readonly name?: string
  /** For which requests it counts (all). */
  readonly when?: (check: ThrottleCheck) => boolean
  /** How many a request takes (1). */
  readonly cost?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface ThrottleByOptions extends ThrottleOptions {
  readonly name: string
  /** See `Throttle` (`'after'`). */
  readonly stage?: Throttle['stage']
}

/**
 * A throttle of one's own: `bucket` tells what counts as one caller, or `null` where the throttle does not apply. The rate
 * may be a function, for plans that differ by caller; `null` means no limit.
 */
export function throttleBy(rate: RateOf, bucket: BucketOf, options: ThrottleByOptions): Throttle {
  return bucketThrottle(options.name, options.stage ?? 'after', rate, bucket, options)
}

export type RateOf = string | Rate | ((check: ThrottleCheck) => string | Rate | null)

export type BucketOf = (check: ThrottleCheck) => string | null

/** What every throttle of this room is made of. `kind` stands in for a name that is not given. */
export function bucketThrottle(
  kind: string,
  stage: Throttle['stage'],
  rate: RateOf,
  bucket: BucketOf,
  options: ThrottleOptions,
): Throttle {
  const { counters = memoryCounters(), name = kind, when, cost = 1, clock = Date.now } = options
  if (!/^[a-z][a-z0-9_.-]{0,63}$/i.test(name)) {
    throw new TypeError(
      `A throttle's name has up to 64 letters, digits, '_', '.' and '-', not ${JSON.stringify(name)}.`,
    )
  }
  const fixed = typeof rate === 'function' ? null : parseRate(rate)
  const rateFor = typeof rate === 'function' ? readRates(rate) : () => fixed
  if (!Number.isSafeInteger(cost) || cost < 1 || (fixed !== null && cost > fixed.limit)) {
    throw new TypeError(`The throttle '${name}' needs a cost that is a whole number from 1 to the limit of its rate.`)
  }
  // The window, because a number kept for one would be read wrongly in another.
  const prefix = options.name === undefined && fixed !== null ? `${name}/${fixed.limit}` : name

  async function ask(call: 'take' | 'peek', check: ThrottleCheck): Promise<Quota | null> {
    if (when !== undefined && !when(check)) return null
    const rate = rateFor(check)
    const caller = rate === null ? null : bucket(check)
    if (rate === null || caller === null) return null
    const key = `${prefix}:${rate.window}:${keyOf(caller)}`
    return quotaOf(await counters[call](key, rate, clock(), Math.min(cost, rate.limit)), name, rate)
  }

  return { name, stage, take: async (check) => ask('take', check), peek: async (check) => ask('peek', check) }
}

function quotaOf({ allowed, wait, remaining, reset }: CounterAnswer, policy: string, { limit, window }: Rate): Quota {
  return { wait: allowed ? null : wait, policy, limit, window, remaining, reset }
}

/** What stores cannot hold as it is goes as its digest. */
function keyOf(caller: string): string {
  return /^[!-~]{1,150}$/.test(caller) ? caller : `#${digest(caller).toString('base64url')}`
}

/** Reads each text once. */
function readRates(rateOf: (check: ThrottleCheck) => string | Rate | null): (check: ThrottleCheck) => Rate | null {
  const known = new Map<string, Rate>()
  return (check) => {
    const given = rateOf(check)
    if (given === null || typeof given !== 'string') return given === null ? null : parseRate(given)
    let rate = known.get(given)
    if (rate === undefined) {
      rate = parseRate(given)
      if (known.size >= 1000) known.clear()
      known.set(given, rate)
    }
    return rate
  }
}
