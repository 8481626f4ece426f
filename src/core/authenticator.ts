import type { Challenge } from './challenge.ts'
import type { Identity, Principal } from './identity.ts'
import type { AuthRequest } from './request.ts'

/** What an authenticator found: who it is, and the credential they showed. */
export interface Found<Who extends Principal = Principal, Auth = unknown> {
  readonly principal: Who
  readonly auth: Auth
}

/**
 * Looks at a request and answers: not mine (`null`), this is who, or mine and no good (throws `AuthenticationFailed`).
 * Any object of this shape is one.
 */
export interface Authenticator<Via extends string = string, Who extends Principal = Principal, Auth = unknown> {
  /** Becomes `identity.via`. Differs from every other authenticator's in the list. */
  readonly name: Via
  readonly authenticate: (request: AuthRequest) => Promise<Found<Who, Auth> | null>
  /**
   * The scheme of the `Authorization` header that it reads, such as `Bearer`, or several. A credential under such a scheme
   * that no authenticator of the list takes on is refused, never treated as absent.
   */
  readonly scheme?: string | readonly string[]
  /**
   * What a 401 offers on its behalf (RFC 9110, section 11.6.1). Without one, it offers nothing. Of several, the one whose
   * scheme the request used says what was wrong with it, else the first.
   */
  readonly challenge?: (request: AuthRequest) => Challenge | readonly Challenge[] | null
}

/** The identity that a list's member yields. */
export type IdentityOf<A> = A extends Authenticator<infer Via, infer Who, infer Auth> ? Identity<Via, Who, Auth> : never
