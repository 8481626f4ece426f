import type { Identity } from '../core/identity.ts'
import type { ThrottleCheck } from '../core/throttle.ts'
import { networkOf } from '../http/address.ts'

/** The caller as their principal, and a stranger as their network. */
export function callerIn({ identity, address }: ThrottleCheck): string {
  return identity === null ? callerAt(address) : callerOf(identity)
}

/** The caller as their principal: the kind stands before the id, because a user and a client may have the same one. */
function callerOf(identity: Identity): string {
  return `${identity.principal.kind}:${identity.principal.id}`
}

/** The caller as their network. All whose address is not known are one, so that hiding it is no way around a limit. */
export function callerAt(address: string | null): string {
  return `address:${address === null ? 'unknown' : networkOf(address)}`
}
