import { isIPv4 } from 'node:net'
import { parseRange } from './address-ranges.ts'
import { canonicalAddress, groupsOf } from './ip.ts'

/**
 * An address as text that sorts as addresses do, for an index of a database: the family and its bytes in hex, `4cb007109`.
 * `null` where the text is no address.
 */
export function addressKey(text: string | null): string | null {
  const address = text === null ? null : canonicalAddress(text)
  return address === null ? null : keyOf(address)
}

/** The first and the last key of a range, or of a single address. */
export interface AddressKeys {
  readonly first: string
  readonly last: string
}

/** The keys of an address or a range, such as `10.0.0.0/8`. Throws `TypeError` as `createAddressRanges` does. */
export function addressKeys(range: string): AddressKeys {
  const { address, bits } = parseRange(range)
  const key = keyOf(canonicalAddress(address) ?? address)
  const hex = key.slice(1)
  const free = BigInt(hex.length * 4 - bits)
  const first = (BigInt(`0x${hex}`) >> free) << free
  const last = first | ((1n << free) - 1n)
  const written = (value: bigint): string => key.slice(0, 1) + value.toString(16).padStart(hex.length, '0')
  return { first: written(first), last: written(last) }
}

function keyOf(address: string): string {
  const parts = isIPv4(address) ? address.split('.').map(Number) : (groupsOf(address) ?? [])
  const [family, width] = isIPv4(address) ? ['4', 2] : ['6', 4]
  return family + parts.map((part) => part.toString(16).padStart(width, '0')).join('')
}
