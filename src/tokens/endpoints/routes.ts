import type { Endpoint } from '../../http/exchange.ts'
import type { ApiTokens } from '../api-tokens.ts'
import type { TokenPairs } from '../pairs.ts'
import { blacklistToken } from './blacklist-token.ts'
import type { PasswordCheck } from './credentials.ts'
import { obtainPair } from './obtain-pair.ts'
import { obtainToken } from './obtain-token.ts'
import { refreshPair } from './refresh-pair.ts'
import { obtainSliding, refreshSliding } from './sliding-token.ts'
import type { TokenCookies } from './token-cookies.ts'
import { verifyToken } from './verify-token.ts'

export interface TokenRoutesOptions {
  readonly passwords: PasswordCheck
  readonly pairs: TokenPairs
  readonly apiTokens: Pick<ApiTokens, 'issue'>
  /** What `POST /api/token/` hands out (jwt). */
  readonly tokens?: 'jwt' | 'opaque'
  /** Whether there are sliding tokens (false). The authenticator has to take them too. */
  readonly sliding?: boolean
  /** Hands pairs out in cookies (in the body). */
  readonly cookies?: TokenCookies | undefined
  /** Whether the answer with an opaque token tells when it ends (false). */
  readonly expiry?: boolean
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What is at one path. */
export interface TokenRoute {
  /** With a trailing slash, which callers may leave out. */
  readonly path: string
  readonly methods: { readonly POST: Endpoint }
}

/** All endpoints under `/api/token/`, and `/api/token-auth/`, with their paths. They are open to everyone. */
export function tokenRoutes(options: TokenRoutesOptions): readonly TokenRoute[] {
  const opaque = obtainToken(options)
  return [
    route('/api/token/', options.tokens === 'opaque' ? opaque : obtainPair(options)),
    route('/api/token/refresh/', refreshPair(options)),
    route('/api/token/verify/', verifyToken(options)),
    route('/api/token/blacklist/', blacklistToken(options)),
    route('/api/token-auth/', opaque),
    ...(options.sliding === true
      ? [
          route('/api/token/sliding/', obtainSliding(options)),
          route('/api/token/sliding/refresh/', refreshSliding(options)),
        ]
      : []),
  ]
}

function route(path: string, POST: Endpoint): TokenRoute {
  return { path, methods: { POST } }
}
