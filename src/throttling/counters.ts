import type { CounterAnswer, Rate } from '../core/gcra.ts'

/**
 * Keeps the buckets that throttles take from: one number a key, computed by `gcra` of `core/gcra.ts` in every store. What
 * each store has to hold is written down as tests in `counters.contract.ts`. Keys are up to 250 characters, without U+0000.
 */
export interface Counters {
  /**
   * Takes `cost` (1) from the bucket `key`, or leaves it untouched and says how long to wait. One atomic step: of a hundred
   * at once with ten left, ten are allowed. A negative cost gives back. `now` is in milliseconds.
   */
  readonly take: (key: string, rate: Rate, now: number, cost?: number) => Promise<CounterAnswer>
  /** What `take` would answer to the same, and nothing is taken: `remaining` and `reset` are those of the bucket as it is. */
  readonly peek: (key: string, rate: Rate, now: number, cost?: number) => Promise<CounterAnswer>
  /** Fills the bucket up: forgets the key. */
  readonly clear: (key: string) => Promise<void>
}
