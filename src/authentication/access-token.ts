import type { Authenticator, Found } from '../core/authenticator.ts'
import type { Principal } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { bearer } from './bearer.ts'

/** An OAuth access token, as `identity.auth`. */
export interface AccessTokenAuth {
  readonly id: string
  /** The client that it was issued to. */
  readonly clientId: string
  /** What it may do, at most (RFC 6749, section 3.3). */
  readonly scopes: readonly string[]
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface AccessTokenOptions<Who extends Principal, Auth extends AccessTokenAuth> {
  /** Tells the server's own opaque access tokens by their shape. */
  readonly recognises: (token: string) => boolean
  /**
   * Looks a token up: `null` for one that is unknown, expired or revoked, or whose client or user is no longer active. The
   * principal is the user who gave leave, or the client where it acts for itself (RFC 6749, section 4.4).
   */
  readonly find: (token: string, request: AuthRequest) => Promise<Found<Who, Auth> | null>
  /** What the challenge calls the protected space (api). */
  readonly realm?: string
}

/**
 * Takes the opaque access tokens of an OAuth 2.0 server that shares our database. Those that are JWTs are for `jwt`.
 * Throws `AuthenticationFailed` (`invalid_token`) for one of ours that is not found.
 */
export function accessToken<Who extends Principal, Auth extends AccessTokenAuth>(
  options: AccessTokenOptions<Who, Auth>,
): Authenticator<'oauth2', Who, Auth> {
  return bearer({ ...options, name: 'oauth2' })
}
