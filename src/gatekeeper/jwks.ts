import { digest } from '../crypto/digest.ts'
import type { Jwk } from '../crypto/jwk.ts'
import type { Endpoint } from '../http/exchange.ts'

export interface JwksOptions {
  /** The public keys. */
  readonly jwks: () => { readonly keys: readonly Jwk[] }
  /** For how many seconds it may be kept (300): less than a new key is announced before it signs. */
  readonly maxAge?: number
}

/** Publishes the public keys (RFC 7517, section 5), for everyone to read: the pages of other sites too. */
export function createJwksEndpoint({ jwks, maxAge = 300 }: JwksOptions): Endpoint {
  return async (request) => {
    const body = JSON.stringify(jwks())
    const etag = `"${digest(body).toString('base64url')}"`
    const headers: [string, string][] = [
      ['cache-control', `public, max-age=${maxAge}`],
      ['etag', etag],
      ['access-control-allow-origin', '*'],
      ['x-content-type-options', 'nosniff'],
    ]
    if (isKnown(request.headers.get('if-none-match'), etag)) return { status: 304, headers, body: '' }
    return { status: 200, headers: [['content-type', 'application/jwk-set+json'], ...headers], body }
  }
}

/** RFC 9110, section 13.1.2: the weak comparison. */
function isKnown(header: string | null, etag: string): boolean {
  if (header === null) return false
  return header.split(',').some((one) => {
    const tag = one.trim()
    return tag === '*' || tag === etag || tag === `W/${etag}`
  })
}
