import type { Rate } from '../core/gcra.ts'
import type { Throttle } from '../core/throttle.ts'
import { callerAt } from './caller.ts'
import { bucketThrottle, type ThrottleOptions } from './throttle-by.ts'

/**
 * Limits every request by network, an IPv4 address or an IPv6 /64, before authentication: what is refused costs nothing
 * more. Callers whose address is not known share one bucket.
 */
export function perAddress(rate: string | Rate, options: ThrottleOptions = {}): Throttle {
  return bucketThrottle('address', 'before', rate, ({ address }) => callerAt(address), options)
}
