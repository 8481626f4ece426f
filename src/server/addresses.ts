import { isDevelopment } from './is-development.ts'
import type { Settings } from './settings.ts'

/**
 * The `iss` of tokens. In development there is no public address: it is the one that is listened on, since OpenID clients
 * look for the metadata below it. Tokens from before a change of the port are then those of another issuer.
 */
export function issuerOf(settings: Pick<Settings, 'issuer' | 'publicUrl' | 'host' | 'port'>): string {
  return settings.issuer ?? baseUrlOf(settings)
}

/** Where links in mail lead to: the public address, never what a request says. */
export function baseUrlOf(settings: Pick<Settings, 'publicUrl' | 'host' | 'port'>): string {
  return settings.publicUrl ?? localAddress(settings)
}

/** Where a server is reached from this machine. */
export function localAddress({ host, port }: Pick<Settings, 'host' | 'port'>): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/**
 * Where clients and callers reach this server: the public address first; the one that asks for certificates; in development,
 * every name of this machine.
 */
export function addressesOf(settings: Settings): readonly string[] {
  const { oauthCertificateUrl, port } = settings
  const local = ['localhost', '127.0.0.1', '[::1]'].map((name) => `http://${name}:${port}`)
  const certificates = oauthCertificateUrl === null ? [] : [oauthCertificateUrl]
  return [...new Set([baseUrlOf(settings), ...certificates, ...(isDevelopment(settings) ? local : [])])]
}

/** Whether browsers reach this server by https: then its cookies are for that alone. */
export function isSecure({ publicUrl }: Pick<Settings, 'publicUrl'>): boolean {
  return publicUrl?.startsWith('https:') === true
}
