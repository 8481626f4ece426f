import { AuthenticationFailed } from '../core/errors.ts'
import { digest } from '../crypto/digest.ts'

/**
 * Reads a `Client-Cert` header (RFC 9440, section 2.2): the certificate, DER, as a byte sequence between colons (RFC 9651,
 * section 3.3.5). Throws `AuthenticationFailed` for anything else, a doubled header included. It proves nothing by itself:
 * it counts only from a proxy that is known to set it.
 */
export function parseClientCertHeader(value: string): Uint8Array {
  const [, encoded] = value.length > longest ? [] : (/^:([A-Za-z0-9+/]+={0,2}):$/.exec(value) ?? [])
  if (encoded === undefined) throw malformed()
  return certificateIn(encoded)
}

/**
 * Reads a certificate as PEM with percent escapes, as nginx writes `$ssl_client_escaped_cert` and AWS load balancers theirs:
 * one certificate, and nothing beside it. Gives DER. Throws `AuthenticationFailed` for anything else.
 */
export function parseEscapedPem(value: string): Uint8Array {
  if (value.length > longest || !/^[\x21-\x2b\x2d-\x7e ]+$/.test(value)) throw malformed()
  const [, encoded] = pem.exec(unescaped(value)) ?? []
  if (encoded === undefined) throw malformed()
  return certificateIn(encoded.replaceAll(/[\r\n]/g, ''))
}

/** One certificate that a proxy vouches for. A part that the proxy was not told to pass on, or left empty, is absent. */
export interface ForwardedCertificate {
  readonly der?: Uint8Array
  /** SHA-256 of the DER, in lower-case hex. */
  readonly hash?: string
  /** As the proxy writes it, commonly in the form of RFC 2253. */
  readonly subject?: string
  /** Subject alternative names that are URIs, such as SPIFFE ids. */
  readonly uri?: readonly string[]
  readonly dns?: readonly string[]
}

/**
 * Reads Envoy's `x-forwarded-client-cert`: an element for each proxy that appended one, the nearest last. Keys have no case;
 * those that say nothing of the client (`By`, `Chain`, unknown ones) are left out. Throws `AuthenticationFailed` for what is
 * malformed, for a key twice in one element where it may stand once, and for a hash that is not that of the certificate.
 * A doubled header is refused by the blank it is joined with: Envoy writes none between elements.
 */
export function parseXfcc(value: string): readonly ForwardedCertificate[] {
  if (value.length > longest || !/^[\x20-\x7e]+$/.test(value)) throw malformed()
  const elements: ForwardedCertificate[] = []
  let pairs: Pair[] = []
  const matcher = new RegExp(xfccPair, 'y')
  while (true) {
    const [, key, quoted, plain, next] = matcher.exec(value) ?? []
    if (key === undefined) throw malformed()
    pairs.push([key.toLowerCase(), quoted?.replaceAll(String.raw`\"`, '"') ?? plain ?? ''])
    if (next === ';') continue
    elements.push(certificateOf(pairs))
    pairs = []
    if (elements.length > mostElements) throw malformed()
    if (next === '') return elements
  }
}

type Pair = readonly [key: string, value: string]

/** A whole chain with escapes fits; Node takes 16 KiB of headers in all by default. In characters. */
const longest = 32 * 1024
const mostElements = 16

const pem = /^-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/\r\n]+={0,2})\r?\n-----END CERTIFICATE-----(?:\r?\n)?$/

/** What holds a comma, semicolon or blank is quoted; within quotes, a quote has a backslash before it. */
const xfccPair = /([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",; ]*))([;,]|$)/

function certificateOf(pairs: readonly Pair[]): ForwardedCertificate {
  const cert = single(pairs, 'cert')
  const hash = single(pairs, 'hash')?.toLowerCase()
  const subject = single(pairs, 'subject')
  const uri = every(pairs, 'uri')
  const dns = every(pairs, 'dns')
  if (hash !== undefined && !/^[0-9a-f]{64}$/.test(hash)) throw malformed()
  const der = cert === undefined ? undefined : parseEscapedPem(cert)
  if (der !== undefined && hash !== undefined && digest(der).toString('hex') !== hash) throw malformed()
  return {
    ...(der && { der }),
    ...(hash && { hash }),
    ...(subject && { subject }),
    ...(uri.length > 0 && { uri }),
    ...(dns.length > 0 && { dns }),
  }
}

function single(pairs: readonly Pair[], key: string): string | undefined {
  const [value, ...more] = pairs.filter(([name]) => name === key).map(([, value]) => value)
  if (more.length > 0) throw malformed()
  return value === '' ? undefined : value
}

/** Envoy writes `URI=` with nothing after it where the certificate has none. */
function every(pairs: readonly Pair[], key: string): readonly string[] {
  return pairs.filter(([name, value]) => name === key && value !== '').map(([, value]) => value)
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch (error) {
    if (error instanceof URIError) throw malformed()
    throw error
  }
}

/** Base64 in its one spelling, of one DER sequence that fills it: more is for who verifies the certificate. */
function certificateIn(encoded: string): Uint8Array {
  const der = Buffer.from(encoded, 'base64')
  if (der.toString('base64') !== encoded || !isOneSequence(der)) throw malformed()
  return der
}

/** X.690, section 8.1.3: the tag of a sequence, its length in the short or long form, and just so many bytes. */
function isOneSequence(der: Buffer): boolean {
  const [tag, first] = der
  if (tag !== 0x30 || first === undefined) return false
  if (first < 0x80) return der.length === 2 + first
  const size = first & 0x7f
  if (size < 1 || size > 3 || der.length < 2 + size) return false
  return der.length === 2 + size + der.readUIntBE(2, size)
}

function malformed(): AuthenticationFailed {
  return new AuthenticationFailed('authentication_failed', 'The client certificate header is malformed.')
}
