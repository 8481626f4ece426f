import { Throttled } from '../core/errors.ts'
import type { Rate } from '../core/gcra.ts'
import { networkOf } from '../http/address.ts'

/** What limits count in: the counters of throttles fit, one store for all nodes. */
export interface LimitCounters {
  /** Takes from a bucket in one atomic step, or says how many seconds to wait. A negative cost gives back. */
  readonly take: (
    key: string,
    rate: Rate,
    now: number,
    cost?: number,
  ) => Promise<{ readonly allowed: boolean; readonly wait: number }>
}

export interface LimitOptions {
  readonly counters: LimitCounters
  /** What is counted, as a name of its own. */
  readonly name: string
  readonly rate: Rate
  /** What is said to whoever has reached it (throttled). */
  readonly code?: 'throttled' | 'too_many_attempts'
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** How often something may be asked for by whoever has the key. */
export interface Limit {
  /** Takes one, or throws `Throttled`. Of a hundred at once with ten left, ten go ahead. */
  readonly take: (key: string) => Promise<void>
  /** Gives one back that was taken for nothing. */
  readonly giveBack: (key: string) => Promise<void>
}

export function createLimit({ counters, name, rate, code = 'throttled', clock = Date.now }: LimitOptions): Limit {
  const keyOf = (key: string): string => `oauth.${name}:${key}`
  return {
    take: async (key) => {
      const { allowed, wait } = await counters.take(keyOf(key), rate, clock())
      if (!allowed) throw new Throttled(wait, code)
    },
    giveBack: async (key) => {
      await counters.take(keyOf(key), rate, clock(), -1)
    },
  }
}

/** Who counts as one caller; all whose address is not known do. */
export function callerOf({ address }: { readonly address: string | null }): string {
  return address === null ? 'unknown' : networkOf(address)
}
