import { Throttled } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import { createHostCheck } from '../http/hosts.ts'
import { createHttpsOnly } from '../http/https-only.ts'
import { isSecure } from './addresses.ts'
import { isDevelopment } from './is-development.ts'
import type { Foundation } from './foundation.ts'
import { pathOf } from './route.ts'
import type { Settings } from './settings.ts'

/**
 * What every request has to pass before anything is looked at: its host is served here, it came the safe way, and its network is not
 * refused.
 */
export function arrivalCheck({
  settings,
  address,
  clock,
  ownLimits,
}: Pick<Foundation, 'settings' | 'address' | 'clock' | 'ownLimits'>): (request: AuthRequest) => void {
  const checkHost = createHostCheck(hostsOf(settings))
  const checkScheme = createHttpsOnly({ trusted: isSecure(settings) ? settings.trustedProxies : [] })
  return (request) => {
    checkHost(request)
    checkScheme(request)
    if (!ownLimits.isAny('requestsPerAddress')) return
    const until = ownLimits.blockedUntil(address(request))
    if (until !== null && !isProbe(pathOf(request.url))) throw new Throttled((until - clock()) / 1000)
  }
}

/** Whoever asks whether the server runs is not shut out by a range that was too wide. */
function isProbe(path: string): boolean {
  return path === '/livez' || path === '/readyz'
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
