import type { Rate } from '../core/gcra.ts'
import type { Throttle } from '../core/throttle.ts'
import { callerAt } from './caller.ts'
import { bucketThrottle, type ThrottleOptions } from './throttle-by.ts'

/**
 * Limits refused credentials by network: tokens, keys and passwords that were no good. While the limit is reached, requests
 * with credentials are refused before these are looked at, good ones too; requests without go on.
 */
export function failuresPerAddress(rate: string | Rate, options: ThrottleOptions = {}): Throttle {
  return bucketThrottle('failures', 'failure', rate, ({ address }) => callerAt(address), options)
}
