import { createSafeFetch, type SafeFetch } from '../http/safe-fetch.ts'
import type { ProviderSettings } from '../social/provider-settings.ts'
import { isDevelopment } from './is-development.ts'
import type { Settings } from './settings.ts'

/**
 * How providers are asked: over https, and where the public internet is, or the ranges of the settings; in development, a provider
 * on this machine may do without both.
 */
export function createProviderFetch(settings: Settings): (provider: Pick<ProviderSettings, 'issuer'>) => SafeFetch {
  return ({ issuer }) => {
    // The entity id of a SAML provider may be no address: it is not asked for anything.
    const hostname = URL.canParse(issuer) ? new URL(issuer).hostname : ''
    const isHere = isDevelopment(settings) && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
    return createSafeFetch({
      insecureHosts: isHere ? [hostname] : [],
      allowedAddresses: [...settings.signInOutboundAddresses, ...(isHere ? ['127.0.0.0/8', '::1/128'] : [])],
      limit: 262_144,
    })
  }
}
