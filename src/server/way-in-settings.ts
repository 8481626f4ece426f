import { z } from 'zod'
import { duration, flag, headerName, list, someText, textToList, type Setting } from './setting.ts'

const waysIn = [
  'session',
  'token',
  'jwt',
  'oauth2',
  'apiKey',
  'basic',
  'remoteUser',
  'clientCertificate',
  'workload',
] as const

export type WayIn = (typeof waysIn)[number]

/** Settings of the ways in: see `settings.ts`. Durations are seconds. */
export interface WayInSettings {
  readonly authenticators: readonly WayIn[]
  readonly apiPages: 'everyone' | 'signed-in' | 'off'
  readonly realm: string
  readonly tokenKeyword: string
  readonly tokenPrefix: string
  readonly tokenLifetime: number | null
  readonly apiTokens: 'jwt' | 'opaque'
  readonly remoteUserHeader: string
  readonly remoteUserPeers: readonly string[]
  readonly remoteUserSecretHeader: string
  readonly remoteUserSecret: string | null
  readonly remoteUserCreate: boolean
  readonly clientCertificateSource: 'tls' | 'rfc9440' | 'nginx' | 'xfcc'
  readonly clientCertificateHeader: string
  readonly clientCertificateVerifiedHeader: string
  readonly clientCertificatePeers: readonly string[]
  readonly clientCertificateSecretHeader: string
  readonly clientCertificateSecret: string | null
}

const group = 'The ways in'

export const wayInSettings: { readonly [Name in keyof WayInSettings]: Setting<WayInSettings[Name]> } = {
  authenticators: {
    group,
    default: waysIn,
    parse: z.preprocess(textToList, z.array(z.enum(waysIn))),
    meaning:
      'Which ways in there are, and in which order they are asked. remoteUser and clientCertificate need their own settings too.',
  },
  apiPages: {
    group,
    default: 'everyone',
    parse: z.enum(['everyone', 'signed-in', 'off']),
    meaning:
      'Who gets to see the pages under /api/, where every endpoint can be tried, and /api/openapi.json. They let nobody do more than without them.',
  },
  realm: {
    group,
    default: 'api',
    parse: z.string().min(1),
    meaning: 'The realm in the challenges of a 401.',
  },
  tokenKeyword: {
    group,
    default: 'Token',
    parse: z.string().regex(/^[A-Za-z][A-Za-z-]*$/),
    meaning: 'The scheme of opaque tokens in the Authorization header.',
  },
  tokenPrefix: {
    group,
    default: 'dw',
    parse: z.string().regex(/^[a-z][a-z0-9]{0,9}$/),
    meaning: 'What tokens and keys begin with, so that scanners find yours.',
  },
  tokenLifetime: {
    group,
    default: null,
    parse: duration.nullable(),
    meaning: 'How long an opaque token lives. Without it, until it is revoked.',
  },
  apiTokens: {
    group,
    default: 'jwt',
    parse: z.enum(['jwt', 'opaque']),
    meaning: 'What POST /api/token/ answers: a JWT pair, or an opaque token.',
  },
  remoteUserHeader: {
    group,
    default: 'remote-user',
    parse: headerName,
    meaning: 'The header in which a proxy names the user.',
  },
  remoteUserPeers: {
    group,
    default: [],
    parse: list,
    meaning: 'Address ranges of the proxies that may assert a user. Without peers or a secret this way in is closed.',
  },
  remoteUserSecretHeader: {
    group,
    default: 'x-proxy-secret',
    parse: headerName,
    meaning: 'The header that carries remoteUserSecret.',
  },
  remoteUserSecret: {
    group,
    default: null,
    parse: someText,
    secret: true,
    meaning: 'What a proxy has to show in remoteUserSecretHeader to be believed.',
  },
  remoteUserCreate: {
    group,
    default: false,
    parse: flag,
    meaning: 'Creates users that a proxy names and that do not exist yet.',
  },
  clientCertificateSource: {
    group,
    default: 'tls',
    parse: z.enum(['tls', 'rfc9440', 'nginx', 'xfcc']),
    meaning:
      'Where a client certificate comes from: the TLS connection itself, or a header of a proxy (RFC 9440, nginx escaped PEM, Envoy XFCC).',
  },
  clientCertificateHeader: {
    group,
    default: 'client-cert',
    parse: headerName,
    meaning: 'The header that carries the certificate.',
  },
  clientCertificateVerifiedHeader: {
    group,
    default: 'x-client-verify',
    parse: headerName,
    meaning:
      'With nginx, the header in which it says SUCCESS once it has verified the certificate ($ssl_client_verify). A certificate without it is refused.',
  },
  clientCertificatePeers: {
    group,
    default: [],
    parse: list,
    meaning: 'Address ranges of the proxies whose certificate header counts.',
  },
  clientCertificateSecretHeader: {
    group,
    default: 'x-proxy-secret',
    parse: headerName,
    meaning: 'The header that carries clientCertificateSecret.',
  },
  clientCertificateSecret: {
    group,
    default: null,
    parse: someText,
    secret: true,
    meaning: 'What a proxy has to show in clientCertificateSecretHeader to be believed.',
  },
}
