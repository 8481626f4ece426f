import type { AuthRequest, Peer } from '../core/request.ts'
import { equalText } from '../crypto/compare.ts'
import { createAddressRanges } from './address-ranges.ts'

export interface TrustedPeersOptions {
  /** Addresses and ranges of the proxies; `unix` for those that come by a Unix socket (any, if there is a secret). */
  readonly addresses?: readonly string[]
  /** A header that the proxy sets to a value only it and we know, at least 16 characters (none, if there are addresses). */
  readonly secret?: { readonly header: string; readonly value: string }
}

/** Whether a request comes from a peer whose assertions count. */
export type TrustedPeers = (request: AuthRequest) => boolean

/**
 * Decides from whom a header such as `Remote-User` or `Client-Cert` counts: by the address of the connection, never by a
 * forwarded one, by a shared secret, or by both, and then both must hold. There is no default: throws `TypeError` where
 * neither is given.
 */
export function createTrustedPeers({ addresses, secret }: TrustedPeersOptions): TrustedPeers {
  if (secret === undefined && (addresses === undefined || addresses.length === 0)) {
    throw new TypeError(
      'Trusted peers: name the proxies in addresses, such as ["10.0.0.5"], or give a secret header; else anyone could assert.',
    )
  }
  const isListed = addresses === undefined ? () => true : createPeerRanges(addresses)
  const knowsSecret = secret === undefined ? () => true : secretCheck(secret)
  return (request) => isListed(request.peer) && knowsSecret(request)
}

/** As `createAddressRanges`, for peers: `unix` in the list stands for connections by a Unix socket, which have no address. */
export function createPeerRanges(list: readonly string[]): (peer: Peer | undefined) => boolean {
  const ranges = createAddressRanges(list.filter((entry) => entry !== 'unix'))
  const unix = list.includes('unix')
  return (peer) => peer !== undefined && (peer.address === null ? unix : ranges(peer.address))
}

function secretCheck({ header, value }: { readonly header: string; readonly value: string }): TrustedPeers {
  const name = header.toLowerCase()
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
    throw new TypeError('Trusted peers: secret.header must be a header name.')
  if (!/^[\x21-\x7e]{16,}$/.test(value)) {
    throw new TypeError('Trusted peers: secret.value must be at least 16 visible ASCII characters; take random ones.')
  }
  return (request) => {
    const sent = request.headers.get(name)
    return sent !== null && equalText(sent, value)
  }
}
