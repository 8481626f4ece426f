import { isSecure } from './addresses.ts'
import type { Settings } from './settings.ts'

/** Origins beside the own one that people may be led to after signing in: those that are trusted, and those behind the gatekeeper. */
export function nextOrigins(
  settings: Pick<Settings, 'trustedOrigins' | 'gatekeeperRoutes' | 'publicUrl'>,
): readonly string[] {
  const scheme = isSecure(settings) ? 'https' : 'http'
  const guarded = settings.gatekeeperRoutes.map(({ host }) => new URL(`${scheme}://${host}`).origin)
  return [...settings.trustedOrigins, ...new Set(guarded)]
}
