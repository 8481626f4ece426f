import { X509Certificate } from 'node:crypto'
import { AuthenticationFailed } from '../core/errors.ts'

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
  /** Milliseconds since 1970. */
  readonly validFrom: number
  readonly validTo: number
  readonly der: Uint8Array
}

/**
 * Reads a certificate that was shown, and refuses what no certificate of a client may be: one that cannot be read, is not
 * valid now (RFC 5280, section 4.1.2.5), or is for another use (section 4.2.1.12).
 */
export function certificateFacts(der: Uint8Array, now: number): CertificateFacts {
  const certificate = parsed(der)
  const validFrom = certificate.validFromDate.getTime()
  const validTo = certificate.validToDate.getTime()
  if (!(now >= validFrom && now <= validTo))
    throw refusedCertificate('The client certificate is not valid at this time.')
  const uses = certificate.keyUsage as readonly string[] | undefined
  if (uses !== undefined && uses.length > 0 && !uses.includes(clientAuth) && !uses.includes(anyUse)) {
    throw refusedCertificate('The certificate is not one for clients.')
  }
  const names = alternativeNames(certificate.subjectAltName)
  return {
    fingerprint256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    serial: certificate.serialNumber.toLowerCase(),
    sanDns: names.get('DNS') ?? [],
    sanUri: names.get('URI') ?? [],
    sanEmail: names.get('email') ?? [],
    validFrom,
    validTo,
    der,
  }
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

/** Node writes a part a line, escaped as RFC 4514 does it, in the order of the encoding, which is the reverse. */
function distinguishedName(lines: string | undefined): string {
  return (lines ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .toReversed()
    .join(',')
}

/**
 * Node writes `DNS:a.example, URI:spiffe://x/y`, and quotes as JSON what could be mistaken for more entries. Whatever does
 * not read exactly so, a NUL or other control character in it included, is refused rather than guessed at.
 */
function alternativeNames(text: string | undefined): Map<string, string[]> {
  const names = new Map<string, string[]>()
  let rest = text ?? ''
  while (rest !== '') {
    const [whole, kind, value] = /^([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/.exec(rest) ?? []
    if (whole === undefined || kind === undefined || value === undefined) throw refusedCertificate()
    const name = value.startsWith('"') ? unquoted(value) : value
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    if (/[\x00-\x1f\x7f]/.test(name)) throw refusedCertificate()
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
