import type { Identity } from '../core/identity.ts'
import type { Throttle } from '../core/throttle.ts'
import { bucketThrottle, type ThrottleOptions } from './throttle-by.ts'

/**
 * Limits each API key that has a rate of its own, by that (`identity.auth.rate`). Every other credential goes free, and is not
 * even asked about.
 */
export function perOwnRate(options: ThrottleOptions = {}): Throttle {
  return {
    ...bucketThrottle(
      'key',
      'after',
      ({ identity }) => rateOf(identity),
      ({ identity }) => bucketOf(identity),
      options,
    ),
    appliesTo: (identity) => rateOf(identity) !== null,
  }
}

function rateOf(identity: Identity | null): string | null {
  if (identity?.via !== 'apiKey') return null
  const { rate } = (identity.auth ?? {}) as { readonly rate?: unknown }
  return typeof rate === 'string' ? rate : null
}

function bucketOf(identity: Identity | null): string | null {
  const { id } = (identity?.auth ?? {}) as { readonly id?: unknown }
  return typeof id === 'string' ? `apiKey:${id}` : null
}
