import type { AuthRequest } from '../core/request.ts'
import { createOriginCheck, csrfFailed, isSafeMethod, type RequestOriginOptions } from '../http/request-origin.ts'

/** The defence against forged requests for backends whose forms know no token of ours. */
export interface OriginAlone {
  /**
   * For requests that a cookie signs in: one that changes something has to say, by `Origin`, `Sec-Fetch-Site` or, over https,
   * `Referer`, that it comes from a page of its own host or of a trusted origin. Throws `PermissionDenied` (`csrf_failed`).
   */
  readonly check: (request: AuthRequest) => Promise<void>
  /**
   * For the opening of a WebSocket, which is a `GET` that any page may make with the cookies of another site (RFC 6455,
   * section 10.2): where an `Origin` came along, it has to be right. Only browsers send one, and they always do.
   */
  readonly checkWebSocket: (request: AuthRequest) => void
}

/** Makes the defence. Without a token the origin is all there is, so a request that says nothing of it is refused over http too. */
export function createOriginAlone(options: RequestOriginOptions): OriginAlone {
  const checkOrigin = createOriginCheck(options)
  return {
    check: async (request) => {
      const { method, headers } = request
      if (isSafeMethod(method)) return
      const isSilent = headers.get('origin') === null && headers.get('sec-fetch-site') === null
      if (isSilent && options.secure === false) throw csrfFailed('The request does not say from which page it comes.')
      checkOrigin(request)
    },
    checkWebSocket: ({ url, headers }) => {
      if (!opensWebSocket(headers) || headers.get('origin') === null) return
      checkOrigin({ method: 'CONNECT', url, headers })
    },
  }
}

/** `Upgrade` and `Connection` end at each proxy (RFC 9110, section 7.6.1); the rest of the handshake comes through. */
function opensWebSocket(headers: AuthRequest['headers']): boolean {
  if (headers.get('sec-fetch-mode') === 'websocket') return true
  return ['sec-websocket-key', 'sec-websocket-version', 'upgrade'].some((name) => headers.get(name) !== null)
}
