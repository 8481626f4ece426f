/**
 * What does not ask, as path and action: what only leads on to a page that asks, looks something up, lets somebody try
 * again, or ends one thing that can be had anew. Who finds a stranger in an account must not have to look for a telephone.
 */
export const unaskedActions: ReadonlySet<string> = new Set([
  'users/ choose',
  'users/:id/ unlock',
  'users/:id/sessions/ end',
  'users/:id/credentials/ revoke-token',
  'users/:id/applications/ withdraw',
  'acting/ stop',
  'sessions/ end',
  'organisations/new/ create',
  'organisations/:organisation/invitations/ resend',
  'organisations/:organisation/invitations/ cancel',
  'organisations/:organisation/service-accounts/:account/ disable',
  'invitations/ resend',
  'invitations/ cancel',
  'applications/:id/credentials/ cancel',
  'keys/ choose',
  'keys/:id/ disable',
  'service-accounts/:id/ disable',
  'service-accounts/:id/keys/:key/ cancel',
  'grants/:id/end/ end',
  'tokens/look-up/ look-up',
  'audit/verify/ verify',
  'access-tester/ explain',
  'throttles/ reset',
  'administrators/break-glass/ seen',
])

/** The same of the API, as method and path. */
export const unaskedOperations: ReadonlySet<string> = new Set([
  'POST /api/admin/users/{id}/unlock/',
  'POST /api/admin/organisations/',
  'POST /api/admin/organisations/{organisation}/invitations/{invitation}/resend/',
  'DELETE /api/admin/organisations/{organisation}/invitations/{invitation}/',
  'DELETE /api/admin/sessions/{id}/',
  'PATCH /api/admin/keys/{id}/',
  'POST /api/admin/keys/{id}/disable/',
  'POST /api/admin/keys/{id}/cancel-rotation/',
  'DELETE /api/admin/users/{id}/applications/{client_id}/',
  'POST /api/admin/organisations/{organisation}/service-accounts/{account}/disable/',
  'DELETE /api/admin/api-tokens/{id}/',
  'POST /api/admin/service-accounts/{id}/disable/',
  'POST /api/admin/clients/{client_id}/cancel-rotation/',
  'POST /api/admin/grants/{id}/revoke/',
  'POST /api/admin/tokens/look-up/',
  'POST /api/admin/tokens/revoke/',
  'POST /api/admin/audit/verify/',
  'POST /api/admin/throttles/reset/',
  'POST /api/admin/break-glass/seen/',
  'POST /api/admin/explain/',
])
