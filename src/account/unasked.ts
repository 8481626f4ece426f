/**
 * What asks for no fresh proof, as path and action: what takes the current password itself, ends one thing that can be had
 * anew, or is only about how things are shown. Who finds a stranger in their account must not have to look for a telephone.
 * Everything else does ask: see `askingForProof`.
 */
export const unaskedActions: ReadonlySet<string> = new Set([
  'profile/ verify',
  'profile/ cancel',
  'preferences/ save',
  'password/ change',
  'devices/ end',
  'devices/ ask-again',
  'devices/others/ end-others',
  'passkeys/:id/ rename',
  'authenticator/ forget',
  'apps/:id/ withdraw',
  'tokens/ revoke-token',
  'tokens/ end-program',
  'organisations/ default',
  'organisations/ nodefault',
  'organisations/:organisation/invitations/ resend',
  'organisations/:organisation/invitations/ cancel',
  'organisations/:organisation/service-accounts/:account/ disable',
  'organisations/:organisation/service-accounts/:account/keys/:key/revoke/ revoke',
  'invitations/:token/ accept',
  'data/ keep-account',
])

/** The same under `/api/account/`, as method and path. */
export const unaskedOperations: ReadonlySet<string> = new Set([
  'DELETE /api/account/sessions/',
  'DELETE /api/account/sessions/{id}/',
  'DELETE /api/account/browsers/',
  'DELETE /api/account/browsers/{id}/',
  'DELETE /api/account/tokens/{id}/',
  'DELETE /api/account/programs/{id}/',
  'DELETE /api/account/deletion/',
  'PATCH /api/account/preferences/',
  'POST /api/account/apps/{client_id}/cancel/',
  'POST /api/account/apps/{client_id}/disable/',
  'POST /api/account/apps/{client_id}/review/messages/',
  'DELETE /api/account/apps/{client_id}/testers/{email}/',
  'PATCH /api/account/service-accounts/{id}/',
  'POST /api/account/service-accounts/{id}/disable/',
  'POST /api/account/keys/{id}/cancel/',
  'POST /api/account/keys/{id}/disable/',
  'POST /api/account/keys/{id}/revoke/',
  'PUT /api/account/organisations/{organisation}/default/',
  'DELETE /api/account/organisations/{organisation}/default/',
  'POST /api/account/organisations/{organisation}/invitations/{invitation}/resend/',
  'DELETE /api/account/organisations/{organisation}/invitations/{invitation}/',
  'POST /api/account/organisations/{organisation}/service-accounts/{account}/disable/',
  'DELETE /api/account/organisations/{organisation}/service-accounts/{account}/keys/{key}/',
  'POST /api/account/invitations/accept/',
])
