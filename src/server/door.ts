import { createAuth, type Auth, type AuthOptions } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import type { Throttle } from '../core/throttle.ts'
import { failuresPerAddress } from '../throttling/failures-per-address.ts'
import { perAddress } from '../throttling/per-address.ts'
import { perOwnRate } from '../throttling/per-own-rate.ts'
import { perPrincipal } from '../throttling/per-principal.ts'
import type { Instance } from './instance.ts'
import { waysIn } from './ways-in.ts'

/** The door of an instance: its chain of authenticators and its throttles, as the settings have them. */
export function createDoor(
  instance: Instance,
  options: Pick<AuthOptions<readonly Authenticator[]>, 'onRefused'> = {},
): Auth {
  return createAuth({
    ...options,
    authenticators: waysIn(instance),
    throttles: throttlesOf(instance),
    address: instance.address,
  })
}

/** What limits requests: each counts in the same place for all doors of an instance. */
export function throttlesOf({
  settings,
  counters,
  clock,
}: Pick<Instance, 'settings' | 'counters' | 'clock'>): readonly Throttle[] {
  const { failuresPerAddress: failures, requestsPerAddress, requestsPerPrincipal } = settings
  return [
    ...(requestsPerAddress === null ? [] : [perAddress(requestsPerAddress, { counters, clock })]),
    // Looked at for every request, so it counts in memory, each process for itself.
    ...(failures === null ? [] : [failuresPerAddress(failures, { clock })]),
    perOwnRate({ counters, clock }),
    ...(requestsPerPrincipal === null ? [] : [perPrincipal(requestsPerPrincipal, { counters, clock })]),
  ]
}
