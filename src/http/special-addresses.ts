import { isIPv4 } from 'node:net'
import { createAddressRanges } from './address-ranges.ts'
import { groupsOf } from './ip.ts'

/**
 * Whether an address is anything but an ordinary one of the public internet: private, loopback, link-local, multicast,
 * documentation, or one that stands for another address (IPv4-mapped, NAT64, 6to4, Teredo). What is no address counts as
 * special. After IANA's registries of special-purpose addresses (RFC 6890), IPv4 and IPv6, as of 2025.
 */
export function isSpecialAddress(address: string): boolean {
  if (isIPv4(address)) return special(address)
  const [first] = groupsOf(address) ?? []
  // All global unicast there is lies in 2000::/3 (RFC 4291, section 2.4, and IANA's registry of assignments).
  return first === undefined || first >> 13 !== 1 || special(address)
}

const special = createAddressRanges([
  '0.0.0.0/8', // this network (RFC 791)
  '10.0.0.0/8', // private use (RFC 1918)
  '100.64.0.0/10', // shared by carriers (RFC 6598)
  '127.0.0.0/8', // loopback (RFC 1122)
  '169.254.0.0/16', // link-local, and the metadata services of clouds (RFC 3927)
  '172.16.0.0/12', // private use (RFC 1918)
  '192.0.0.0/24', // protocol assignments (RFC 6890)
  '192.0.2.0/24', // documentation (RFC 5737)
  '192.31.196.0/24', // AS112 (RFC 7535)
  '192.52.193.0/24', // AMT (RFC 7450)
  '192.88.99.0/24', // 6to4 relays (RFC 7526)
  '192.168.0.0/16', // private use (RFC 1918)
  '192.175.48.0/24', // AS112 (RFC 7534)
  '198.18.0.0/15', // benchmarking (RFC 2544)
  '198.51.100.0/24', // documentation (RFC 5737)
  '203.0.113.0/24', // documentation (RFC 5737)
  '224.0.0.0/4', // multicast (RFC 5771)
  '240.0.0.0/4', // reserved, and broadcast (RFC 1112, RFC 919)
  '2001::/23', // protocol assignments: Teredo, benchmarking, ORCHID (RFC 2928)
  '2001:db8::/32', // documentation (RFC 3849)
  '2002::/16', // 6to4 (RFC 3056)
  '2620:4f:8000::/48', // AS112 (RFC 7534)
  '3fff::/20', // documentation (RFC 9637)
])
