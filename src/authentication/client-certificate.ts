import type { Authenticator } from '../core/authenticator.ts'
import type { Principal } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import {
  createCertificateReader,
  refusedCertificate,
  withoutNames,
  type CertificateFacts,
} from '../http/certificate-facts.ts'
import { createShownCertificate, type CertificateSource } from '../http/shown-certificate.ts'

export type { CertificateFacts } from '../http/certificate-facts.ts'
export type { CertificateSource } from '../http/shown-certificate.ts'

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
  const shown = createShownCertificate(source, onUntrusted)
  const takesUntrusted = source.from === 'tls' && source.untrusted === true
  return {
    name: 'clientCertificate',
    authenticate: async (request) => {
      const certificate = shown(request)
      if (certificate === null) return null
      if (!certificate.authorized && !takesUntrusted) throw refusedCertificate()
      const read = reader.read(certificate.der, clock())
      const facts = certificate.authorized ? read : withoutNames(read)
      const who = await find(facts)
      if (who === null) throw refusedCertificate()
      return { principal: who, auth: facts }
    },
  }
}
