import type { Rate } from '../core/gcra.ts'
import type { Principal } from '../core/identity.ts'
import type { Throttle, ThrottleCheck } from '../core/throttle.ts'
import { callerIn } from './caller.ts'
import { parseRate } from './rate.ts'
import { bucketThrottle, type ThrottleOptions } from './throttle-by.ts'

/** Who a rate is for: a kind of principal, or strangers. */
export type CallerKind = Principal['kind'] | 'anonymous'

const kinds: readonly string[] = ['user', 'service_account', 'client', 'anonymous'] satisfies CallerKind[]

/**
 * Limits each kind of caller at a rate of its own: `byKind({ user: '1000/day', client: '10/s', anonymous: '20/hour' })`. A
 * kind that is left out goes free. Strangers count by network.
 */
export function byKind(
  rates: { readonly [Kind in CallerKind]?: string | Rate },
  options: ThrottleOptions = {},
): Throttle {
  const read = new Map(Object.entries(rates).map(([kind, rate]) => [checked(kind), parseRate(rate)]))
  if (read.size === 0) throw new TypeError(`byKind: give a rate for at least one of ${kinds.join(', ')}.`)
  return bucketThrottle('kind', 'after', (check) => read.get(kindOf(check)) ?? null, callerIn, options)
}

function checked(kind: string): string {
  if (kinds.includes(kind)) return kind
  throw new TypeError(`byKind: there is no kind of caller ${JSON.stringify(kind)}. The kinds are ${kinds.join(', ')}.`)
}

function kindOf({ identity }: ThrottleCheck): CallerKind {
  return identity === null ? 'anonymous' : identity.principal.kind
}
