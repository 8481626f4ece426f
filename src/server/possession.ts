import type { AuthRequest } from '../core/request.ts'
import { createDpopNonces } from '../http/dpop-nonces.ts'
import { dpopAlgorithms } from '../http/dpop.ts'
import { protectedResource, type ProtectedResource } from '../http/protected-resource.ts'
import { type CertificateOf, type CertificateSource, createCertificateOf } from '../http/shown-certificate.ts'
import type { SpendProof } from '../http/spent-proofs.ts'
import type { TokenBindingOptions } from '../http/token-binding.ts'
import { digest } from '../crypto/digest.ts'
import { parseRate } from '../throttling/rate.ts'
import { addressesOf, issuerOf } from './addresses.ts'
import type { Instance } from './instance.ts'
import type { Logger } from './log.ts'
import type { Settings } from './settings.ts'
import { peersOf } from './trusted-peers.ts'

/** Where client certificates come from; `null` where no proxy is named that could forward one: the server has no TLS of its own. */
export function certificateSourceOf(settings: Settings): Exclude<CertificateSource, { from: 'tls' }> | null {
  const { clientCertificateSource: from, clientCertificateHeader: header } = settings
  if (from === 'tls') return null
  const peers = peersOf(
    settings.clientCertificatePeers,
    settings.clientCertificateSecretHeader,
    settings.clientCertificateSecret,
  )
  if (peers === null) return null
  const verified = from === 'nginx' ? { verifiedHeader: settings.clientCertificateVerifiedHeader } : {}
  return { from, header, peers, ...verified }
}

/** The same for the authorization server. */
export function certificateOfClients(settings: Settings, log: Logger, clock: () => number): CertificateOf | null {
  const source = certificateSourceOf(settings)
  if (source === null) return null
  const { clientCertificateHeader: header } = settings
  return createCertificateOf(source, {
    clock,
    onUntrusted: (request) =>
      log.warn({ address: request.peer?.address }, `${header} came from a peer that is not trusted`),
  })
}

/** How the server's own API takes tokens that are bound to a key or a certificate, and where it says whose it takes. */
export function tokenBindingOf(stores: BindingStores): TokenBindingOptions {
  const { settings, sealer, clock, addresses = () => addressesOf(settings) } = stores
  const certificate = certificateSourceOf(settings)
  const spend = commonSpend(stores)
  return {
    dpop: {
      address: addresses,
      clock,
      ...(spend === null ? {} : { spend }),
      ...(settings.oauthDpopNonce ? { nonces: createDpopNonces({ key: sealer.derive('api-dpop-nonce'), clock }) } : {}),
    },
    ...(certificate === null ? {} : { certificate }),
    ...resourceMetadataOf(settings),
  }
}

type Spending = Pick<Instance, 'counters' | 'database'>

export type BindingStores = Pick<Instance, 'settings' | 'sealer' | 'clock'> &
  Spending & {
    /** Where callers reach what is behind the door (that of the settings). */
    readonly addresses?: (request: AuthRequest) => readonly string[]
  }

/**
 * One process on SQLite remembers proofs by itself. Several nodes have a common memory: that of the throttles, in Redis where
 * there is one.
 */
function commonSpend({
  settings,
  counters,
  database,
  clock,
}: Spending & Pick<Instance, 'settings' | 'clock'>): SpendProof | null {
  if (database.dialect === 'sqlite' && settings.redisUrl === null) return null
  return async ({ jkt, jti }) => {
    const key = `dpop:${digest(`${jkt} ${jti}`).toString('base64url')}`
    return (await counters.take(key, oneProof, clock())).allowed
  }
}

/** For as long as a proof is taken at most, from a clock that is ahead too. */
const oneProof = parseRate('1/80s')

/** The metadata of the server's own API (RFC 9728); `null` where that has no address that is fit for it. */
export function ownResource(settings: Settings): ProtectedResource | null {
  const { audience, oauthScopes } = settings
  const resource = [audience, ...addressesOf(settings)].find((name) => name !== null && isFit(name))
  if (resource === null || resource === undefined) return null
  return protectedResource({
    resource,
    authorizationServers: [issuerOf(settings)],
    scopes: Object.keys(oauthScopes),
    dpopAlgorithms,
    certificateBoundTokens: certificateSourceOf(settings) !== null,
  })
}

/** For the challenges of the server's own API. */
export function resourceMetadataOf(settings: Settings): Pick<TokenBindingOptions, 'resourceMetadata'> {
  const resource = ownResource(settings)
  return resource === null ? {} : { resourceMetadata: resource.url }
}

/** RFC 9728, section 1.2: https, but for one's own machine. */
function isFit(name: string): boolean {
  return /^https:\/\/[^#]+$|^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(name)
}
