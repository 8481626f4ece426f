import type { ErrorCode } from '../core/errors.ts'

/** When each code is answered, and what to do: for those who write programs. What stands between backticks is code. */
export const errorHelp: Readonly<Record<ErrorCode, string>> = {
  not_authenticated:
    'No credential was sent, and the route wants to know who you are. Send one of those that the challenges offer.',
  authentication_failed:
    'A credential was sent and is wrong: unknown, disabled and wrong answer alike. Check it, or sign in anew.',
  bad_authorization_header:
    'The `Authorization` header names our scheme, but holds no credential, more than one, or characters that cannot be in one.',
  invalid_token: 'The token or key is unknown, expired, revoked, or not meant for this server. Get a new one.',
  token_not_valid:
    'The JWT is malformed, of the wrong type, expired or revoked. Refresh it; if that fails, sign in anew. `messages` says what each kind of token objected.',
  no_active_account: 'Username (or e-mail) and password do not fit an active account.',
  sign_in_incomplete:
    'The credential is right, and this account needs more. `next` names the step: `second_factor`, with its `ways`; `email_verification`; `password_change`; `terms`, with `version` and `url`; `add_second_factor`, with its `ways`. At `/accounts/login/` the cookie of the answer carries the sign-in on, and `expiresIn` says for how many seconds.',
  user_not_found: 'The token is right, its user is gone. Sign in as somebody else.',
  user_inactive: 'The token is right, its user is switched off. Ask an administrator.',
  password_changed: 'The password was changed after the token was issued. Sign in with the new one.',
  insufficient_user_authentication:
    'The sign-in is too long ago for this action (RFC 9470). Sign in again and repeat the request.',
  permission_denied: 'We know who you are, and this is not for you.',
  insufficient_scope:
    'The credential lacks a scope; the `WWW-Authenticate` header names it. Get a credential that has it.',
  csrf_failed:
    'A request with a session cookie came without its CSRF token, or from another site. `detail` says which check failed.',
  throttled: 'Too many requests. Wait the seconds in `Retry-After`.',
  too_many_attempts:
    'Too many wrong credentials for this account or from this address; the right one is refused too until `Retry-After` is over.',
  parse_error: 'The body is not what its content type says.',
  invalid: 'Fields are missing or wrong. The answer has a member for each of them, with a list of sentences.',
  authorization:
    'Username (or e-mail) and password do not fit an active account, where an opaque token was asked for. `non_field_errors` says it once more, as Django REST clients read it.',
  invalid_request: 'A parameter, header or cookie is missing, doubled or malformed.',
  provider_refused:
    'What another provider answered to a sign-in is no good, or the sign-in was begun in another browser, is too old, or is over. The log has the cause.',
  host_not_allowed: 'The `Host` header names a host that is not served. Add it to `allowedHosts` if it is yours.',
  https_required:
    'The request came to a trusted proxy over plain http (`X-Forwarded-Proto`). It is not redirected, since what it carried was seen on the way: send it to https, and change the credential.',
  not_found: 'There is nothing here, or nothing that you may know of.',
  method_not_allowed: 'The route has other methods: see `Allow`.',
  not_acceptable: 'The `Accept` header excludes everything that is offered.',
  request_timeout: 'The body did not arrive in time. Send it again over a better connection.',
  conflict: 'Another row has this value already, or the object has changed in the meantime.',
  payload_too_large: 'The body is larger than `bodyLimit`.',
  unsupported_media_type: 'Send `application/json` or `application/x-www-form-urlencoded`, in UTF-8.',
  internal_error: 'A fault of ours. The log has it under the request id that the answer carries.',
  unavailable:
    'The database or an issuer of tokens is gone, or the password queue is full. Wait the seconds in `Retry-After`; JWTs are still checked meanwhile.',
}
