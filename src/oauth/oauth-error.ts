import { AuthError, type AuthErrorOptions } from '../core/errors.ts'

/**
 * The codes of `error` at OAuth endpoints and what each answers at the token endpoint and its siblings. RFC 6749, sections
 * 4.1.2.1 and 5.2, unless another source is named. `oauth-error-help.ts` explains each.
 */
export const oauthErrorCodes = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  invalid_scope: 400,
  access_denied: 400,
  server_error: 500,
  temporarily_unavailable: 503,
  /** RFC 6750, section 3.1. */
  invalid_token: 401,
  insufficient_scope: 403,
  /** RFC 7009, section 2.2.1. */
  unsupported_token_type: 400,
  /** RFC 7591, section 3.2.2. */
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  /** RFC 8628, section 3.5. */
  authorization_pending: 400,
  slow_down: 400,
  expired_token: 400,
  /** RFC 8707, section 2. */
  invalid_target: 400,
  /** RFC 9449, sections 5 and 8. */
  invalid_dpop_proof: 400,
  use_dpop_nonce: 400,
  /** RFC 9101, section 7; RFC 9126, section 2.3. */
  invalid_request_uri: 400,
  invalid_request_object: 400,
  request_not_supported: 400,
  request_uri_not_supported: 400,
  registration_not_supported: 400,
  /** OpenID Connect Core 1.0, section 3.1.2.6. */
  interaction_required: 400,
  login_required: 400,
  account_selection_required: 400,
  consent_required: 400,
  /** OpenID Connect Core Unmet Authentication Requirements 1.0. */
  unmet_authentication_requirements: 400,
} as const

export type OAuthErrorCode = keyof typeof oauthErrorCodes

export interface OAuthErrorOptions extends AuthErrorOptions {
  /** Another status than the usual one of the code. */
  readonly status?: number
}

/** A refusal of an OAuth endpoint: its answer is `{ error, error_description }` (RFC 6749, section 5.2). */
export class OAuthError extends AuthError {
  declare readonly code: OAuthErrorCode

  /** `description` is ours, in the characters that RFC 6749, section 5.2, allows, and holds nothing that was sent. */
  constructor(code: OAuthErrorCode, description: string, { status, ...options }: OAuthErrorOptions = {}) {
    super(status ?? oauthErrorCodes[code], code, description, options)
  }
}
