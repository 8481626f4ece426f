import { X509Certificate } from 'node:crypto'
import { AuthenticationFailed } from '../core/errors.ts'
import { digest } from '../crypto/digest.ts'
import { createRecent } from './recent.ts'

/** What a client certificate says. */
export interface CertificateFacts {
  /** SHA-256 of the DER, hex in lower case. */
  readonly fingerprint256: string
  /** RFC 4514: the most specific part first, `CN=ada,O=Example`. Empty where the certificate names nobody. */
  readonly subject: string
  readonly issuer: string
  readonly serial: string
  readonly sanDns: readonly string[]
  readonly sanUri: readonly string[]
  readonly sanEmail: readonly string[]
  /** IPv4 as `192.0.2.1`, IPv6 in the eight groups that Node writes. */
  readonly sanIp: readonly string[]
  /** Milliseconds since 1970. */
  readonly validFrom: number
  readonly validTo: number
  readonly der: Uint8Array
}

/** Reads certificates. Reading one costs 75 µs, so those that were read lately are remembered, by their digest. */
export interface CertificateReader {
  /**
   * What a certificate says that was shown. Refuses what no certificate of a client may be: one that cannot be read, is not
   * valid at this time (RFC 5280, section 4.1.2.5), or is for another use (section 4.2.1.12).
   */
  readonly read: (der: Uint8Array, now: number) => CertificateFacts
}

/** Makes a reader with a memory of its own. */
export function createCertificateReader(): CertificateReader {
  const known = createRecent<string, CertificateFacts>(1000)
  return {
    read: (der, now) => {
      const fingerprint256 = digest(der).toString('hex')
      let facts = known.get(fingerprint256)
      if (facts === undefined) {
        facts = factsOf(der, fingerprint256)
        known.set(fingerprint256, facts)
      }
      if (now >= facts.validFrom && now <= facts.validTo) return facts
      throw refusedCertificate('The client certificate is not valid at this time.')
    },
  }
}

/**
 * What may be known of a certificate that no authority vouches for. Its names are its holder's own words; its fingerprint
 * still tells that they hold the key.
 */
export function withoutNames(facts: CertificateFacts): CertificateFacts {
  return { ...facts, subject: '', issuer: '', sanDns: [], sanUri: [], sanEmail: [], sanIp: [] }
}

/** One answer to every certificate that is no good; the sentence says no more than its holder knows. */
export function refusedCertificate(
  detail = 'The client certificate is not accepted.',
  cause?: unknown,
): AuthenticationFailed {
  return new AuthenticationFailed('authentication_failed', detail, { cause })
}

const clientAuth = '1.3.6.1.5.5.7.3.2'
const anyUse = '2.5.29.37.0'

/** It is given to all who show this certificate, hence frozen. */
function factsOf(der: Uint8Array, fingerprint256: string): CertificateFacts {
  const certificate = parsed(der)
  const uses = certificate.keyUsage as readonly string[] | undefined
  if (uses !== undefined && uses.length > 0 && !uses.includes(clientAuth) && !uses.includes(anyUse)) {
    throw refusedCertificate('The certificate is not one for clients.')
  }
  const names = alternativeNames(certificate.subjectAltName)
  return Object.freeze({
    fingerprint256,
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    serial: certificate.serialNumber.toLowerCase(),
    sanDns: Object.freeze(names.get('DNS') ?? []),
    sanUri: Object.freeze(names.get('URI') ?? []),
    sanEmail: Object.freeze(names.get('email') ?? []),
    sanIp: Object.freeze(names.get('IP Address') ?? []),
    validFrom: certificate.validFromDate.getTime(),
    validTo: certificate.validToDate.getTime(),
    der,
  })
}

function parsed(der: Uint8Array): X509Certificate {
  try {
    const certificate = new X509Certificate(der)
    // What follows a certificate in the same bytes would not be covered by anything that was checked.
    if (certificate.raw.length !== der.length) throw new RangeError('bytes follow the certificate')
    return certificate
  } catch (error) {
    throw refusedCertificate('The client certificate cannot be read.', error)
  }
}

/**
 * Node writes a part a line, escaped as RFC 4514 does it, in the order of the encoding, which is the reverse. Parts that
 * belong together it joins with blanks, which RFC 4514, section 2.2, has not; a plus sign within a name is escaped.
 */
function distinguishedName(lines: string | undefined): string {
  return (lines ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .toReversed()
    .join(',')
    .replaceAll(' + ', '+')
}

/**
 * Node writes `DNS:a.example, URI:spiffe://x/y`, and quotes as JSON what could be mistaken for more entries. Whatever does
 * not read exactly so is refused rather than guessed at, and so is a name with control characters, such as a NUL, or beyond
 * ASCII, which these names have none of (RFC 5280, section 4.2.1.6).
 */
function alternativeNames(text: string | undefined): Map<string, string[]> {
  const names = new Map<string, string[]>()
  let rest = text ?? ''
  while (rest !== '') {
    const [whole, kind, value] = /^([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/.exec(rest) ?? []
    if (whole === undefined || kind === undefined || value === undefined) throw refusedCertificate()
    const name = value.startsWith('"') ? unquoted(value) : value
    if (/[^\x20-\x7e]/.test(name)) throw refusedCertificate()
    names.set(kind, [...(names.get(kind) ?? []), name])
    rest = rest.slice(whole.length)
  }
  return names
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch (error) {
    throw refusedCertificate(undefined, error)
  }
}
