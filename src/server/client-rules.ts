import type { ClientRules } from '../oauth/client-values.ts'
import type { Settings } from './settings.ts'

/** What may be registered of clients here. */
export function clientRules(settings: Settings): ClientRules {
  return {
    scopes: settings.oauthScopes,
    legacy: settings.oauthLegacy,
    allowLocalhost: settings.oauthLocalhostRedirects,
    allowWildcards: settings.oauthWildcardRedirects,
  }
}
