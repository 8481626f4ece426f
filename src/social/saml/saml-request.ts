import { createSign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { escapeXml } from './escape-xml.ts'
import { formatInstant } from './instant.ts'
import { samlNames } from './saml-names.ts'
import type { SamlSettings } from './saml-settings.ts'

export interface SamlRequest {
  /** What the response has to name in InResponseTo. */
  readonly id: string
  /** Ours. */
  readonly entityId: string
  /** Where the response is to come. */
  readonly acs: string
  /** Comes back with the response as it is: 80 bytes at most (Bindings, section 3.4.3). It is never an address. */
  readonly relayState: string
  /** Whether people are to prove again who they are. */
  readonly isFresh: boolean
  /** Milliseconds since 1970. */
  readonly now: number
  /** Further parameters of the address, for the provider alone. */
  readonly parameters: Readonly<Record<string, string>>
}

/**
 * The address that asks a provider to sign somebody in: an `AuthnRequest` (Core, section 3.4.1) by HTTP-Redirect, with a signature in the address where there
 * is a key (Bindings, section 3.4.4).
 */
export function samlRequestUrl(settings: SamlSettings, request: SamlRequest): URL {
  const { relayState, parameters } = request
  const url = new URL(settings.entryPoint)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  const xml = authnRequest(settings, request)
  const encoded = deflateRawSync(Buffer.from(xml)).toString('base64')
  let query = `SAMLRequest=${encodeURIComponent(encoded)}&RelayState=${encodeURIComponent(relayState)}`
  if (settings.signing !== null) {
    query += `&SigAlg=${encodeURIComponent(samlNames.rsaSha256)}`
    // Section 3.4.4.1: over the parameters in this order, encoded as they are sent.
    const signature = createSign('sha256').update(query).sign(settings.signing.privateKey, 'base64')
    query += `&Signature=${encodeURIComponent(signature)}`
  }
  url.search = url.search === '' ? query : `${url.search}&${query}`
  return url
}

function authnRequest({ entryPoint, nameIdFormat }: SamlSettings, request: SamlRequest): string {
  const { id, entityId, acs, isFresh, now } = request
  const attributes = Object.entries({
    'xmlns:samlp': samlNames.protocol,
    'xmlns:saml': samlNames.assertion,
    ID: id,
    Version: '2.0',
    IssueInstant: formatInstant(now),
    Destination: entryPoint,
    ProtocolBinding: samlNames.post,
    AssertionConsumerServiceURL: acs,
    ...(isFresh && { ForceAuthn: 'true' }),
  }).map(([name, value]) => `${name}="${escapeXml(value)}"`)
  const format = nameIdFormat === null ? '' : ` Format="${escapeXml(nameIdFormat)}"`
  return (
    `<samlp:AuthnRequest ${attributes.join(' ')}><saml:Issuer>${escapeXml(entityId)}</saml:Issuer>` +
    `<samlp:NameIDPolicy${format} AllowCreate="true"/></samlp:AuthnRequest>`
  )
}
