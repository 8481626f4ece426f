import { createAuth, type Auth, type AuthOptions } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import type { Identity } from '../core/identity.ts'
import type { Throttle } from '../core/throttle.ts'
import { callerAt, callerIn } from '../throttling/caller.ts'
import { failuresPerAddress } from '../throttling/failures-per-address.ts'
import { overridden, type OverriddenOptions } from '../throttling/overridden.ts'
import { perAddress } from '../throttling/per-address.ts'
import { perOwnRate } from '../throttling/per-own-rate.ts'
import { perPrincipal } from '../throttling/per-principal.ts'
import type { Instance } from './instance.ts'
import type { OverriddenThrottle } from './own-limits.ts'
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

/**
 * What limits requests: each counts in the same place for all doors of an instance. Single callers may have limits of their own, or
 * be refused.
 */
export function throttlesOf({
  settings,
  counters,
  failureCounters,
  clock,
  ownLimits,
}: Pick<Instance, 'settings' | 'counters' | 'failureCounters' | 'clock' | 'ownLimits'>): readonly Throttle[] {
  const { failuresPerAddress: failures, requestsPerAddress, requestsPerPrincipal } = settings
  const common = { counters, clock }
  // Looked at for every request, so it counts in memory, each process for itself.
  const inMemory = { counters: failureCounters, clock }
  const own = (throttle: OverriddenThrottle): Pick<OverriddenOptions, 'isAny' | 'find'> => ({
    isAny: () => ownLimits.isAny(throttle),
    find: (bucket) => ownLimits.find(throttle, bucket),
  })
  return [
    overridden({
      ...common,
      name: 'address',
      stage: 'before',
      usual: requestsPerAddress === null ? null : perAddress(requestsPerAddress, common),
      bucket: ({ address }) => callerAt(address),
      isAny: () => ownLimits.isAny('requestsPerAddress'),
      find: (bucket, { address }) => {
        const until = ownLimits.blockedUntil(address)
        return until === null ? ownLimits.find('requestsPerAddress', bucket) : { rate: null, until }
      },
    }),
    ...(failures === null
      ? []
      : [
          overridden({
            ...inMemory,
            ...own('failuresPerAddress'),
            name: 'failures',
            stage: 'failure',
            usual: failuresPerAddress(failures, inMemory),
            bucket: ({ address }) => callerAt(address),
          }),
        ]),
    overridden({
      ...common,
      ...own('key'),
      name: 'key',
      stage: 'after',
      usual: perOwnRate(common),
      bucket: ({ identity }) => (identity?.via === 'apiKey' ? bucketOfKey(identity.auth) : null),
    }),
    overridden({
      ...common,
      ...own('requestsPerPrincipal'),
      name: 'principal',
      stage: 'after',
      usual: requestsPerPrincipal === null ? null : perPrincipal(requestsPerPrincipal, common),
      bucket: (check) => callerIn(check),
    }),
    overridden({
      ...common,
      ...own('organisation'),
      name: 'organisation',
      stage: 'after',
      usual: null,
      bucket: ({ identity }) => bucketOfOrganisation(identity),
    }),
  ]
}

function bucketOfKey(auth: unknown): string | null {
  const { id } = (auth ?? {}) as { readonly id?: unknown }
  return typeof id === 'string' ? `apiKey:${id}` : null
}

/** All that speaks for one organisation: its service accounts and applications, and what people use for it alone. */
function bucketOfOrganisation(identity: Identity | null): string | null {
  const id = identity?.principal.organisation?.id
  return id === undefined ? null : `organisation:${id}`
}
