import type { Rate } from '../core/gcra.ts'
import type { Throttle } from '../core/throttle.ts'
import { callerIn } from './caller.ts'
import { bucketThrottle, type ThrottleOptions } from './throttle-by.ts'

/**
 * Limits each user, service account and client, whichever credentials they come with: a new token does not fill the bucket
 * up. Strangers count by network, as in Django REST framework's `UserRateThrottle`.
 */
export function perPrincipal(rate: string | Rate, options: ThrottleOptions = {}): Throttle {
  return bucketThrottle('principal', 'after', rate, callerIn, options)
}
