import type { Authenticator } from '../core/authenticator.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Principal } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { parseClientCertHeader, parseEscapedPem, parseXfcc } from '../http/client-certificate-header.ts'
import {
  createCertificateReader,
  refusedCertificate,
  withoutNames,
  type CertificateFacts,
} from './certificate-facts.ts'

export type { CertificateFacts } from './certificate-facts.ts'

/** Where the certificate comes from: one shape for one proxy, never "whichever is there". */
export type CertificateSource =
  /** The TLS connection to this very process. */
  | {
      readonly from: 'tls'
      /**
       * Takes certificates that no authority vouches for as well, such as self-signed ones (false). `find` then sees the
       * fingerprint and no names, since anyone can write any name.
       */
      readonly untrusted?: boolean
    }
  | {
      /** RFC 9440, nginx's `$ssl_client_escaped_cert`, or Envoy's `x-forwarded-client-cert`. */
      readonly from: 'rfc9440' | 'nginx' | 'xfcc'
      /** The header's name (client-cert, x-client-cert, x-forwarded-client-cert). */
      readonly header?: string
      /** Whose word counts (required): the proxies, which must delete the header that a caller sends. */
      readonly peers: (request: AuthRequest) => boolean
      /** A header in which the proxy says `SUCCESS` once it has verified the certificate, as nginx's `$ssl_client_verify` (none). */
      readonly verifiedHeader?: string
    }

export interface ClientCertificateOptions<Who extends Principal> {
  readonly source: CertificateSource
  /** Whose certificate it is; `null` where it is nobody's. */
  readonly find: (certificate: CertificateFacts) => Promise<Who | null>
  /** Hears of the header from a peer whose word does not count (nobody). */
  readonly onUntrusted?: (request: AuthRequest) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Takes the client certificate of a TLS connection, or the one that a proxy forwards. A certificate that cannot be read, is
 * not valid now, is not for clients, was not verified or is nobody's is refused; a header from anyone but a trusted peer is
 * not read. Throws `TypeError` for a header without `peers`.
 */
export function clientCertificate<Who extends Principal>({
  source,
  find,
  onUntrusted,
  clock = Date.now,
}: ClientCertificateOptions<Who>): Authenticator<'clientCertificate', Who, CertificateFacts> {
  const reader = createCertificateReader()
  const shown = source.from === 'tls' ? fromTls(source.untrusted === true) : fromHeader(source, onUntrusted)
  return {
    name: 'clientCertificate',
    authenticate: async (request) => {
      const certificate = shown(request)
      if (certificate === null) return null
      const read = reader.read(certificate.der, clock())
      const facts = certificate.authorized ? read : withoutNames(read)
      const who = await find(facts)
      if (who === null) throw refusedCertificate()
      return { principal: who, auth: facts }
    },
  }
}

interface Shown {
  readonly der: Uint8Array
  /** Whether an authority vouches for it. */
  readonly authorized: boolean
}

function fromTls(untrusted: boolean): (request: AuthRequest) => Shown | null {
  return (request) => {
    const certificate = request.peer?.certificate
    if (certificate === undefined) return null
    if (!certificate.authorized && !untrusted) throw refusedCertificate()
    return certificate
  }
}

const defaultHeaders = { rfc9440: 'client-cert', nginx: 'x-client-cert', xfcc: 'x-forwarded-client-cert' } as const

function fromHeader(
  source: Exclude<CertificateSource, { from: 'tls' }>,
  onUntrusted: ClientCertificateOptions<Principal>['onUntrusted'],
): (request: AuthRequest) => Shown | null {
  const { from, peers, verifiedHeader } = source
  const parse = parsers[from]
  const header = (source.header ?? defaultHeaders[from]).toLowerCase()
  if (typeof peers !== 'function') {
    throw new TypeError(
      "clientCertificate: name the proxies whose word counts, as in peers: createTrustedPeers({ addresses: ['10.0.0.5'] }).",
    )
  }
  return (request) => {
    const value = request.headers.get(header)
    if (value === null || value === '') return null
    if (!peers(request)) {
      onUntrusted?.(request)
      return null
    }
    if (from !== 'xfcc' && value.includes(',')) throw new RequestRefused('invalid_request', `${header} was sent twice.`)
    if (verifiedHeader !== undefined && request.headers.get(verifiedHeader.toLowerCase()) !== 'SUCCESS') {
      throw refusedCertificate()
    }
    return { der: parse(value), authorized: true }
  }
}

/** RFC 9440's way, nginx's and Envoy's. */
const parsers = { rfc9440: parseClientCertHeader, nginx: parseEscapedPem, xfcc: nearest } as const

/** The last element is the one that the trusted proxy itself added; those before it are what others claimed. */
function nearest(value: string): Uint8Array {
  const der = parseXfcc(value).at(-1)?.der
  if (der === undefined) throw refusedCertificate('The proxy forwards no certificate: it has to be told to.')
  return der
}
