import type { Jwk } from '../crypto/jwk.ts'
import type { Endpoint } from '../http/exchange.ts'
import { published } from '../http/published.ts'

export interface JwksOptions {
  /** The public keys. */
  readonly jwks: () => { readonly keys: readonly Jwk[] }
  /** For how many seconds it may be kept (300): less than a new key is announced before it signs. */
  readonly maxAge?: number
}

/** Publishes the public keys (RFC 7517, section 5), for everyone to read: the pages of other sites too. */
export function createJwksEndpoint({ jwks, maxAge = 300 }: JwksOptions): Endpoint {
  return published(jwks, { contentType: 'application/jwk-set+json', maxAge })
}
