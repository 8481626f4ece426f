import { apiKey } from '../authentication/api-key.ts'
import { bearer } from '../authentication/bearer.ts'
import { basic } from '../authentication/basic.ts'
import { clientCertificate } from '../authentication/client-certificate.ts'
import { jwt } from '../authentication/jwt.ts'
import { remoteUser } from '../authentication/remote-user.ts'
import { sessionCookie } from '../authentication/session-cookie.ts'
import { token } from '../authentication/token.ts'
import type { Authenticator } from '../core/authenticator.ts'
import type { Csrf } from '../http/csrf.ts'
import { issuerOf } from './addresses.ts'
import type { Instance } from './instance.ts'
import { ownAccessToken } from './own-access-token.ts'
import { type BindingStores, certificateSourceOf, resourceMetadataOf } from './possession.ts'
import { jwtCookie } from './token-routes.ts'
import type { WayIn } from './settings.ts'
import { peersOf } from './trusted-peers.ts'

export { peersOf } from './trusted-peers.ts'

export type WaysInStores = Pick<
  Instance,
  | 'settings'
  | 'pairs'
  | 'log'
  | 'clock'
  | 'clientCertificates'
  | 'address'
  | 'sessions'
  | 'apiTokens'
  | 'apiKeys'
  | 'workloadTrusts'
  | 'passwords'
  | 'usersByName'
  | 'oauth'
  | 'sealer'
  | 'counters'
  | 'database'
> &
  Pick<BindingStores, 'addresses'> & { readonly csrf: Csrf }

/** The chain of authenticators, in the order of the setting. What lacks its own settings is left out. */
export function waysIn(stores: WaysInStores): readonly Authenticator[] {
  return stores.settings.authenticators.flatMap((name) => {
    const made = makers[name](stores)
    return made === null ? [] : [made]
  })
}

const makers: Readonly<Record<WayIn, (stores: WaysInStores) => Authenticator | null>> = {
  session: ({ sessions, csrf }) => sessionCookie({ sessions, csrf, cookie: sessions.cookieName }),
  token: ({ apiTokens, settings }) =>
    token({
      tokens: apiTokens,
      keyword: settings.tokenKeyword,
      realm: settings.realm,
      // Under Bearer, tokens of other kinds come along.
      ...(settings.tokenKeyword.toLowerCase() === 'bearer' ? { recognises: apiTokens.recognises } : {}),
    }),
  jwt: ({ pairs, settings, csrf, oauth }) =>
    jwt({
      ...jwtCookie({ settings, csrf }),
      verifier: pairs.accessVerifier,
      issuer: issuerOf(settings),
      isRevoked: pairs.isRevoked,
      // Access tokens of clients look alike, and are for the next one.
      recognises: (text) => !oauth.access.recognises(text),
      rights: true,
      tokenTypes: ['access', 'sliding'],
      realm: settings.realm,
      ...(settings.authenticators.includes('oauth2') ? resourceMetadataOf(settings) : {}),
    }),
  oauth2: ownAccessToken,
  apiKey: ({ apiKeys, address, settings }) => apiKey({ keys: apiKeys, address, realm: settings.realm }),
  basic: ({ passwords, settings }) => basic({ passwords, realm: settings.realm }),
  remoteUser: ({ settings, usersByName, log }) => {
    const peers = peersOf(settings.remoteUserPeers, settings.remoteUserSecretHeader, settings.remoteUserSecret)
    if (peers === null) return null
    const { find, create } = usersByName
    return remoteUser({
      peers,
      header: settings.remoteUserHeader,
      users: settings.remoteUserCreate ? { find, create } : { find },
      onUntrusted: (request) =>
        log.warn(
          { address: request.peer?.address },
          `${settings.remoteUserHeader} came from a peer that is not trusted`,
        ),
    })
  },
  clientCertificate: ({ settings, clientCertificates, clock, log }) => {
    const { clientCertificateSource: from, clientCertificateHeader: header } = settings
    if (from === 'tls') return clientCertificate({ source: { from }, find: clientCertificates.find, clock })
    const source = certificateSourceOf(settings)
    if (source === null) return null
    return clientCertificate({
      source,
      find: clientCertificates.find,
      clock,
      onUntrusted: (request) =>
        log.warn({ address: request.peer?.address }, `${header} came from a peer that is not trusted`),
    })
  },
  workload: ({ workloadTrusts: { recognises, find }, settings }) =>
    bearer({ name: 'workload', recognises, find, realm: settings.realm }),
}
