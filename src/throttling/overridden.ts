import type { Identity } from '../core/identity.ts'
import type { Quota, Throttle, ThrottleCheck } from '../core/throttle.ts'
import type { Counters } from './counters.ts'
import { parseRate } from './rate.ts'

/** A limit of its own for one caller. */
export interface OwnLimit {
  /** `null`: nothing goes ahead. */
  readonly rate: string | null
  /** The end of it, in milliseconds since 1970. */
  readonly until: number
}

export interface OverriddenOptions {
  readonly name: string
  readonly stage: Throttle['stage']
  /** What holds for all others (nothing). */
  readonly usual: Throttle | null
  /** Who is asked about, as a bucket, `null` for nobody. */
  readonly bucket: (check: ThrottleCheck) => string | null
  /** The limit of its own that a bucket has, from memory. */
  readonly find: (bucket: string, check: ThrottleCheck) => OwnLimit | null
  /** Whether anybody has one: without, nothing is looked for. */
  readonly isAny: () => boolean
  readonly counters: Counters
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** The same throttle, but for callers that have a limit of their own until it ends, or are refused until then. */
export function overridden(options: OverriddenOptions): Throttle {
  const { name, stage, usual, bucket, find, isAny, counters, clock } = options

  async function ask(call: 'take' | 'peek', check: ThrottleCheck): Promise<Quota | null> {
    const caller = isAny() ? bucket(check) : null
    const own = caller === null ? null : find(caller, check)
    if (own === null || own.until <= clock()) return usual === null ? null : usual[call](check)
    if (own.rate === null) return refusedUntil(own.until, name, clock())
    const rate = parseRate(own.rate)
    const { allowed, wait, remaining, reset } = await counters[call](
      `${name}:own:${rate.limit}/${rate.window}:${caller}`,
      rate,
      clock(),
    )
    const { limit, window } = rate
    return { wait: allowed ? null : wait, policy: name, limit, window, remaining, reset }
  }

  return {
    name,
    stage,
    appliesTo: (identity: Identity | null) =>
      isAny() || (usual !== null && (usual.appliesTo === undefined || usual.appliesTo(identity))),
    take: async (check) => ask('take', check),
    peek: async (check) => ask('peek', check),
  }
}

/** What somebody is told who is let through no more: how long, and nothing else. */
function refusedUntil(until: number, policy: string, now: number): Quota {
  const seconds = (until - now) / 1000
  return { wait: seconds, policy, limit: 0, window: seconds, remaining: 0, reset: seconds }
}
