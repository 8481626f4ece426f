import type { Exchange } from './exchange.ts'

/** Where a request is from, for the audit log. */
export function requestedBy({ address, requestId }: Pick<Exchange, 'address' | 'requestId'>): RequestedBy {
  return { address, requestId: requestId ?? null }
}

interface RequestedBy {
  readonly address: string | null
  readonly requestId: string | null
}
