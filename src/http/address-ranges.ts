import { BlockList, isIPv4 } from 'node:net'
import { canonicalAddress, formatIPv6, groupsOf, mappedIPv4 } from './ip.ts'

/** Whether an address is in one of the ranges. `null`, and what is no address, is in none. */
export type AddressRanges = (address: string | null) => boolean

/**
 * Makes a test for addresses out of a list of single ones and ranges, IPv4 and IPv6 (`10.0.0.0/8`, `2001:db8::/32`,
 * `192.0.2.1`). An IPv4-mapped IPv6 address is the IPv4 address, in the list and when asked; zones are dropped. Bits after
 * the prefix do not matter. Throws `TypeError` naming the entry that is neither.
 */
export function createAddressRanges(list: readonly string[]): AddressRanges {
  // One list a family: in a common one, `::/0` would hold all of IPv4 as well.
  const ipv4 = new BlockList()
  const ipv6 = new BlockList()
  for (const entry of list) {
    const { address, bits } = parseRange(entry)
    if (isIPv4(address)) ipv4.addSubnet(address, bits, 'ipv4')
    else ipv6.addSubnet(address, bits, 'ipv6')
  }
  return (text) => {
    const address = text === null ? null : canonicalAddress(text)
    if (address === null) return false
    return isIPv4(address) ? ipv4.check(address, 'ipv4') : ipv6.check(address, 'ipv6')
  }
}

/** The address of a range and how many bits of it count. Throws `TypeError` naming the entry that is none. */
export function parseRange(entry: string): { readonly address: string; readonly bits: number } {
  const [, text = '', size] = /^([^/]+)(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(entry) ?? []
  const groups = groupsOf(text)
  const width = groups === null ? 32 : 128
  const bits = size === undefined ? width : Number(size)
  if (canonicalAddress(text) === null || bits > width) throw badEntry(entry)
  if (groups === null) return { address: text, bits }
  const mapped = mappedIPv4(groups)
  if (mapped === null) return { address: formatIPv6(groups), bits }
  if (bits < 96) throw badEntry(entry)
  return { address: mapped, bits: bits - 96 }
}

function badEntry(entry: string): TypeError {
  return new TypeError(
    `Address range "${entry}": write an address or a range, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32.`,
  )
}
