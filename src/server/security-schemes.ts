import type { SecurityScheme } from '../api/security-scheme.ts'
import { addressesOf } from './addresses.ts'
import type { Instance } from './instance.ts'
import type { Settings, WayIn } from './settings.ts'

/** The ways in of this server, as they stand in its description. */
export function securitySchemes({
  settings,
  sessions,
  csrf,
}: Pick<Instance, 'settings' | 'sessions' | 'csrf'>): Readonly<Record<string, SecurityScheme>> {
  const made: Readonly<Record<WayIn, SecurityScheme | null>> = {
    session: {
      title: 'Your session',
      header: null,
      scheme: {
        type: 'apiKey',
        in: 'cookie',
        name: sessions.cookieName,
        description: `A browser that is signed in. Methods that change something need the header ${csrf.headerName} as well.`,
      },
    },
    token: {
      title: 'API token',
      header: { name: 'authorization', value: (pasted) => `${settings.tokenKeyword} ${pasted}` },
      scheme: {
        type: 'apiKey',
        in: 'header',
        name: 'Authorization',
        description: `Authorization: ${settings.tokenKeyword} …`,
      },
    },
    jwt: {
      title: 'JWT access token',
      header: { name: 'authorization', value: (pasted) => `Bearer ${pasted}` },
      scheme: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Of a pair from /api/token/.' },
    },
    oauth2: {
      title: 'OAuth 2 access token',
      header: { name: 'authorization', value: (pasted) => `Bearer ${pasted}` },
      scheme: { type: 'oauth2', flows: flowsOf(settings) },
    },
    apiKey: {
      title: 'API key',
      header: { name: 'x-api-key', value: (pasted) => pasted },
      scheme: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
    },
    basic: {
      title: 'Username and password',
      header: { name: 'authorization', value: (pasted) => `Basic ${Buffer.from(pasted).toString('base64')}` },
      scheme: { type: 'http', scheme: 'basic' },
    },
    remoteUser:
      settings.remoteUserPeers.length === 0 && settings.remoteUserSecret === null
        ? null
        : {
            title: 'User named by a proxy',
            header: null,
            scheme: {
              type: 'apiKey',
              in: 'header',
              name: settings.remoteUserHeader,
              description: 'Only from proxies that are trusted.',
            },
          },
    workload: {
      title: 'Token of a workload',
      header: { name: 'authorization', value: (pasted) => `Bearer ${pasted}` },
      scheme: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'Of an issuer elsewhere that a service account trusts.',
      },
    },
    clientCertificate: { title: 'Client certificate', header: null, scheme: { type: 'mutualTLS' } },
  }
  return Object.fromEntries(
    settings.authenticators.flatMap((name) => (made[name] === null ? [] : [[name, made[name]] as const])),
  )
}

function flowsOf(settings: Settings): Readonly<Record<string, unknown>> {
  const base = addressesOf(settings)[0] ?? ''
  const common = { tokenUrl: `${base}/o/token/`, scopes: settings.oauthScopes }
  return {
    authorizationCode: { authorizationUrl: `${base}/o/authorize/`, refreshUrl: `${base}/o/token/`, ...common },
    clientCredentials: common,
  }
}
