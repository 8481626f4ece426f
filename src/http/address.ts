import { isIPv4 } from 'node:net'
import { createPeerRanges } from './peers.ts'
import { canonicalAddress, formatIPv6, groupsOf, mappedIPv4 } from './ip.ts'
import type { AuthRequest, ClientAddress } from '../core/request.ts'
import { trimBlanks } from './trim-blanks.ts'

export { createAddressRanges } from './address-ranges.ts'

export interface ForwardedForOptions {
  /** The proxies whose word counts, as addresses and ranges; `unix` for those that come by a Unix socket. */
  readonly trusted: readonly string[]
  /** Which header they write (x-forwarded-for). A proxy that writes one passes the other on as its client sent it. */
  readonly header?: 'x-forwarded-for' | 'forwarded'
}

/**
 * Finds the caller's address behind proxies: the right-most address of the header that is not a trusted proxy, and only
 * where the peer is one. What stands further left was written by the caller and does not count (RFC 7239, section 8.1).
 * An entry that is no address ends the walk at the last good one, as does the end of the header.
 */
export function forwardedFor({ trusted, header = 'x-forwarded-for' }: ForwardedForOptions): ClientAddress {
  const isTrustedPeer = createPeerRanges(trusted)
  const addressIn = header === 'forwarded' ? addressOfElement : addressOfNode
  return (request) => {
    const peer = peerOf(request)
    if (!isTrustedPeer(request.peer)) return peer
    return walk(request.headers.get(header) ?? '', peer)
  }

  /** From the right. A comma within quotes splits too: nothing that a proxy writes here has one, so it is garbage. */
  function walk(list: string, peer: string | null): string | null {
    let found = peer
    let end = list.length
    while (end >= 0) {
      const comma = end === 0 ? -1 : list.lastIndexOf(',', end - 1)
      const address = addressIn(trimBlanks(list.slice(comma + 1, end)))
      if (address === null) return found
      found = address
      if (!isTrustedPeer({ address })) return found
      end = comma
    }
    return found
  }
}

/**
 * What counts as one caller in throttles: an IPv4 address as it is, an IPv6 address as its /64, since that is what one
 * subscriber has at least (RFC 6177, section 2). A text that is no address is given back.
 */
export function networkOf(address: string): string {
  const groups = groupsOf(address)
  if (groups === null) return address
  return mappedIPv4(groups) ?? `${formatIPv6([...groups.slice(0, 4), 0, 0, 0, 0])}/64`
}

function peerOf(request: AuthRequest): string | null {
  const address = request.peer?.address ?? null
  return address === null ? null : (canonicalAddress(address) ?? address)
}

/** RFC 7239, section 4: pairs with semicolons between; the one that counts is `for`. */
function addressOfElement(element: string): string | null {
  let found: string | null = null
  for (const part of element.split(';')) {
    const [, name, token, quoted] = pair.exec(trimBlanks(part)) ?? []
    if (name === undefined) return null
    if (name.toLowerCase() !== 'for') continue
    if (found !== null) return null
    found = addressOfNode(quoted ?? token ?? '')
    if (found === null) return null
  }
  return found
}

const pair = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"([\x20\x21\x23-\x5b\x5d-\x7e]*)")$/

/** An address, with or without port, IPv6 with or without brackets (RFC 7239, section 6). Zones are not sent by proxies. */
function addressOfNode(node: string): string | null {
  if (isIPv4(node)) return node
  if (node.length > 60 || node.includes('%')) return null
  const [, ipv6] = /^\[([^\]]*)\](?::[0-9]{1,5})?$/.exec(node) ?? []
  if (ipv6 !== undefined) return ipv6.includes(':') ? canonicalAddress(ipv6) : null
  const [, ipv4] = /^([0-9.]+):[0-9]{1,5}$/.exec(node) ?? []
  return canonicalAddress(ipv4 ?? node)
}
