import { networkOf } from '../../http/address.ts'
import type { Exchange } from '../../http/exchange.ts'

/** What a client shows of itself without meaning to: where a lost answer is asked for again, both are the same. */
export function fingerprintOf({ address, headers }: Exchange): string {
  return JSON.stringify([address === null ? null : networkOf(address), headers.get('user-agent')])
}
