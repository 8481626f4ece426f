import type { AuthRequest } from '../core/request.ts'
import { baseUrlOf } from './addresses.ts'
import { isDevelopment } from './is-development.ts'
import type { Settings } from './settings.ts'

/**
 * Where this site is, as a browser sees it: the public address. In development, whichever name of this machine the browser
 * used, since its cookies go by that name.
 */
export function createOwnOrigin(settings: Settings): (request: Pick<AuthRequest, 'headers'>) => string {
  const fixed = baseUrlOf(settings)
  if (!isDevelopment(settings)) return () => fixed
  return ({ headers }) => {
    const host = headers.get('host') ?? ''
    return /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/.test(host) ? `http://${host}` : fixed
  }
}
