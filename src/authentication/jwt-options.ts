import type { Principal } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import type { JwtClaims, JwtVerifierOptions } from '../crypto/jwt.ts'
import type { TokenBindingOptions } from '../http/token-binding.ts'
import type { JwtRefusal } from './jwt-refusal.ts'

/** Verifies tokens. `createJwtVerifier` makes one. */
export interface JwtVerifying {
  /** The claims, frozen, of a token that is valid now. Rejects with `JwtInvalid` otherwise. */
  readonly verify: (token: string) => Promise<JwtClaims>
  /** The same claims object, where this very token was verified before and is still valid. */
  readonly remembered?: (token: string) => JwtClaims | null
}

interface GivenVerifier {
  /** What verifies the tokens. It is to check issuer and audience. */
  readonly verifier: JwtVerifying
  /** Whose tokens are ours; those of another `iss` are left to others (everybody's). */
  readonly issuer?: string
  readonly keys?: never
}

interface GivenKeys extends Omit<JwtVerifierOptions, 'issuer' | 'audience'> {
  /** Whose tokens are ours; those of another `iss` are left to others. `null` takes everybody's (required). */
  readonly issuer: string | null
  /** Whom they must be for, or one of whom. `null` takes tokens for anyone (required). */
  readonly audience: string | readonly string[] | null
  readonly verifier?: never
}

interface Common<Via extends string, Who extends Principal> extends TokenBindingOptions {
  /** Becomes `identity.via` (jwt). */
  readonly name?: Via
  /** Who it is, by the claims alone; made once for a token and shared by its requests (`sub`, `name`, `email` … of it). */
  readonly principal?: (claims: JwtClaims) => Who | null
  /**
   * Reads who it is from a store instead, once a request, so that a change counts at once (nothing is read). Gives `null`
   * where they are gone, or the reason why they may not come in.
   */
  readonly load?: (claims: JwtClaims) => Promise<Who | JwtRefusal | null>
  /**
   * Whether `is_staff`, `is_superuser` and `permissions` in a token count (false). Only for an issuer that may decide about
   * rights here, such as a Doorward of one's own: at others, people may fill claims themselves.
   */
  readonly rights?: boolean
  /** The claim that identifies the user; `user_id` in tokens of SimpleJWT (sub). */
  readonly idClaim?: string
  /** Tells, from memory, why a token no longer counts, or `null`. Asked at each request (all count until they expire). */
  readonly isRevoked?: (claims: JwtClaims) => JwtRefusal | null
  /** Values of the claim `token_type` that are taken; `sliding` may be one of them (access). */
  readonly tokenTypes?: readonly string[]
  /**
   * Takes tokens that say neither by `token_type` nor by `typ: at+jwt` (RFC 9068, section 2.1) what they are for (false). Some
   * providers write such; their ID tokens look alike then, and only the audience tells them apart.
   */
  readonly untyped?: boolean
  /** Tells one's own among the tokens of the issuer, by their looks; the others are left to others (all are). */
  readonly recognises?: (token: string) => boolean
  /** Schemes before the token; the first one is offered (Bearer). */
  readonly schemes?: readonly string[]
  /** The header that holds it, written as `Authorization` is (authorization). */
  readonly header?: string
  /** Takes tokens from an HttpOnly cookie too (none). */
  readonly cookie?: JwtCookieOptions
  /** What the challenge calls the protected space (api). */
  readonly realm?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface JwtCookieOptions {
  /** Such as `access_token`. */
  readonly name: string
  /** Checks requests with an unsafe method. `false` leaves them open to forgery by other sites but for `SameSite`. */
  readonly csrf: { readonly check: (request: AuthRequest, sessionId: string) => Promise<void> } | false
  /** What CSRF tokens are bound to: the same for all tokens of one sign-in (`sid`, else `sub`). */
  readonly sessionOf?: (claims: JwtClaims) => string
}

export type JwtOptions<Via extends string, Who extends Principal> = Common<Via, Who> & (GivenVerifier | GivenKeys)
