import type { AuthRequest } from '../core/request.ts'
import { createHostCheck } from '../http/hosts.ts'
import { createHttpsOnly } from '../http/https-only.ts'
import { isSecure } from './addresses.ts'
import { isDevelopment } from './configuration.ts'
import type { Settings } from './settings.ts'

/** What every request has to pass before anything is looked at: its host is served here, and it came the safe way. */
export function arrivalCheck(settings: Settings): (request: AuthRequest) => void {
  const checkHost = createHostCheck(hostsOf(settings))
  const checkScheme = createHttpsOnly({ trusted: isSecure(settings) ? settings.trustedProxies : [] })
  return (request) => {
    checkHost(request)
    checkScheme(request)
  }
}

/**
 * The hosts that are served: that of the public address, those that are listed, those behind the gatekeeper, whose sign-in
 * pages they are, and in development this machine.
 */
function hostsOf(settings: Settings): readonly string[] {
  const own = [settings.publicUrl, settings.oauthCertificateUrl].flatMap((url) =>
    url === null ? [] : [new URL(url).host],
  )
  const local = isDevelopment(settings)
    ? ['localhost:*', '127.0.0.1:*', '[::1]:*', 'localhost', '127.0.0.1', '[::1]']
    : []
  const guarded = settings.gatekeeperRoutes.map(({ host }) => host)
  return [...own, ...settings.allowedHosts, ...guarded, ...local]
}
