import type { Rate } from '../core/gcra.ts'
import type { Identity } from '../core/identity.ts'
import type { Throttle } from '../core/throttle.ts'
import { parseRate } from './rate.ts'
import { bucketThrottle, type ThrottleOptions } from './throttle-by.ts'

export interface PerKeyOptions extends ThrottleOptions {
  /** The authenticators whose credentials are keys (`['apiKey']`). */
  readonly via?: readonly string[]
}

/**
 * Limits each API key by its own rate, `identity.auth.rate`, or by `rate` where it has none. Other credentials go free. A
 * key's own rate is checked by `parseRate` where it is stored: one that cannot be read fails here, and lets nobody in.
 */
export function perKey(rate: string | Rate, options: PerKeyOptions = {}): Throttle {
  const { via = ['apiKey'], ...rest } = options
  const usual = parseRate(rate)
  const keyIn = (identity: Identity | null) =>
    identity !== null && via.includes(identity.via) ? asKey(identity) : null
  return bucketThrottle(
    'key',
    'after',
    ({ identity }) => keyIn(identity)?.rate ?? usual,
    ({ identity }) => keyIn(identity)?.bucket ?? null,
    rest,
  )
}

function asKey({ auth, via }: Identity): { readonly bucket: string; readonly rate: string | Rate | null } {
  const { id, rate } = (auth ?? {}) as { readonly id?: unknown; readonly rate?: string | Rate | null }
  if (typeof id !== 'string') throw new TypeError(`perKey: the credentials of '${via}' have no id to count by.`)
  return { bucket: `${via}:${id}`, rate: rate ?? null }
}
