import { csrfSessionOf } from '../tokens/endpoints/token-cookies.ts'
import { tokenRoutes as endpoints } from '../tokens/endpoints/routes.ts'
import type { JwtCookieOptions } from '../authentication/jwt-options.ts'
import type { Instance } from './instance.ts'
import { accessCookie, pairCookies } from './pair-cookies.ts'
import type { Route } from './route.ts'

/** The endpoints under `/api/token/`, and `/api/token-auth/`. */
export function tokenRoutes(instance: Instance): readonly Route[] {
  const { settings, passwords, pairs, apiTokens, clock } = instance
  const cookies = pairCookies(instance)
  return endpoints({ passwords, pairs, apiTokens, clock, cookies, tokens: settings.apiTokens, sliding: true })
}

/** What the authenticator has to know of the cookie, where pairs are handed out in cookies. */
export function jwtCookie({ settings, csrf }: Pick<Instance, 'settings' | 'csrf'>): {
  readonly cookie?: JwtCookieOptions
} {
  return settings.jwtCookies ? { cookie: { name: accessCookie, csrf, sessionOf: csrfSessionOf } } : {}
}
