import type { Jwk } from '../crypto/jwk.ts'

/** A server elsewhere whose word about users counts here (RFC 7523, section 2.1). */
export interface TrustedIssuer {
  /** Its `iss`, letter for letter. */
  readonly issuer: string
  /** Where it publishes its keys, or the keys themselves: one of the two. */
  readonly jwksUri?: string
  readonly jwks?: { readonly keys: readonly Jwk[] }
  /** What the claim that names the user is here; an e-mail address has to be a verified one, here and there. */
  readonly subject: 'id' | 'username' | 'email'
  /** The claim that names the user (sub; with `email`, email). */
  readonly claim?: string
  /** What tokens may be for at most (every scope but those of OpenID Connect). */
  readonly scopes?: readonly string[]
  /** What it signs with (every algorithm with a key pair). */
  readonly algorithms?: readonly string[]
  /** Seconds that an assertion may live (300). */
  readonly maxLifetime?: number
}
