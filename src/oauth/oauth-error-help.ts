import type { OAuthErrorCode } from './oauth-error.ts'

/** When each code of an OAuth endpoint is answered, and what to do: for those who write clients. What stands between backticks is code. */
export const oauthErrorHelp: Readonly<Record<OAuthErrorCode, string>> = {
  invalid_request: 'A parameter is missing, doubled or malformed. `error_description` names it.',
  invalid_client:
    'The client is unknown, or did not show that it is itself. Check its id, its secret or key, and how it is sent.',
  invalid_grant:
    'The code, refresh token or other grant is unknown, spent, too old, or another client’s. Send the person through `/o/authorize/` again.',
  unauthorized_client: 'The client is not registered for this grant or answer. Change its settings.',
  unsupported_grant_type:
    'The server does not know this `grant_type`, or it is switched off. The metadata lists those that it has.',
  unsupported_response_type: 'The server does not know this `response_type`. Ask for `code`.',
  invalid_scope: 'A scope is unknown, or more than the client or the grant has. Ask for less.',
  access_denied: 'The person, or a rule, said no. Ask again only when they want it.',
  server_error: 'A fault of ours. The log has it under the request id.',
  temporarily_unavailable: 'Something that the server needs is away. Wait the seconds in `Retry-After`.',
  invalid_token: 'The access token is unknown, expired, revoked, or not meant for this API. Get a new one.',
  insufficient_scope: 'The token lacks a scope; the `WWW-Authenticate` header names it. Get one that has it.',
  unsupported_token_type: 'This kind of token cannot be revoked here.',
  invalid_redirect_uri: 'A redirect URI cannot be registered. `error_description` says which and why.',
  invalid_client_metadata: 'What a client says of itself cannot be. `error_description` names the member.',
  authorization_pending: 'The person has not decided yet. Ask again after `interval` seconds.',
  slow_down: 'The device asks too often. Add five seconds to the interval.',
  expired_token: 'The device code is too old. Begin anew.',
  invalid_target: 'The `resource` is none of this server’s, or more than the grant has.',
  invalid_dpop_proof: 'The DPoP proof is malformed, too old, or for another request. Make a new one for each request.',
  use_dpop_nonce: 'Repeat the request with the nonce of the `DPoP-Nonce` header in the proof.',
  invalid_request_uri: 'The `request_uri` is unknown, spent or too old. Push the request again.',
  invalid_request_object: 'The signed request is malformed, or signed by a key that the client has not registered.',
  request_not_supported: 'Signed requests are not taken here in `request`.',
  request_uri_not_supported: 'Only a `request_uri` of `/o/par/` is taken.',
  registration_not_supported: 'The parameter `registration` is not taken. Register the client.',
  interaction_required: 'The person would have to be asked something, and `prompt=none` forbids it. Ask without it.',
  login_required: 'The person is not signed in, or not as asked, and `prompt=none` forbids to ask. Ask without it.',
  account_selection_required: 'The person would have to choose an account, and `prompt=none` forbids it.',
  consent_required: 'The person would have to be asked whether the client may, and `prompt=none` forbids it.',
  unmet_authentication_requirements: 'The person cannot sign in as strongly as `acr_values` or the claims ask for.',
}
