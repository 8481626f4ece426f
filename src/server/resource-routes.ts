import { published } from '../http/published.ts'
import { ownResource } from './possession.ts'
import type { Route } from './route.ts'
import type { Settings } from './settings.ts'

/** What the server's own API says of itself (RFC 9728). */
export function resourceRoutes(settings: Settings): readonly Route[] {
  const resource = ownResource(settings)
  if (resource === null || !settings.authenticators.includes('oauth2')) return []
  const methods = {
    GET: published(() => resource.document, { maxAge: 300 }),
    OPTIONS: async () => resource.answer('OPTIONS'),
  }
  return [{ path: resource.path, methods }]
}
