import type { Rate } from '../core/gcra.ts'
import type { Throttle } from '../core/throttle.ts'
import type { Counters } from './counters.ts'
import { perPrincipal } from './per-principal.ts'
import type { ThrottleOptions } from './throttle-by.ts'

export interface ScopedOptions extends Omit<ThrottleOptions, 'name'> {
  /** Where it counts. All throttles of one scope need the same, or each route would have a bucket of its own. */
  readonly counters: Counters
}

/**
 * Limits what costs more: `scoped('uploads', '20/hour', { counters })` on several routes is one bucket for each principal
 * over all of them. Strangers count by network. Django REST framework's `ScopedRateThrottle`.
 */
export function scoped(scope: string, rate: string | Rate, options: ScopedOptions): Throttle {
  if (options?.counters === undefined) {
    throw new TypeError(`scoped: '${scope}' needs counters, the same for every route of this scope.`)
  }
  return perPrincipal(rate, { ...options, name: scope })
}
