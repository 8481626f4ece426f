import type { Exchange } from '../../http/exchange.ts'
import { networkOf } from '../../http/address.ts'
import type { By } from '../owner.ts'

/** Where a request is from, for the audit log. */
export function requestedBy({ address, requestId }: Exchange): Omit<By, 'actor'> {
  return { address, requestId: requestId ?? null }
}

/** What a client shows of itself without meaning to: where a lost answer is asked for again, both are the same. */
export function fingerprintOf({ address, headers }: Exchange): string {
  return JSON.stringify([address === null ? null : networkOf(address), headers.get('user-agent')])
}
