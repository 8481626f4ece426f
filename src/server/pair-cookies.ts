import type { Csrf } from '../http/csrf.ts'
import { createTokenCookies, type TokenCookies } from '../tokens/endpoints/token-cookies.ts'
import { isSecure } from './addresses.ts'
import type { Settings } from './settings.ts'

export interface PairCookiesOptions {
  readonly settings: Pick<Settings, 'jwtCookies' | 'publicUrl'>
  readonly csrf: Csrf
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** How pairs are handed out in cookies; `undefined` where they are not. */
export function pairCookies({ settings, csrf, clock }: PairCookiesOptions): TokenCookies | undefined {
  if (!settings.jwtCookies) return undefined
  return createTokenCookies({
    csrf,
    clock,
    access: accessCookie,
    secure: isSecure(settings),
  })
}

/** The cookie of the access token. */
export const accessCookie = 'access_token'
