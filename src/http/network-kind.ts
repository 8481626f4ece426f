import { createAddressRanges } from './address-ranges.ts'

/** What an address says of where it is, without asking anybody: a network that the internet knows nothing of, or the internet. */
export type NetworkKind = 'loopback' | 'link_local' | 'private' | 'shared' | 'public'

/**
 * The kind of network that an address is in, after IANA's registries of special-purpose addresses (RFC 6890); `null` where it is
 * not known. No more is made up: which town or country a public address is in, only somebody's guess would say.
 */
export function networkKind(address: string | null): NetworkKind | null {
  if (address === null) return null
  for (const [kind, isIn] of kinds) if (isIn(address)) return kind
  return isAny(address) ? 'public' : null
}

const kinds = [
  ['loopback', createAddressRanges(['127.0.0.0/8', '::1'])],
  ['link_local', createAddressRanges(['169.254.0.0/16', 'fe80::/10'])],
  ['private', createAddressRanges(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'])],
  ['shared', createAddressRanges(['100.64.0.0/10'])],
] as const

const isAny = createAddressRanges(['0.0.0.0/0', '::/0'])
