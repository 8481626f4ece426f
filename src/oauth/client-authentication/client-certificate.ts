import { digest } from '../../crypto/digest.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { CertificateFacts } from '../../http/certificate-facts.ts'
import { type CertificateOf, certificateThumbprint, type CheckedCertificate } from '../../http/shown-certificate.ts'
import type { OAuthClient } from '../client.ts'
import type { ClientKeys } from '../client-keys.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import type { ClientAuthentication } from './authenticate-client.ts'
import { publicClient } from './client-secret.ts'

export interface ClientCertificateOptions {
  readonly clientKeys: Pick<ClientKeys, 'list'>
  /** Where the certificate of a request comes from; `null`: nowhere, and then none proves anything. */
  readonly certificateOf: CertificateOf | null
}

/**
 * A request that says its `client_id` and no more. A client that is registered for its certificate is proven by that of the
 * connection: `tls_client_auth` and `self_signed_tls_client_auth` (RFC 8705, section 2). Else it is a public one: `none`.
 */
export function clientIdAlone({ clientKeys, certificateOf }: ClientCertificateOptions): ClientAuthentication {
  async function isProven(client: OAuthClient, request: Exchange): Promise<boolean> {
    const certificate = certificateOf?.(request) ?? null
    if (certificate === null) return false
    if (client.authMethod === 'tls_client_auth') return isNamed(client.metadata, certificate)
    return (await thumbprintsOf(client)).includes(certificateThumbprint(certificate.facts))
  }

  /** RFC 8705, section 2.2.2: the certificate stands in the client's set, or its thumbprint does (RFC 7517, sections 4.7 and 4.9). */
  async function thumbprintsOf(client: OAuthClient): Promise<readonly string[]> {
    const keys = await clientKeys.list(client)
    return keys.flatMap(({ x5c, ...jwk }) => {
      const [der] = Array.isArray(x5c) ? (x5c as readonly unknown[]) : []
      const own = typeof der === 'string' ? [certificateDigest(der)] : []
      const said = jwk['x5t#S256']
      return typeof said === 'string' && own.length === 0 ? [said] : own
    })
  }

  return {
    shown: (request, parameters) => {
      const alone = publicClient.shown(request, parameters)
      if (alone === null) return null
      return {
        id: alone.id,
        isProven: async (client) => {
          const isByCertificate = client !== null && certificateMethods.includes(client.authMethod)
          return isByCertificate ? isProven(client, request) : alone.isProven(client)
        },
      }
    },
  }
}

const certificateMethods: readonly string[] = ['tls_client_auth', 'self_signed_tls_client_auth']

/** RFC 8705, section 2.1.2: exactly one name is registered, and an authority has put it into the certificate. */
function isNamed(metadata: ClientMetadata, { facts, authorized }: CheckedCertificate): boolean {
  if (!authorized) return false
  const names = namesOf(metadata, facts)
  const [name] = names
  return name !== undefined && names.length === 1 && name.registered !== '' && name.held.includes(name.registered)
}

interface Name {
  readonly registered: string
  readonly held: readonly string[]
}

function namesOf(metadata: ClientMetadata, facts: CertificateFacts): readonly Name[] {
  const { tlsClientAuthSubjectDn: subject, tlsClientAuthSanDns: dns, tlsClientAuthSanUri: uri } = metadata
  const { tlsClientAuthSanEmail: email, tlsClientAuthSanIp: ip } = metadata
  return [
    ...(subject === undefined ? [] : [{ registered: plainName(subject), held: [plainName(facts.subject)] }]),
    ...(dns === undefined ? [] : [{ registered: dns.toLowerCase(), held: facts.sanDns.map(lower) }]),
    ...(uri === undefined ? [] : [{ registered: uri, held: facts.sanUri }]),
    ...(email === undefined ? [] : [{ registered: lower(email), held: facts.sanEmail.map(lower) }]),
    ...(ip === undefined ? [] : [{ registered: plainAddress(ip), held: facts.sanIp.map(plainAddress) }]),
  ]
}

/** RFC 4514, section 2.4, has no blanks around separators; many tools write them. An escaped comma stays what it is. */
function plainName(name: string): string {
  return name.replaceAll(/((?:^|[^\\])(?:\\\\)*)\s*([,+])\s*/g, '$1$2').trim()
}

function lower(text: string): string {
  return text.toLowerCase()
}

/** IPv6 has many spellings: an address of a URL has one. */
function plainAddress(address: string): string {
  return address.includes(':') && URL.canParse(`http://[${address}]`)
    ? new URL(`http://[${address}]`).hostname
    : address
}

function certificateDigest(base64: string): string {
  return digest(Buffer.from(base64, 'base64')).toString('base64url')
}
