import type { Rate } from '../core/gcra.ts'
import type { Throttle, ThrottleCheck } from '../core/throttle.ts'
import { callerAt } from './caller.ts'
import { bucketThrottle, type ThrottleOptions } from './throttle-by.ts'

/** Limits strangers by network; who is authenticated goes free. Django REST framework's `AnonRateThrottle`. */
export function anonymousPerAddress(rate: string | Rate, options: ThrottleOptions = {}): Throttle {
  const bucket = ({ identity, address }: ThrottleCheck) => (identity === null ? callerAt(address) : null)
  return bucketThrottle('anonymous', 'after', rate, bucket, options)
}
