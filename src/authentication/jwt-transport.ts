import type { AuthRequest } from '../core/request.ts'
import { credentialOf } from '../http/authorization.ts'
import { bearerToken } from './bearer.ts'
import { onlyValue } from './session-cookie.ts'

export interface JwtTransportOptions {
  readonly schemes: readonly string[]
  readonly header: string
  readonly cookie: string | null
}

/** A token as it arrived. */
export interface SentToken {
  readonly token: string
  /**
   * `bearer`: where tokens of others may arrive too. `own`: where only ours do, so that anything else is wrong. `cookie`:
   * the browser sent it by itself.
   */
  readonly by: 'bearer' | 'own' | 'cookie'
}

/** Makes the reader of a request's token. A header wins over the cookie, whatever the header holds. */
export function createJwtTransport({
  schemes,
  header,
  cookie,
}: JwtTransportOptions): (request: AuthRequest) => SentToken | null {
  const isAuthorization = header === 'authorization'
  return (request) => {
    const read = isAuthorization ? request : headerAsAuthorization(request, header)
    for (const scheme of schemes) {
      const shared = isAuthorization && scheme.toLowerCase() === 'bearer'
      const token = shared ? bearerToken(read) : credentialOf(read, scheme)
      if (token !== null) return { token, by: shared ? 'bearer' : 'own' }
    }
    const token = cookie === null ? null : onlyValue(request, cookie)
    return token === null ? null : { token, by: 'cookie' }
  }
}

/** Another header is written, and so read, exactly like `Authorization`. */
function headerAsAuthorization({ method, url, headers }: AuthRequest, header: string): AuthRequest {
  return { method, url, headers: { get: () => headers.get(header) } }
}
