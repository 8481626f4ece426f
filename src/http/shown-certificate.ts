import { RequestRefused } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import { type CertificateFacts, createCertificateReader, refusedCertificate } from './certificate-facts.ts'
import { parseClientCertHeader, parseEscapedPem, parseXfcc } from './client-certificate-header.ts'

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

/** A certificate whose private key the caller has shown to hold, by a TLS handshake here or at the proxy. */
export interface ShownCertificate {
  readonly der: Uint8Array
  /** Whether an authority vouches for it. */
  readonly authorized: boolean
}

/**
 * Makes the reader of a request's client certificate: `null` where there is none, or none that counts. Throws
 * `AuthenticationFailed` or `RequestRefused` for a header that a trusted proxy has set wrongly, and `TypeError`, when it is
 * made, for a header without `peers`.
 */
export function createShownCertificate(
  source: CertificateSource,
  onUntrusted?: (request: AuthRequest) => void,
): (request: AuthRequest) => ShownCertificate | null {
  if (source.from === 'tls') return (request) => request.peer?.certificate ?? null
  const { from, peers, verifiedHeader } = source
  const parse = parsers[from]
  const header = (source.header ?? defaultHeaders[from]).toLowerCase()
  const verified = verifiedHeader?.toLowerCase()
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
    const authorized = verified === undefined || request.headers.get(verified) === 'SUCCESS'
    return { der: parse(value), authorized }
  }
}

/** A certificate that was shown, and what it says. Its names count only where an authority vouches for them. */
export interface CheckedCertificate {
  readonly facts: CertificateFacts
  readonly authorized: boolean
}

/** Finds the certificate that a request shows, valid now: `null` where there is none. Throws as `createShownCertificate`. */
export type CertificateOf = (request: AuthRequest) => CheckedCertificate | null

export function createCertificateOf(
  source: CertificateSource,
  options: { readonly onUntrusted?: (request: AuthRequest) => void; readonly clock?: () => number } = {},
): CertificateOf {
  const { onUntrusted, clock = Date.now } = options
  const reader = createCertificateReader()
  const shown = createShownCertificate(source, onUntrusted)
  return (request) => {
    const certificate = shown(request)
    if (certificate === null) return null
    return { facts: reader.read(certificate.der, clock()), authorized: certificate.authorized }
  }
}

/** How a certificate is told in tokens that are bound to it: `x5t#S256` (RFC 8705, section 3.1). */
export function certificateThumbprint({ fingerprint256 }: CertificateFacts): string {
  return Buffer.from(fingerprint256, 'hex').toString('base64url')
}

const defaultHeaders = { rfc9440: 'client-cert', nginx: 'x-client-cert', xfcc: 'x-forwarded-client-cert' } as const

/** RFC 9440's way, nginx's and Envoy's. */
const parsers = { rfc9440: parseClientCertHeader, nginx: parseEscapedPem, xfcc: nearest } as const

/** The last element is the one that the trusted proxy itself added; those before it are what others claimed. */
function nearest(value: string): Uint8Array {
  const der = parseXfcc(value).at(-1)?.der
  if (der === undefined) throw refusedCertificate('The proxy forwards no certificate: it has to be told to.')
  return der
}
