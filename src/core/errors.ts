/** One of Doorward's own codes. Own authenticators and permissions may add codes of theirs. */
export type ErrorCode =
  | 'not_authenticated'
  | 'authentication_failed'
  | 'bad_authorization_header'
  | 'invalid_token'
  | 'token_not_valid'
  | 'no_active_account'
  | 'sign_in_incomplete'
  | 'user_not_found'
  | 'user_inactive'
  | 'password_changed'
  | 'insufficient_user_authentication'
  | 'permission_denied'
  | 'insufficient_scope'
  | 'csrf_failed'
  | 'throttled'
  | 'too_many_attempts'
  | 'parse_error'
  | 'invalid'
  | 'authorization'
  | 'invalid_request'
  | 'provider_refused'
  | 'host_not_allowed'
  | 'https_required'
  | 'not_found'
  | 'method_not_allowed'
  | 'not_acceptable'
  | 'conflict'
  | 'request_timeout'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'internal_error'
  | 'unavailable'

/**
 * Every code that an answer of Doorward can carry, its status, and the sentence sent when nothing more precise is known.
 * `docs/errors.md` explains each one; a test holds the two together.
 */
export const errorCodes: Readonly<Record<ErrorCode, readonly [status: number, detail: string]>> = {
  not_authenticated: [401, 'Authentication credentials were not provided.'],
  authentication_failed: [401, 'The credentials are not valid.'],
  bad_authorization_header: [401, 'The Authorization header is malformed.'],
  invalid_token: [401, 'The token is not valid.'],
  token_not_valid: [401, 'The token is invalid or has expired.'],
  no_active_account: [401, 'No active account was found with these credentials.'],
  sign_in_incomplete: [401, 'The credential is right, and more is needed to sign in.'],
  user_not_found: [401, 'The user of this token does not exist.'],
  user_inactive: [401, 'The user of this token is not active.'],
  password_changed: [401, 'The password was changed after this token was issued.'],
  insufficient_user_authentication: [401, 'A more recent sign-in is needed.'],
  permission_denied: [403, 'You do not have permission to perform this action.'],
  insufficient_scope: [403, 'The credential lacks a scope that this action needs.'],
  csrf_failed: [403, 'The request failed the cross-site request forgery check.'],
  throttled: [429, 'Too many requests.'],
  too_many_attempts: [429, 'Too many failed attempts.'],
  parse_error: [400, 'The request is malformed.'],
  invalid: [400, 'The request holds invalid values.'],
  authorization: [400, 'Unable to sign in with these credentials.'],
  invalid_request: [400, 'The request is missing a parameter, repeats one, or is otherwise malformed.'],
  provider_refused: [400, 'The sign-in with the other provider could not be completed. Start it again.'],
  host_not_allowed: [400, 'The Host header names a host that is not served here.'],
  https_required: [403, 'This server is reached over https only.'],
  not_found: [404, 'Not found.'],
  method_not_allowed: [405, 'This method is not allowed here.'],
  not_acceptable: [406, 'No representation that the Accept header allows is offered.'],
  request_timeout: [408, 'The request did not arrive in time.'],
  conflict: [409, 'The request conflicts with the current state.'],
  payload_too_large: [413, 'The request body is too large.'],
  unsupported_media_type: [415, 'The content type of the request body is not supported.'],
  internal_error: [500, 'Something went wrong on our side.'],
  unavailable: [503, 'The service is not available at the moment. Try again shortly.'],
}

type AnyCode = ErrorCode | (string & {})

export interface AuthErrorOptions {
  /** What is added to the challenge of the authenticator that refused, such as `error` and `scope` (none). */
  readonly challenge?: Readonly<Record<string, string>> | undefined
  /** Members beside `detail` and `code` in the JSON body (none). Never a secret. */
  readonly body?: Readonly<Record<string, unknown>> | undefined
  /** Headers of the answer, such as `Allow` (none). */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** What went wrong inside. It is logged, never sent. */
  readonly cause?: unknown
}

/** What a request did wrong: a status, a stable code, and a message that is safe to send. */
export class AuthError extends Error {
  readonly status: number
  readonly code: AnyCode
  readonly challenge: Readonly<Record<string, string>> | undefined
  readonly body: Readonly<Record<string, unknown>> | undefined
  readonly headers: Readonly<Record<string, string>> | undefined

  constructor(status: number, code: AnyCode, detail?: string, options: AuthErrorOptions = {}) {
    super(detail ?? detailOf(code), 'cause' in options ? { cause: options.cause } : undefined)
    this.name = new.target.name
    this.status = status
    this.code = code
    this.challenge = options.challenge
    this.body = options.body
    this.headers = options.headers
  }
}

/** Nobody showed who they are, and the route wants to know. 401, or 403 where no authenticator has a challenge. */
export class NotAuthenticated extends AuthError {
  constructor(detail?: string, options?: AuthErrorOptions) {
    super(401, 'not_authenticated', detail, options)
  }
}

/** A credential was recognised and is no good. It ends the chain, on open routes too. */
export class AuthenticationFailed extends AuthError {
  constructor(code: AnyCode = 'authentication_failed', detail?: string, options?: AuthErrorOptions) {
    super(401, code, detail, options)
  }
}

/** We know who it is, and they may not. A permission throws it to say why; `return false` says it without a reason. */
export class PermissionDenied extends AuthError {
  constructor(code: AnyCode = 'permission_denied', detail?: string, options?: AuthErrorOptions) {
    super(403, code, detail, options)
  }
}

/** Too much, too fast. `wait` is in whole seconds, rounded up. */
export class Throttled extends AuthError {
  readonly wait: number

  constructor(wait: number, code: 'throttled' | 'too_many_attempts' = 'throttled', options: AuthErrorOptions = {}) {
    const seconds = Math.max(1, Math.ceil(wait))
    const detail = `${detailOf(code)} Try again in ${seconds} second${seconds === 1 ? '' : 's'}.`
    super(429, code, detail, { ...options, headers: { ...options.headers, 'retry-after': String(seconds) } })
    this.wait = seconds
  }
}

/** The request cannot be understood or served as it was sent. The status follows from the code. */
export class RequestRefused extends AuthError {
  constructor(code: ErrorCode, detail?: string, options?: AuthErrorOptions) {
    super(errorCodes[code][0], code, detail, options)
  }
}

/** Something that an answer needs is gone or full. 503 with `Retry-After`: it fails closed. */
export class Unavailable extends AuthError {
  constructor(options: AuthErrorOptions & { readonly retryAfter?: number } = {}) {
    super(503, 'unavailable', undefined, {
      ...options,
      headers: { ...options.headers, 'retry-after': String(options.retryAfter ?? 1) },
    })
  }
}

function detailOf(code: AnyCode): string {
  return Object.hasOwn(errorCodes, code) ? errorCodes[code as ErrorCode][1] : 'The request was refused.'
}
